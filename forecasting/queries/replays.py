"""What a replay showed, for a page: figures with their words' keys, products that fared worse, the history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from forecasting.models import Job, Policy, Replay, Sale

PER_YEAR = {"D": 365.25, "W": 365.25 / 7, "M": 12.0}
YEARLY = ("holding_cost", "shortage_cost", "total_cost", "margin")  # told per period, shown per year
MONEY = ("stock_value", "terminal_value", *YEARLY)
SHARES = ("fill", "fill_value")
ORDER = (
    "stock_value", "stock_units", "fill", "fill_value", "lost_units", "turns", "order_lines",
    "holding_cost", "shortage_cost", "margin", "total_cost", "bullwhip", "stock_swing", "terminal_value",
)  # fmt: skip
MOST_WORSE = 50


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of both arms: kind is money, share, or number; relative with its interval; better: yes, no, …"""

    name: str
    kind: str
    baseline: float | None
    lagom: float | None
    relative: float | None
    low: float | None
    high: float | None
    better: str
    verdict: str


def listed() -> QuerySet[Any]:
    """List all replays, newest first, without what makes them large."""
    return Replay.objects.defer("archive", "result").order_by("-created_at")


def failed(newest: Replay | None, organisation_id: int, kind: str = "replay") -> Job | None:
    """Return the last job that did not come to a replay (or a tuning), if nothing came after it."""
    job = Job.objects.filter(organisation=organisation_id, kind=kind).order_by("-created_at").first()
    if job is None or job.state != Job.State.FAILED:
        return None
    return job if newest is None or job.created_at > newest.created_at else None


def running(organisation_id: int, kind: str = "replay") -> Job | None:
    """Return the replay (or the tuning) that is under way."""
    open_jobs = Job.objects.filter(organisation=organisation_id, kind=kind, state__in=Job.OPEN)
    return open_jobs.order_by("-created_at").first()


def figures(result: Mapping[str, Any], freq: str) -> list[Figure]:
    """List the figures of a comparison in the order in which they are read; money of flows per year."""
    known = {row["name"]: row for row in result["differences"]}
    return [_figure(known[name], freq) for name in ORDER if name in known and _worth(known[name])]


def _worth(row: Mapping[str, Any]) -> bool:
    """Leave out money that nobody knows: both arms then come to nothing."""
    return row["name"] not in MONEY or bool(row["baseline"] or row["lagom"])


def _figure(row: Mapping[str, Any], freq: str) -> Figure:
    scale = PER_YEAR[freq] if row["name"] in YEARLY else 1.0
    share = row["name"] in SHARES
    kind = "money" if row["name"] in MONEY else "share" if share else "number"
    ends = (row["value"], row["low"], row["high"]) if share else (
        row["relative"], row["relative_low"], row["relative_high"]
    )  # fmt: skip
    return Figure(
        name=row["name"],
        kind=kind,
        baseline=None if row["baseline"] is None else row["baseline"] * scale,
        lagom=None if row["lagom"] is None else row["lagom"] * scale,
        relative=ends[0],
        low=ends[1],
        high=ends[2],
        better=row["better"],
        verdict=row["verdict"],
    )


def equal(result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the comparison at equal fill of units, None when there is none."""
    return next((one for one in result["equal_service"] if one["measure"] == "fill"), None)


def holding(replay: Replay, result: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Split the holding cost saved in a year into its parts: capital, storage, risk; only variable parts are saved."""
    row = next((row for row in result["differences"] if row["name"] == "holding_cost"), None)
    rates = replay.policy.get("rates", {})
    whole = sum(rates.values())
    if row is None or not row["baseline"] or not whole:
        return []
    saved = -row["value"] * PER_YEAR[replay.freq]
    return [(name, saved * rates.get(name, 0.0) / whole) for name in ("capital", "storage", "risk")]


def worse(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """List the products that fared worse, those that held most more first."""
    rows = [row for row in result["per_product"] if row["worse"]]
    rows.sort(key=lambda row: row["baseline_stock"] - row["lagom_stock"])
    return rows[:MOST_WORSE]


def likely_window(freq: str) -> tuple[date, date] | None:
    """Propose the last year (or the last third of the history, if that is less); None without sales."""
    days = Sale.objects.filter(units__gt=0).order_by("sold_on").values_list("sold_on", flat=True)
    first, last = days.first(), days.last()
    if first is None or last is None:
        return None
    span = min(364, (last - first).days * 2 // 5)
    return last - timedelta(days=span), last


def policy() -> Policy:
    """Return the firm's rules."""
    return Policy.objects.first() or Policy()
