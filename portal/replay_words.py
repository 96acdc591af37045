"""The words of a replay: its sentence with the interval, its figures, its arms."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from forecasting.models import Replay
from forecasting.queries.replays import Figure, equal
from portal import formats, replay_chart


def other_arm(name: str) -> str:
    """Name the arm that Lagom is compared with."""
    names = {
        "actual": _("What you did"),
        "stated": _("Your own rule"),
        "tuned": _("A moving average with cover"),
    }
    return names.get(name, name)


def figure_name(name: str) -> str:
    """Name a figure in the reader's language."""
    names = {
        "stock_value": _("Average stock at cost"),
        "stock_units": _("Average stock, pieces"),
        "fill": _("Delivered share of demand"),
        "fill_value": _("Delivered share, by value"),
        "lost_units": _("Lost sales, pieces a period"),
        "turns": _("Turns a year"),
        "order_lines": _("Order lines a period"),
        "holding_cost": _("Holding cost a year"),
        "shortage_cost": _("Cost of lost sales a year"),
        "margin": _("Margin of what is sold, a year"),
        "total_cost": _("All these costs a year"),
        "bullwhip": _("How orders swing (bullwhip: variance of orders by variance of demand)"),
        "stock_swing": _("How stock swings (variance of stock by variance of demand)"),
        "terminal_value": _("Stock and orders on the way at the end, at cost"),
    }
    return names.get(name, name)


def shown(figure: Figure, value: float | None, currency: str) -> str:
    """Write a figure of one arm."""
    language = get_language() or "en"
    if figure.kind == "money":
        return formats.money_rounded(value, currency, language)
    return formats.percent(value, language, decimals=1) if figure.kind == "share" else formats.units(value, language)


def change(figure: Figure) -> str:
    """Write the difference with its interval: in percent, or in points where the figure is a share itself."""
    if figure.relative is None:
        return "–"
    unit = _("points") if figure.kind == "share" else "%"
    middle = _signed(figure.relative)
    if figure.low is None or figure.high is None:
        return f"{middle} {unit}"
    return _("%(middle)s %(unit)s (%(low)s to %(high)s)") % {
        "middle": middle, "unit": unit, "low": _signed(figure.low), "high": _signed(figure.high),
    }  # fmt: skip


def _signed(share: float) -> str:
    language = get_language() or "en"
    told = formats.units(abs(round(100 * share, 1)), language, decimals=1)
    return f"+{told}" if share > 0 else f"−{told}" if share < 0 else told


def judged(figure: Figure) -> tuple[str, str]:
    """Say what can be said of a figure: its state colour and word."""
    if figure.verdict == "cannot tell":
        return "grey", _("Cannot tell")
    if figure.verdict == "no difference":
        return "grey", _("No difference")
    if figure.better == "yes":
        return "green", _("Better")
    if figure.better == "no":
        return "red", _("Worse")
    return "grey", _("Higher") if figure.verdict == "higher" else _("Lower")


def rule(stated: Mapping[str, Any]) -> str:
    """Say the rule that was lived again as the firm's own, in weeks of usual sales; empty where none was stated."""
    classes = stated.get("classes") or ({"": stated} if stated else {})
    language = get_language() or "en"
    told = []
    for letter, each in classes.items():
        ends = {name: formats.units(each[name] / 7, language, decimals=1) for name in ("least", "most")}
        same = each["least"] == each["most"]
        if not same:
            words = _("at %(least)s weeks, up to %(most)s")
        else:
            words = _("up to %(most)s week") if ends["most"] == "1" else _("up to %(most)s weeks")
        told.append((f"{letter}: " if letter else "") + words % ends)
    return "; ".join(told)


def sentence(result: Mapping[str, Any]) -> tuple[str, str]:
    """Say a comparison in one sentence with its interval, and give its level: green, grey or amber."""
    language = get_language() or "en"
    found = equal(result)
    if found is not None and found["low"] is None and found["verdict"] == "not shown":
        words = _(
            "No: delivering the same %(fill)s of demand, the plan would have needed at least %(share)s more stock."
        )
        fill = formats.percent(found["fill"], language, decimals=1)
        return words % {"fill": fill, "share": formats.percent(-found["high"], language, decimals=0)}, "amber"
    if found is None or found["saved"] is None or found["low"] is None:
        return _("It cannot be told whether the plan would have needed less stock for the same deliveries."), "grey"
    values = {
        "share": formats.percent(abs(found["saved"]), language, decimals=0),
        "low": _stock(found["low"]),
        "high": _stock(found["high"]),
        "fill": formats.percent(found["fill"], language, decimals=1),
    }
    if found["verdict"] == "shown":
        words = _(
            "Yes: delivering the same %(fill)s of demand, the plan would have needed %(share)s less stock, "
            "in nine of ten cases between %(low)s and %(high)s."
        )
        return words % values, "green"
    if found["verdict"] == "not shown":
        words = _(
            "No: delivering the same %(fill)s of demand, the plan would have needed %(share)s more stock, "
            "in nine of ten cases between %(high)s and %(low)s."
        )
        return words % values, "amber"
    words = _(
        "Cannot tell: delivering the same %(fill)s of demand, the plan would have needed between %(high)s and %(low)s "
        "in nine of ten cases, so it could be either."
    )
    return words % values, "grey"


def _stock(saved: float) -> str:
    """Say a share of stock saved as so much less, or so much more where it is negative."""
    share = formats.percent(abs(saved), get_language() or "en", decimals=0)
    if round(100 * saved) == 0:
        return _("as much stock")
    return (_("%(share)s less stock") if saved > 0 else _("%(share)s more stock")) % {"share": share}


def by_itself(replay: Replay) -> str:
    """Say what the plan does by its own rules: how much it delivers and at what cost."""
    rows = {row["name"]: row for row in replay.result["differences"]}
    fill, cost, language = rows["fill"], rows.get("total_cost"), get_language() or "en"
    if fill["lagom"] is None:
        return ""
    values = {
        "mine": formats.percent(fill["lagom"], language, decimals=1),
        "theirs": formats.percent(fill["baseline"], language, decimals=1),
    }
    if not cost or cost["relative"] is None or not cost["baseline"] or cost["verdict"] == "cannot tell":
        return _("By its own rules the plan would have delivered %(mine)s of demand instead of %(theirs)s.") % values
    values["cost"] = formats.percent(abs(cost["relative"]), language, decimals=0)
    less = _(
        "By its own rules the plan would have delivered %(mine)s of demand instead of %(theirs)s, and stock and lost "
        "sales together would have cost %(cost)s less."
    )
    more = _(
        "By its own rules the plan would have delivered %(mine)s of demand instead of %(theirs)s, and stock and lost "
        "sales together would have cost %(cost)s more."
    )
    return (less if cost["relative"] < 0 else more) % values


def capital(freed: Mapping[str, float] | None, currency: str) -> str:
    """Say how much money stock would have set free, or bound; empty where costs are not known."""
    if not freed or freed["low"] is None:
        return ""
    language = get_language() or "en"

    def bound(value: float) -> str:
        money = formats.money_rounded(abs(value), currency, language)
        return (_("%(money)s freed") if value >= 0 else _("%(money)s more bound")) % {"money": money}

    return _("Money in stock, by its own rules: %(value)s, in nine of ten cases between %(low)s and %(high)s.") % {
        name: bound(freed[name]) for name in ("value", "low", "high")
    }


def pictures(replay: Replay, currency: str) -> list[Any]:
    """Draw stock and service over time and the exchange curve."""
    result, words = replay.result, _words(replay, currency)
    counted_from = date.fromisoformat(result["counted_from"])
    found = [
        replay_chart.stock_chart(result["by_period"], counted_from, words),
        replay_chart.service_chart(result["by_period"], counted_from, words),
    ]
    return [*found, replay_chart.curve_chart(result, words)] if result["lagom_curve"] else found


def _words(replay: Replay, currency: str) -> replay_chart.Words:
    language, today = get_language() or "en", timezone.localdate()
    arms: Mapping[str, Any] = replay.result["arms"]
    means = [formats.units_short(arms[name]["stock_units"], language) for name in ("lagom", "baseline")]
    fills = [formats.percent(arms[name]["fill"], language, decimals=1) for name in ("lagom", "baseline")]
    return replay_chart.Words(
        other=other_arm(replay.result["baseline_is"]),
        stock_title=_("Stock: %(mine)s pieces with the plan, %(theirs)s otherwise, on average")
        % {"mine": means[0], "theirs": means[1]},
        service_title=_("Delivered: %(mine)s of demand with the plan, %(theirs)s otherwise")
        % {"mine": fills[0], "theirs": fills[1]},
        curve_title=_("What service costs in stock: lower and further right is better"),
        curve_note=_("Each point is the whole window lived again, aiming lower or higher."),
        period=_("Period"),
        stock=_("Stock"),
        service=_("Delivered share of demand"),
        point=_("Way of ordering"),
        day=lambda value: formats.day(value, language, today=today),
        month=lambda value: formats.month(value, language),
        number=lambda value: formats.units(value, language, decimals=0),
        share=lambda value: formats.percent(value, language, decimals=1),
    )
