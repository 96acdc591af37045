"""One replay: read, write the inputs as files, live the past from them, publish."""

import argparse
import hashlib
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import forecasting
from forecasting.engine.types import DemandPanel
from forecasting.models import Job, Replay
from forecasting.planning.past.scene import found_window
from forecasting.planning.types import ItemTerms
from forecasting.planning.types import Policy as Rules
from forecasting.services import archives, kits, oneoffs, past, policies, progress, series, terms
from forecasting.words import say
from tenants.errors import Invalid, NotFound
from tenants.isolation import tenant_scope

READ_SECONDS = 300
FEWEST = 8  # periods in a window, and before it
README = """What if we had followed the plan? The inputs of one replay.

{command}

gives the same figures as the page. DEMAND: units sold by period, empty where stock was out. ITEMS: terms, and stock at
the start. INBOUND: on the way at the start. POLICY: the firm's rules. ACTUAL: what lay there and came. RULE: what the
firm's buyers keep. ENDED: since when a product is known to be given up. The columns are described in docs/replay.md.
"""


@dataclass(frozen=True, slots=True)
class Files:
    """The inputs of a replay in a folder: the command that lives them, and which of the optional files are there."""

    folder: Path
    command: str
    options: argparse.Namespace


def run(job: Job) -> None:
    """Live a window of the organisation's past again and publish what it shows."""
    from forecasting.engine.tables import BadFile
    from forecasting.planning.commands import replayed
    from forecasting.planning.past.files import as_json

    began = time.monotonic()
    progress.say_stage(job, say("Reading the past"))
    with TemporaryDirectory(prefix="replay-") as name:
        with tenant_scope(job.organisation_id, seconds=READ_SECONDS):
            files = _written(job, Path(name))
        archive = _packed(files)
        progress.say_stage(job, say("Living the past again"), total=1)
        try:
            found = replayed(files.options, progress.reporter(job))
        except BadFile as bad:
            raise Invalid(say("The past cannot be lived again: %(why)s", why=bad.problems[0])) from None
    progress.say_stage(job, say("Publishing"))
    with tenant_scope(job.organisation_id, seconds=READ_SECONDS), progress.last_step(job):
        start, end = found.openings[0], found.openings[-1]
        Replay.objects.create(
            freq=found.freq,
            starts_on=start,
            ends_on=end,
            seed=files.options.seed,
            rule=_rule_of(job),
            policy=asdict(_rules(start)) | {"rates": _rates()},
            inputs_hash=hashlib.sha256(archive).hexdigest(),
            engine_version=forecasting.__version__,
            command=files.command,
            archive=archive,
            result=as_json(found),
            tries=Replay.objects.filter(starts_on__lte=end, ends_on__gte=start).count() + 1,
            seconds=round(time.monotonic() - began, 1),
            by=job.by,
        )


def newest() -> Replay | None:
    """Return the newest replay, without its files."""
    return Replay.objects.defer("archive").order_by("-created_at").first()


def get(replay_id: object) -> Replay:
    """Return a replay of the organisation in scope, or raise NotFound."""
    found = Replay.objects.filter(pk=replay_id).first()
    if found is None:
        raise NotFound("There is no such replay.")
    return found


def _written(job: Job, folder: Path) -> Files:
    """Read the tables and write the files that everything is computed from."""
    from forecasting.planning.exports import write_inputs
    from forecasting.planning.past.inputs import write_actual, write_ended, write_rule

    policy = policies.current()
    whole = series.whole_span(job.organisation, policy.freq)
    apart = oneoffs.find(whole[0], whole[1]).apart if whole else ()
    found = series.read(organisation=job.organisation, freq=policy.freq, apart=apart)
    if found is None or not found.products:
        raise Invalid(say("There are no sales to live again yet. Upload your sales first."))
    days = tuple(date.fromisoformat(job.details[name]) for name in ("start", "end"))
    try:
        first, last = found_window(found.panel, (days[0], days[1]))
    except ValueError:
        first, last = 0, 0
    if first < FEWEST or last - first + 1 < FEWEST:
        raise Invalid(
            say(
                "Too little history: a replay needs %(n)d periods to live, and %(n)d before them to learn from.",
                n=FEWEST,
            )
        )
    span = past.window(found.panel, first, last)
    item_terms = terms.terms(found.products, policy=policy, organisation=job.organisation, until=span.opens)
    stock = terms.stock(found.products, as_of=span.opens - timedelta(days=1), coming=terms.placed_by)
    stock.on_hand[kits.among(found.products, kits.read())] = np.nan  # kits lie nowhere: their parts take part
    rules, seed = _rules(span.opens), int(job.details.get("seed", 0))
    write_inputs(folder, found.panel, item_terms, stock, rules, seed)
    did = past.ledger(found.panel, found.products, span, apart)
    if did is not None:
        write_actual(folder / "ACTUAL.csv", found.panel, first, did)
    if ended := past.given_up():
        write_ended(folder / "ENDED.csv", ended)
    bounds = _bounds(job, found.panel, first, item_terms)
    if bounds is not None:
        write_rule(folder / "RULE.csv", found.panel, bounds)
    return _files(job, folder, found.panel.freq, span, seed)


def _bounds(job: Job, panel: DemandPanel, first: int, item_terms: ItemTerms) -> tuple[Any, Any, bool] | None:
    """Lay the rule that the job states over all products, in periods of usual sales."""
    from forecasting.planning.past.inputs import class_rule

    rule = _rule_of(job)
    if not rule:
        return None
    ends = {letter: (each["least"], each["most"]) for letter, each in rule.get("classes", {}).items()}
    return class_rule(ends or dict.fromkeys("ABC", (rule["least"], rule["most"])), panel, first, item_terms)


def _rule_of(job: Job) -> dict[str, Any]:
    """Read the rule stated by the one who asked: least and most in days of usual sales, or so for the classes A, B and
    C; empty when none.
    """
    classes = job.details.get("classes")
    if classes:
        return {"classes": {letter: _ends(classes[letter]) for letter in "ABC"}}
    return _ends(job.details)


def _ends(told: Mapping[str, Any]) -> dict[str, float]:
    least, most = told.get("least_days"), told.get("most_days")
    return {} if least is None or most is None else {"least": float(least), "most": float(most)}


def _files(job: Job, folder: Path, freq: str, span: past.Window, seed: int) -> Files:
    def named(name: str) -> Path | None:
        return folder / name if (folder / name).exists() else None

    options = argparse.Namespace(
        demand=folder / "DEMAND.csv",
        items=folder / "ITEMS.csv",
        inbound=named("INBOUND.csv"),
        policy=folder / "POLICY.json",
        actual=named("ACTUAL.csv"),
        rule=named("RULE.csv"),
        ended=named("ENDED.csv"),
        cover_days=None,
        country=job.organisation.country or None,
        freq=freq,
        start=span.opens,
        end=span.closes,
        seed=seed,
        backorders=0,
        out=folder / "REPLAY.json",
    )
    parts = ["python -m forecasting.planning replay DEMAND.csv --items ITEMS.csv --policy POLICY.json"]
    parts += [
        f"--{name} {name.upper()}.csv" for name in ("inbound", "actual", "rule", "ended") if getattr(options, name)
    ]
    parts += [f"--country {options.country}"] if options.country else []
    parts.append(f"--freq {freq} --start {span.opens} --end {span.closes} --seed {seed} --out REPLAY.json")
    return Files(folder, " ".join(parts), options)


def _packed(files: Files) -> bytes:
    """Put the files and the command that lives them into a ZIP."""
    texts = {path.name: path.read_bytes() for path in files.folder.iterdir() if path.is_file()}
    return archives.zipped({**texts, "README.txt": README.format(command=files.command).encode()})


def _rules(opens: date) -> Rules:
    """Take the firm's rules as the planner knows them; what was tuned on days of the window is not known in it."""
    policy = policies.current()
    force = policy.tuned.get("force")
    if force and date.fromisoformat(force["until"]) >= opens:
        policy.lean, policy.cushion = 1.0, 1.0
    return Rules(
        service_level=policy.service_level,
        review_days=policy.review_days,
        holding_rate=policy.holding_rate,
        lean=policy.lean,
        cushion=policy.cushion,
        curve=False,
    )


def _rates() -> dict[str, float]:
    policy = policies.current()
    return {"capital": policy.capital_rate, "storage": policy.storage_rate, "risk": policy.risk_rate}
