"""Published claims for AI in supply chains beside this firm's own figures: shown, not shown, or what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection

from forecasting.models import Replay
from forecasting.queries import money, runs
from forecasting.queries.replays import equal

SHOWN, NOT_SHOWN, MISSING = "shown", "not shown", "missing"
ENOUGH = 5  # orders on either side before lead times are compared
CHANGED = 90  # days of orders from here, at least

SUPPLIER_TIME = """
SELECT count(*), avg(received_on - ordered_on), stddev_samp(received_on - ordered_on) FROM (
    SELECT DISTINCT p.supplier_id, i.ordered_on, i.received_on
    FROM forecasting_inbound i JOIN forecasting_product p ON p.id = i.product_id
    WHERE i.ordered_on IS NOT NULL AND i.received_on >= i.ordered_on) o
"""
INTERNAL_WAIT = """
SELECT count(*), avg(extract(epoch FROM o.sent_at - d.decided_at) / 86400), min(o.sent_at), max(o.sent_at)
FROM forecasting_order o
JOIN LATERAL (
    SELECT min(c.decided_at) AS decided_at FROM forecasting_orderline l
    JOIN forecasting_decision c ON c.line_id = l.id AND c.undone_at IS NULL WHERE l.order_id = o.id) d ON true
WHERE o.sent_at IS NOT NULL AND o.cancelled_at IS NULL AND d.decided_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim: its name, what is published (shares, low to high), what is found here with its interval, a verdict.

    verdict: shown, not shown (the interval does not lie in the claimed direction), missing. reach: whether the claimed
    size itself lies in the interval. needs: words' keys of what is missing.
    """

    name: str
    published: tuple[float, float]
    value: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: str = MISSING
    needs: tuple[str, ...] = ()

    @property
    def reached(self) -> bool:
        """Tell whether what is found is at least the smallest published size, for sure."""
        if self.low is None or self.high is None or self.verdict != SHOWN:
            return False
        least = min(self.published, key=abs)
        return self.high <= least if least < 0 else self.low >= least


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Measured days: supplier from order to receipt, internal from decision to order; None = not measured."""

    orders: int
    supplier: float | None
    spread: float | None
    sent: int
    internal: float | None


@dataclass(frozen=True, slots=True)
class Floor:
    """Days of stock now and the fewest that the firm's own terms allow."""

    days: float | None
    fewest: float | None


def claims(replay: Replay | None) -> list[Claim]:
    """Hold each published claim against what the newest replay and the firm's own records show."""
    return [
        _from_equal("holding", (-0.18, -0.12), replay, lambda saved: -saved),
        _from_equal("turns", (0.40, 0.40), replay, lambda saved: 1 / (1 - saved) - 1),
        Claim("lead_time", (-0.25, -0.25), needs=("orders_from_here",)),
        _margin(replay),
        Claim("acquisition", (-0.15, -0.15), needs=("new_customers", "advertising")),
    ]


def _from_equal(name: str, published: tuple[float, float], replay: Replay | None, turned: Any) -> Claim:
    """Read a claim off the stock needed at equal service; turned makes the claim's figure of the share saved."""
    if replay is None:
        return Claim(name, published, needs=("replay",))
    found = equal(replay.result)
    if found is None or found["saved"] is None or found["low"] is None:
        return Claim(name, published, needs=("longer_replay",))
    if found["kind"] != "stock_value":
        return Claim(name, published, needs=("unit_cost",))
    ends = sorted((turned(found["low"]), turned(found["high"])))
    return _judged(name, published, turned(found["saved"]), (ends[0], ends[1]))


def _margin(replay: Replay | None) -> Claim:
    """Read the margin won by fewer lost sales off the replay, by the plan's own rules."""
    published = (0.052, 0.052)
    if replay is None:
        return Claim("margin", published, needs=("replay",))
    row: Mapping[str, Any] = next((r for r in replay.result["differences"] if r["name"] == "margin"), {})
    if not row or row["relative"] is None or row["relative_low"] is None:
        return Claim("margin", published, needs=("unit_price",))
    return _judged("margin", published, row["relative"], (row["relative_low"], row["relative_high"]))


def _judged(name: str, published: tuple[float, float], value: float, ends: tuple[float, float]) -> Claim:
    downwards = published[0] < 0
    shown = ends[1] < 0 if downwards else ends[0] > 0
    return Claim(name, published, value, ends[0], ends[1], SHOWN if shown else NOT_SHOWN)


def lead_time() -> LeadTime:
    """Measure what an order waits for here and at the supplier; only dates that were recorded count."""
    with connection.cursor() as cursor:
        cursor.execute(SUPPLIER_TIME)
        orders, supplier, spread = cursor.fetchone()
        cursor.execute(INTERNAL_WAIT)
        sent, internal, _first, _last = cursor.fetchone()
    return LeadTime(orders, _number(supplier), _number(spread), sent, _number(internal))


def _number(value: object) -> float | None:
    if isinstance(value, timedelta):
        return value.total_seconds() / 86400
    return None if value is None else float(str(value))


def floor() -> Floor:
    """Read days of stock and their floor from the newest run."""
    run = runs.newest()
    if run is None:
        return Floor(None, None)
    pace = money.pace(run)
    return Floor(pace.days, pace.floor)
