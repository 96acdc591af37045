"""What the data that are in allow: a score, and for each gap what it costs and where it is closed."""

from dataclasses import dataclass

from forecasting.words import Said, say

MONTH = 365.25 / 12
FULL_MONTHS = 24  # two of each season: below that a season is borrowed or not seen
FEW_MONTHS = 2
OFTEN_OUT = 0.05  # share of counted days without stock from which it is worth a word
# Measured on grocery data with known stock-outs: the mean of raw sales lies this far below demand.
BENT = 9


@dataclass(frozen=True, slots=True)
class Facts:
    """What is in: days from the first to the last sale, products, and how many of them lack something.

    uncatalogued: named by sales or stock only. alike: groups of codes that differ by zeros in front, case or marks, the
    first few of `alike_groups`. counted, out: days on which a product was counted, and was found to be out of stock.
    """

    days: int = 0
    products: int = 0
    no_cost: int = 0
    no_lead_time: int = 0
    no_stock: int = 0
    uncatalogued: int = 0
    alike: tuple[tuple[str, ...], ...] = ()
    alike_groups: int = 0
    counted: int = 0
    out: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the data allow or do not: how much of it is there (0 to 1), of how many points, and what that means.

    fix: the name of the gap, by which a page links to where it is closed; empty where nothing can be done today.
    """

    name: str
    share: float
    points: int
    said: Said
    costs: Said | None
    fix: str = ""


def findings(facts: Facts) -> list[Finding]:
    """Judge the data; the largest gaps in points come first. Points add up to 100."""
    found = [_history(facts), *_lacks(facts), _alike(facts)]
    if (often := _out(facts)) is not None:
        found.append(often)
    return sorted(found, key=_weight)


def _weight(finding: Finding) -> tuple[float, bool, str]:
    return -(1 - finding.share) * finding.points, finding.costs is None, finding.name


def score(found: list[Finding]) -> int:
    """Add the points up: 0 without any sale, 100 when nothing is missing.

    >>> score(findings(Facts()))
    0
    """
    history = next(finding for finding in found if finding.name == "history")
    return round(sum(finding.share * finding.points for finding in found)) if history.share else 0


def _history(facts: Facts) -> Finding:
    months = facts.days / MONTH
    share = min(1.0, months / FULL_MONTHS)
    said = say("Months of sales: %(n)d", n=round(months))
    costs = None
    if months < FEW_MONTHS:
        costs = say("Too short to test a forecast on the past: Lagom gives ranges, and says so.")
    elif share < 1:
        costs = say("Below two years, a product's seasons are borrowed from its category.")
    return Finding("history", share, 30, said, costs, "" if share == 1 else "history")


def _lacks(facts: Facts) -> list[Finding]:
    all_ = f"{facts.products:,}"
    return [
        _lack(
            facts,
            "no_lead_time",
            20,
            say("%(n)s of %(all)s products without lead time", n=f"{facts.no_lead_time:,}", all=all_),
            say("For these nobody can say when to order: they get no proposal."),
        ),
        _lack(
            facts,
            "no_stock",
            20,
            say("%(n)s of %(all)s products without a stock count", n=f"{facts.no_stock:,}", all=all_),
            say(
                "No proposal for these, and days without stock can read as days without demand: on grocery data that "
                "bent forecasts by %(n)d %%.",
                n=BENT,
            ),
        ),
        _lack(
            facts,
            "no_cost",
            15,
            say("%(n)s of %(all)s products without cost", n=f"{facts.no_cost:,}", all=all_),
            say("Their money is in no figure: stock value, holding cost, the best service level, the cash cap."),
        ),
        _lack(
            facts,
            "uncatalogued",
            10,
            say("%(n)s of %(all)s codes are in no catalogue", n=f"{facts.uncatalogued:,}", all=all_),
            say("They are forecast, but have no name, category or supplier to learn from."),
        ),
    ]


def _lack(facts: Facts, name: str, points: int, said: Said, costs: Said) -> Finding:
    lacking = getattr(facts, name)
    share = 1 - lacking / facts.products if facts.products else 0.0
    return Finding(name, share, points, said, costs if lacking else None, name if lacking else "")


def _alike(facts: Facts) -> Finding:
    share = 1 - min(1.0, 10 * facts.alike_groups / facts.products) if facts.products else 0.0
    if not facts.alike_groups:
        return Finding("alike", share, 5, say("No two codes look like one product"), None)
    shown = "; ".join(" = ".join(group) for group in facts.alike)
    said = say("Codes that may be one product (%(n)d times): %(codes)s", n=facts.alike_groups, codes=shown)
    costs = say(
        "If they are one product, its sales are split, and each half is forecast by itself. Excel drops zeros in "
        "front: undo that file and load it again, or let one of the two take the place of the other."
    )
    return Finding("alike", share, 5, said, costs, "alike")


def _out(facts: Facts) -> Finding | None:
    """Tell of stock-outs without points: they are the firm's past, not a fault of its data."""
    if not facts.counted:
        return None
    said = say("%(share)d %% of the counted days were without stock", share=round(100 * facts.out / facts.counted))
    if facts.out < OFTEN_OUT * facts.counted:
        return Finding("out", 1.0, 0, said, None)
    costs = say("What would have been sold on them is estimated, and told with each forecast.")
    return Finding("out", 1.0, 0, said, costs, "out")
