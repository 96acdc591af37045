"""Published claims for AI in supply chains beside this firm's own figures: shown, not shown, or what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import Any

from django.db import connection

from forecasting.models import Replay
from forecasting.planning.past.evidence import MEASURABLE
from forecasting.queries import money, runs
from forecasting.queries.replays import equal

SHOWN, NOT_SHOWN, MISSING = "shown", "not shown", "missing"
ENOUGH = 5  # orders on either side before lead times are compared
CHANGED = 90  # days of orders from here that later ones are held against

SURE = 1.645  # deviations: nine of ten cases

# Orders sent from here: days from the decision to the order, and from the order to its receipts, on average.
FROM_HERE = """
SELECT o.sent_at, extract(epoch FROM o.sent_at - d.decided_at) / 86400, r.days
FROM forecasting_order o
LEFT JOIN LATERAL (
    SELECT min(c.decided_at) AS decided_at FROM forecasting_orderline l
    JOIN forecasting_decision c ON c.line_id = l.id AND c.undone_at IS NULL WHERE l.order_id = o.id) d ON true
LEFT JOIN LATERAL (
    SELECT avg(p.received_on - o.ordered_on) AS days FROM forecasting_orderline l
    JOIN forecasting_receipt p ON p.line_id = l.id AND p.undone_at IS NULL
    WHERE l.order_id = o.id AND p.received_on >= o.ordered_on) r ON true
WHERE o.sent_at IS NOT NULL AND o.cancelled_at IS NULL AND NOT o.made
ORDER BY o.sent_at DESC LIMIT 5000
"""
# Deliveries of orders that were not sent from here: only the supplier's time is known of them.
FROM_ELSEWHERE = """
SELECT received_on - ordered_on FROM (
    SELECT DISTINCT p.supplier_id, i.ordered_on, i.received_on
    FROM forecasting_inbound i JOIN forecasting_product p ON p.id = i.product_id
    WHERE i.line_id IS NULL AND i.ordered_on IS NOT NULL AND i.received_on >= i.ordered_on) o
ORDER BY ordered_on DESC LIMIT 5000
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim: its name, what is published (shares, low to high), what is found here with its interval, a verdict.

    verdict: shown, not shown (the interval does not lie in the claimed direction), missing. reach: whether the claimed
    size itself lies in the interval. needs: words' keys of what is missing. on: where it is not found on all products,
    how many and what share of the pieces wanted is theirs.
    """

    name: str
    published: tuple[float, float]
    value: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: str = MISSING
    needs: tuple[str, ...] = ()
    on: tuple[int, float] | None = None

    @property
    def reached(self) -> bool:
        """Tell whether what is found is at least the smallest published size, for sure."""
        if self.low is None or self.high is None or self.verdict != SHOWN:
            return False
        least = min(self.published, key=abs)
        return self.high <= least if least < 0 else self.low >= least


@dataclass(frozen=True, slots=True)
class Measured:
    """Days that were measured: their mean and how many; nothing where none were."""

    days: Sequence[float] = ()

    @property
    def n(self) -> int:
        """Count them."""
        return len(self.days)

    @property
    def mean(self) -> float | None:
        """Return their mean."""
        return fmean(self.days) if self.days else None

    @property
    def error(self) -> float:
        """Return the standard error of the mean."""
        return stdev(self.days) / self.n**0.5 if self.n > 1 else float("inf")


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Lead time in its parts: wait here from decision to order, supplier from order to receipt, both together.

    before: orders that were not sent from here (their wait was never measured); first: those of the first three months
    from here; since: those after. Together counts only orders of which both parts were measured.
    """

    before: Measured
    wait: tuple[Measured, Measured]
    supplier: tuple[Measured, Measured]
    together: tuple[Measured, Measured]

    @property
    def any(self) -> bool:
        """Tell whether anything was measured."""
        return bool(self.before.n or self.wait[0].n or self.supplier[0].n)


@dataclass(frozen=True, slots=True)
class Floor:
    """Days of stock now and the fewest that the firm's own terms allow."""

    days: float | None
    fewest: float | None


def claims(replay: Replay | None, lead: LeadTime) -> list[Claim]:
    """Hold each published claim against what the newest replay and the firm's own records show."""
    return [
        _from_equal("holding", (-0.18, -0.12), replay, lambda saved: -saved),
        _from_equal("turns", (0.40, 0.40), replay, lambda saved: 1 / (1 - saved) - 1),
        _lead_time(lead),
        _margin(replay),
        Claim("acquisition", (-0.15, -0.15), needs=("new_customers", "advertising")),
    ]


def _from_equal(name: str, published: tuple[float, float], replay: Replay | None, turned: Any) -> Claim:
    """Read a claim off the stock needed at equal service; turned makes the claim's figure of the share saved."""
    if replay is None:
        return Claim(name, published, needs=("replay",))
    found = equal(replay.result)
    if found is None or found["saved"] is None or (found["low"] is None and found["verdict"] != "not shown"):
        return Claim(name, published, needs=("longer_replay",))
    if found["kind"] != "stock_value":
        return Claim(name, published, needs=("unit_cost",))
    on = _on(found)
    if found["low"] is None:  # how much more the plan may hold has no bound, but it holds more
        return Claim(name, published, turned(found["saved"]), verdict=NOT_SHOWN, on=on)
    ends = sorted((turned(found["low"]), turned(found["high"])))
    return replace(_judged(name, published, turned(found["saved"]), (ends[0], ends[1])), on=on)


def _on(told: Mapping[str, Any]) -> tuple[int, float] | None:
    """Read how many products a figure is of; None for all (and for replays of before this was told)."""
    return (told["products"], told["share"]) if told.get("share", 1.0) < 1 else None


def _margin(replay: Replay | None) -> Claim:
    """Read the margin won by fewer lost sales off the replay, by the plan's own rules."""
    published = (0.052, 0.052)
    if replay is None:
        return Claim("margin", published, needs=("replay",))
    row: Mapping[str, Any] = next((r for r in replay.result["differences"] if r["name"] == "margin"), {})
    known = replay.result.get("priced", {}).get("margin", {})
    if not row or row["relative"] is None or row["relative_low"] is None or known.get("share", 1.0) < MEASURABLE:
        return Claim("margin", published, needs=("unit_price",))
    found = _judged("margin", published, row["relative"], (row["relative_low"], row["relative_high"]))
    return replace(found, on=_on(known))


def _judged(name: str, published: tuple[float, float], value: float, ends: tuple[float, float]) -> Claim:
    downwards = published[0] < 0
    shown = ends[1] < 0 if downwards else ends[0] > 0
    return Claim(name, published, value, ends[0], ends[1], SHOWN if shown else NOT_SHOWN)


def _lead_time(lead: LeadTime) -> Claim:
    """Compare the whole lead time of later orders with that of the first three months; both must be measured."""
    published, (first, since) = (-0.25, -0.25), lead.together
    if min(first.n, since.n) < ENOUGH or not first.mean or since.mean is None:
        return Claim("lead_time", published, needs=("orders_from_here",))
    ratio = since.mean / first.mean
    error = ratio * ((first.error / first.mean) ** 2 + (since.error / max(since.mean, 1e-9)) ** 2) ** 0.5
    return _judged("lead_time", published, ratio - 1, (ratio - 1 - SURE * error, ratio - 1 + SURE * error))


def lead_time() -> LeadTime:
    """Measure what an order waits for here and at the supplier; only dates that were recorded count."""
    with connection.cursor() as cursor:
        cursor.execute(FROM_ELSEWHERE)
        before = Measured([float(days) for (days,) in cursor.fetchall()])
        cursor.execute(FROM_HERE)
        rows = cursor.fetchall()
    turn = min((sent for sent, _, _ in rows), default=None)
    sides: tuple[list[Any], list[Any]] = ([], [])
    for sent, wait, days in rows:
        sides[(sent - turn).days >= CHANGED].append((_days(wait), _days(days)))
    wait, supplier = (
        tuple(Measured([row[part] for row in side if row[part] is not None]) for side in sides) for part in (0, 1)
    )
    both = tuple(Measured([sum(row) for row in side if None not in row]) for side in sides)
    return LeadTime(before, (wait[0], wait[1]), (supplier[0], supplier[1]), (both[0], both[1]))


def _days(value: object) -> float | None:
    return None if value is None else float(str(value))


def floor() -> Floor:
    """Read days of stock and their floor from the newest run."""
    run = runs.newest()
    if run is None:
        return Floor(None, None)
    pace = money.pace(run)
    return Floor(pace.days, pace.floor)
