"""What a reader of a replay must know before believing it."""

import numpy as np

from forecasting.planning.past.evidence import Priced
from forecasting.planning.past.rules import Cover
from forecasting.planning.past.scene import Scene
from forecasting.planning.past.world import Rule
from forecasting.words import Said, say


def notes(stage: Scene, name: str, tuned: Rule | None, costed: Priced) -> tuple[Said, ...]:
    """List what limits a replay, the most important first; costed: the products whose costs of stock are known."""
    said = [_against(name, tuned)]
    if stage.short:
        said.append(
            say(
                "The window is short: only %(n)d period warms up before counting."
                if stage.warm_up == 1
                else "The window is short: only %(n)d periods warm up before counting.",
                n=stage.warm_up,
            )
        )
    left_out = int((~stage.world.known).sum())
    if left_out:
        said.append(
            say(
                "%(n)d product takes no part: stock or lead time unknown."
                if left_out == 1
                else "%(n)d products take no part: stock or lead time unknown.",
                n=left_out,
            )
        )
    said += _of_ledger(stage, name)
    part = int(stage.world.known.sum())
    if costed.products < part:
        said.append(
            say(
                "Costs are known for %(n)d of %(of)d products, which make %(share)d %% of the pieces wanted: figures "
                "in money cover only those.",
                n=costed.products,
                of=part,
                share=int(100 * costed.share),
            )
        )
    ending = int((stage.world.known & stage.given_up).sum())
    if ending:
        said.append(
            say(
                "%(n)d product was given up in the window: it is bought until the day that was known."
                if ending == 1
                else "%(n)d products were given up in the window: they are bought until the day that was known.",
                n=ending,
            )
        )
    said.append(
        say(
            "Terms of today (costs, lots, stated lead times) are used for the whole window: no older ones are kept. "
            "What is discontinued or replaced on a day that is not known is bought as long as it sells."
        )
    )
    return tuple(said)


def _against(name: str, tuned: Rule | None) -> Said:
    if name == "actual":
        return say("Compared with what the firm really did, read from its stock counts and receipts.")
    if name == "stated" or not isinstance(tuned, Cover):
        return say("Compared with the firm's own rule, lived again.")
    return say(
        "No stock history and no own rule are known, so the other rule is a moving average of %(window)d periods with "
        "%(cover)d %% cover, tuned on the past before the replay.",
        window=tuned.window,
        cover=round(100 * tuned.cover),
    )


def _of_ledger(stage: Scene, name: str) -> list[Said]:
    did, said = stage.did, list[Said]()
    if did is None or name != "actual":
        return said
    apart = int((stage.world.known & ~did.usable).sum())
    if apart:
        said.append(
            say(
                "%(n)d product is not compared with what was done: its counts do not fit its sales."
                if apart == 1
                else "%(n)d products are not compared with what was done: their counts do not fit their sales.",
                n=apart,
            )
        )
    guessed = int((did.guessed & did.usable).sum()) if did.guessed.size else 0
    if guessed:
        said.append(
            say(
                "For %(n)d product no receipts are recorded: they are read off stock that rose."
                if guessed == 1
                else "For %(n)d products no receipts are recorded: they are read off stock that rose.",
                n=guessed,
            )
        )
    if not np.asarray(did.usable).all() and not apart:
        said.append(say("What was done is not known for all products."))
    return said
