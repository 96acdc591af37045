"""What changed between two plans of the same products, and why, as a waterfall that adds up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.planning.types import Passport, Plan, Step
from forecasting.words import Said, say

SMALL = 0.5  # units; smaller parts are not worth a word


@dataclass(frozen=True, slots=True)
class Past:
    """What a plan said of one product: units ordered (NaN = not known), steps by kind, the interval, and the level."""

    units: float
    steps: Mapping[str, float]
    interval_days: float = float("nan")
    level: float = float("nan")

    @classmethod
    def of(cls, passport: Passport) -> "Past":
        """Read it off a passport; steps of one kind are summed."""
        return cls(passport.order_units, _by_kind(passport.steps), passport.interval_days, passport.level)


@dataclass(frozen=True, slots=True)
class Between:
    """What happened between two plans, units: sold and received, and days gone by; NaN = not known."""

    sold: float = float("nan")
    received: float = float("nan")
    days: float = float("nan")


@dataclass(frozen=True, slots=True)
class Change:
    """Why an order changed: from `before` to `after` units by steps that add up; sentence: the main reasons."""

    before: float
    after: float
    steps: tuple[Step, ...]
    sentence: Said


WHY = {
    "demand": (say("more demand is forecast"), say("less demand is forecast")),
    "interval": (say("it must last for longer"), say("it must last for less long")),
    "safety": (say("the forecast is less certain"), say("the forecast is more certain")),
    "policy": (say("the service level was raised"), say("the service level was lowered")),
    "sold": (say("more was sold than forecast"), say("less was sold than forecast")),
    "time": (say("stock was used up as forecast"), say("stock was used up as forecast")),
    "on_hand": (say("less stock was counted"), say("more stock was counted")),
    "inbound": (say("less is on the way"), say("more is on the way")),
    "received": (say("a delivery arrived"), say("a delivery arrived")),
    "predecessor": (say("less is left of its predecessor"), say("more is left of its predecessor")),
    "transfer": (say("less comes from another place"), say("more comes from another place")),
    "timing": (say("the timing of deliveries changed"), say("the timing of deliveries changed")),
    "lots": (say("lots round up more"), say("lots round up less")),
    "limits": (say("shelf life or room allow more"), say("shelf life or room allow less")),
    "shared": (say("the supplier is ordered from anyway"), say("the supplier is not ordered from now")),
    "budget": (say("the budget allows more"), say("the budget allows less")),
    "ended": (say("it is bought again"), say("it is discontinued")),
}
GROUPS = {
    "batch": "lots", "least": "lots", "pack": "lots", "nothing": "lots", "steady": "lots",
    "shelf": "limits", "room": "limits",
}  # fmt: skip


def changes(old: Plan, new: Plan, between: Mapping[str, Between] | None = None) -> dict[str, Change]:
    """Explain by product id what changed; products that only one plan knows, and orders that stayed, are left out.

    between: what was sold and received since, by product id.
    """
    before = dict(zip(old.ids, old.passports, strict=True))
    days = float((new.as_of - old.as_of).days)
    found = {}
    for name, passport in zip(new.ids, new.passports, strict=True):
        if name not in before:
            continue
        happened = (between or {}).get(name, Between(days=days))
        change = explained(Past.of(before[name]), Past.of(passport), happened)
        if change is not None and abs(change.after - change.before) > 1e-9:
            found[name] = change
    return found


def explained(old: Past, new: Past, between: Between | None = None) -> Change | None:
    """Explain one product's change; None when one of the plans had no order or no steps."""
    if np.isnan(old.units) or np.isnan(new.units) or not old.steps or not new.steps:
        return None
    parts = _parts(old, new, between or Between())
    steps = tuple(Step(_why(kind, units), units, kind) for kind, units in parts.items() if abs(units) > 1e-6)
    return Change(old.units, new.units, steps, _sentence(old.units, new.units, steps))


def _by_kind(steps: Sequence[Step]) -> dict[str, float]:
    found: dict[str, float] = {}
    for step in steps:
        found[step.kind] = found.get(step.kind, 0.0) + step.units
    return found


def _parts(old: Past, new: Past, between: Between) -> dict[str, float]:
    """Units that each cause adds; they sum to the difference."""
    parts: dict[str, float] = {}
    for kind in dict.fromkeys((*old.steps, *new.steps)):
        group = GROUPS.get(kind, kind)
        parts[group] = parts.get(group, 0.0) + new.steps.get(kind, 0.0) - old.steps.get(kind, 0.0)
    _split_demand(parts, old, new)
    _split_stock(parts, old, between)
    if old.level != new.level and not np.isnan(old.level + new.level):
        raised = parts.get("safety", 0.0) * (new.level - old.level) > 0 and abs(new.level - old.level) > 5e-3
        if raised:
            parts["policy"] = parts.pop("safety")
    return parts


def _split_demand(parts: dict[str, float], old: Past, new: Past) -> None:
    """Tell a longer interval, as from a longer lead time, from more demand per day."""
    demand = old.steps.get("demand", 0.0)
    if old.interval_days > 0 and new.interval_days > 0 and abs(old.interval_days - new.interval_days) > 1e-9:
        longer = demand * (new.interval_days / old.interval_days - 1)
        parts["interval"], parts["demand"] = longer, parts.get("demand", 0.0) - longer


def _split_stock(parts: dict[str, float], old: Past, between: Between) -> None:
    """Split the change of stock (negative steps: more stock, less order) into sales, deliveries and the rest."""
    if np.isnan(between.sold) and np.isnan(between.received):
        return
    sold, received = float(np.nan_to_num(between.sold)), float(np.nan_to_num(between.received))
    expected = sold
    if between.days > 0 and old.interval_days > 0:
        expected = old.steps.get("demand", 0.0) * between.days / old.interval_days
    stock = parts.get("on_hand", 0.0)
    parts["time"], parts["sold"] = expected, sold - expected
    on_its_way = min(received, max(parts.get("inbound", 0.0), 0.0))  # what came in is no longer on the way
    parts["received"] = on_its_way - received
    parts["inbound"] = parts.get("inbound", 0.0) - on_its_way
    parts["on_hand"] = stock - sold + received


def _why(kind: str, units: float) -> Said:
    more, less = WHY.get(kind, (say("other reasons"), say("other reasons")))
    return more if units >= 0 else less


def _sentence(before: float, after: float, steps: tuple[Step, ...]) -> Said:
    """Name the two greatest reasons that point the way the order went."""
    up = after > before
    main = sorted((s for s in steps if (s.units > 0) == up and abs(s.units) >= SMALL), key=lambda s: -abs(s.units))[:2]
    values: dict[str, object] = {"before": round(before, 3), "after": round(after, 3)}
    if not main:
        return say("%(after)g instead of %(before)g", **values)
    if len(main) == 1:
        return say("%(after)g instead of %(before)g: %(why)s", why=main[0].label, **values)
    return say("%(after)g instead of %(before)g: %(why)s and %(too)s", why=main[0].label, too=main[1].label, **values)
