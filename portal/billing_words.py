"""Tiers, invoices and limits in words."""

from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal import formats
from tenants.billing.life import Charge
from tenants.models import Invoice
from tenants.services.limits import Use
from tenants.tiers import LIMITS, Interval, Tier, price


def tier_name(tier: str) -> str:
    """Name a tier; the names are those of the product and are not translated."""
    return tier.capitalize()


def interval_name(interval: str) -> str:
    """Say how often is paid."""
    return _("a year") if interval == "year" else _("a month")


def lines(invoice: Invoice) -> list[dict[str, Any]]:
    """Give the lines of an invoice as they are read."""
    return [{"words": line_words(line), "cents": line["cents"]} for line in invoice.lines]


def charges(found: tuple[Charge, ...]) -> list[dict[str, Any]]:
    """Give the lines of an invoice that is not written yet."""
    told = [
        {"kind": one.kind, "tier": one.tier, "interval": one.interval, "start": one.start, "end": one.end}
        | {"off_bp": one.off_bp, "cents": one.cents}
        for one in found
    ]
    return [{"words": line_words(line), "cents": line["cents"]} for line in told]


def line_words(line: dict[str, Any]) -> str:
    """Say one line: what, of when, and which discount is in it."""
    kind, days = line["kind"], _days(line)
    about = {"tier": tier_name(line.get("tier") or ""), "days": days, "number": line.get("number", "")}
    words = {
        "period": _("Lagom %(tier)s, %(days)s"),
        "rest": _("Lagom %(tier)s for the rest of the period, %(days)s"),
        "unused": _("Unused time of %(tier)s, %(days)s"),
        "credit": _("Credit used"),
        "kept": _("Kept as credit for later invoices"),
        "back": _("Taken back from invoice %(number)s"),
    }
    if kind == "stripe":  # in Stripe's words, which may hold a %
        return str(line.get("words") or _("Lagom"))
    said = words[kind] % about
    if line.get("off_bp"):
        said += " " + _("(discount %(percent)s in it)") % {
            "percent": formats.percent(line["off_bp"] / 10_000, get_language() or "en")
        }
    return said


def _days(line: dict[str, Any]) -> str:
    if not line.get("start"):
        return ""
    first, last = line["start"], line["end"]
    first = date.fromisoformat(first) if isinstance(first, str) else first
    last = date.fromisoformat(last) if isinstance(last, str) else last
    return f"{first.isoformat()} – {date.fromordinal(last.toordinal() - 1).isoformat()}"


def cards() -> list[dict[str, Any]]:
    """Give the tiers side by side."""
    every = {"week": _("weekly"), "day": _("daily"), "hour": _("hourly")}
    return [
        {
            "tier": tier.value,
            "name": tier_name(tier),
            "month": price(tier, Interval.MONTH),
            "year": price(tier, Interval.YEAR),
            "limits": LIMITS[tier],
            "runs": every[LIMITS[tier].run_every],
        }
        for tier in Tier
    ]


def bars(uses: list[Use]) -> list[dict[str, Any]]:
    """Give the bars of use against limits."""
    names = {"products": _("Planned products"), "locations": _("Places"), "api_calls": _("API calls today")}
    follows = {
        "products": _("the slowest-selling products beyond the limit are left out of the plan. Nothing is deleted."),
        "locations": _(
            "all places are planned together as one: every product stays in the plan, but it no longer says which "
            "place goods are for, or what to move between places. Nothing is deleted."
        ),
        "api_calls": "",
    }
    return [
        {
            "label": names[use.name],
            "use": use,
            "follows": follows[use.name],
            "level": "red" if use.used > use.allowed else "amber" if use.near else "",
            "width": round(min(use.share, 1) * 100, 1),
        }
        for use in uses
    ]
