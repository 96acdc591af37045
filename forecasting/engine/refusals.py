"""What the engine refused, held back or took on trust for one product, in words."""

from dataclasses import dataclass

from forecasting.words import Said, digits, say


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one product: periods of its own and with what it inherited; what was done to its values.

    few: periods below which a product is too young to be judged by itself. bound: units per period above which nothing
    is believed, None where the forecast never met it. told: "own", "like" or "none" where a promotion or a price is
    announced, by whose past its effect is known; "" otherwise.
    """

    own: int
    known: int
    few: int
    sold: bool
    refused: int
    poisoned: bool
    inferred: int
    bound: float | None
    told: str
    heir_refused: bool


def refusals(facts: Facts) -> tuple[Said, ...]:
    """List what a person should know before trusting the forecast; () where there is nothing."""
    found = [*_values(facts), *_data(facts)]
    if facts.heir_refused:
        found.append(say("Nothing was inherited: the product it replaces also replaces it, or has impossible values."))
    if facts.told == "none":
        found.append(
            say("A promotion or price is announced, but none is known from the past: no effect of it is assumed.")
        )
    if facts.told == "like":
        found.append(
            say("A promotion or price is announced that this product never had: its effect is that on like products.")
        )
    if facts.bound is not None:
        found.append(
            say(
                "Held back at %(units)s units per period: more than the past and its promotions can justify.",
                units=digits(facts.bound),
            )
        )
    return tuple(found)


def _values(facts: Facts) -> list[Said]:
    found = []
    if facts.refused:
        one = facts.refused == 1
        words = say(
            "%(n)d impossible value was left out." if one else "%(n)d impossible values were left out.", n=facts.refused
        )
        found.append(words)
    elif facts.poisoned:
        found.append(say("Some values are too odd to teach other products: this one is forecast alone."))
    if facts.inferred:
        found.append(
            say(
                "%(n)d period is taken for a stock-out, although no stock data say so."
                if facts.inferred == 1
                else "%(n)d periods are taken for stock-outs, although no stock data say so.",
                n=facts.inferred,
            ),
        )
    return found


def _data(facts: Facts) -> list[Said]:
    if facts.known == 0:
        return [say("Prior-driven: never sold yet. Taken as one of its kind, with a wide range.")]
    if facts.known < facts.few:
        return [
            say(
                "Prior-driven: too little data, %(n)d known period. Taken as one of its kind, with a wide range."
                if facts.known == 1
                else "Prior-driven: too little data, %(n)d known periods. Taken as one of its kind, with a wide range.",
                n=facts.known,
            )
        ]
    if facts.own < facts.few:
        return [
            say(
                "Little data of its own, %(n)d known period: most is inherited."
                if facts.own == 1
                else "Little data of its own, %(n)d known periods: most is inherited.",
                n=facts.own,
            )
        ]
    if not facts.sold:
        return [say("No sales at all in %(n)d known periods.", n=facts.known)]
    return []
