"""The reason of every order: the steps from demand to units, in words and numbers that add up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from forecasting.planning import closures
from forecasting.planning.choices import Choices, assumed, missing
from forecasting.planning.figures import Figures
from forecasting.planning.types import Floats, ItemTerms, Passport, Policy, Step
from forecasting.words import Said, say

YEARS = 1096  # days; what lasts longer is said to last for years
LONG_LOT = 4.0  # weeks of demand in a least order from which on it is told

CHANGES = {
    "ended": say("Discontinued: not bought again"),
    "shared": say("Ordered together with the supplier's other products"),
    "steady": say("Kept as proposed before: a change would save too little"),
    "budget": say("Left out: the budget brings more elsewhere"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """All that the passports of n products tell of; horizon in periods.

    changes: units that each later decision adds to the order, by kind, in order. handed: units of a predecessor. moved:
    units that transfers bring in time, or take away (negative). waits: days that closures add now and next time.
    burden: money a year that the least order costs. told: further sentences by row.
    """

    figures: Figures
    terms: ItemTerms
    on_hand: Floats
    choices: Choices
    policy: Policy
    as_of: date
    period_days: float
    horizon: int
    capped: bool
    changes: Mapping[str, Floats]
    handed: Floats
    moved: Floats
    waits: tuple[Floats, Floats]
    burden: Floats
    told: Mapping[int, Said] = field(default_factory=dict)


def passport(case: Case, row: int) -> Passport:
    """Make the passport of one product; without lead time it has no steps, without stock it ends at the target."""
    figures = case.figures
    lacks = missing(case.terms, case.on_hand, row)
    steps = () if "lead_time_days" in lacks else _steps(case, row)
    if case.capped and np.isnan(case.terms.unit_cost[row]):
        lacks = (*lacks, "unit_cost")
    order, rate = _ordered(case, row), float(figures.rate[row]) / case.period_days
    owed = case.on_hand[row] if case.policy.backorders else max(case.on_hand[row], 0)  # what was lost is owed to nobody
    held = float(owed + case.handed[row] + figures.counted[row] + min(case.moved[row], 0)) + order
    return Passport(
        steps=steps,
        need=float(figures.need[row]),
        order_units=order,
        days_covered=max(held, 0) / rate if rate > 0 else np.inf if held > 0 else np.nan,
        missing=lacks,
        assumed=_assumed(case, row),
        told=_told(case, row) if steps else (),
        interval_days=float(figures.until[row]) * case.period_days,
        level=float(figures.level[row]),
    )


def _ordered(case: Case, row: int) -> float:
    return float(case.figures.order[row] + sum(change[row] for change in case.changes.values()))


def _assumed(case: Case, row: int) -> tuple[Said, ...]:
    taken = assumed(case.terms, case.choices, case.policy, row)
    short = case.figures.until[row] - case.horizon
    if short > 0:
        taken += (
            say(
                "The forecast ends %(n)d period too early and is repeated."
                if int(short) == 1
                else "The forecast ends %(n)d periods too early and is repeated.",
                n=int(short),
            ),
        )
    return taken


def _steps(case: Case, row: int) -> tuple[Step, ...]:
    figures = case.figures
    demand, target, need = (float(x[row]) for x in (figures.demand, figures.target, figures.need))
    stock, counted = float(case.on_hand[row]), float(figures.counted[row])
    handed, moved = float(case.handed[row]), float(case.moved[row])
    above = target - demand
    if above >= 0:
        held = say("Safety stock against demand and lead time above the mean")
    else:
        held = say("Held below the mean, since a unit in stock costs more than a missed sale")
    steps = [Step(say("Mean demand until the order after this one arrives"), demand, "demand")]
    steps.append(Step(held, above, "safety"))
    if np.isnan(stock):
        return tuple(steps)
    steps.append(Step(say("On hand"), -stock, "on_hand"))
    coming = counted - max(moved, 0)
    timing = need - (target - stock - handed - counted - min(moved, 0))
    for label, units, kind in (
        (say("Left of the product that it replaces"), -handed, "predecessor"),
        (say("On the way and here in time"), -coming, "inbound"),
        (say("From another place") if moved > 0 else say("Moved to another place"), -moved, "transfer"),
        (_timing(timing), timing, "timing"),
    ):
        if abs(units) > 1e-6:
            steps.append(Step(label, units, kind))
    return (*steps, *_rounding(case, row), *_changed(case, row))


def _timing(units: float) -> Said:
    if units < 0:
        return say("Demand that will be missed before this order can arrive, and is not bought again")
    return say("What is on the way comes late in the interval")


def _rounding(case: Case, row: int) -> list[Step]:
    figures, choices = case.figures, case.choices
    need, wanted, order = (float(x[row]) for x in (figures.need, figures.wanted, figures.sized))
    if order == 0:
        return [Step(_nothing(need, bool(figures.unworthy[row])), -need, "nothing")]
    steps, have = [], need
    for label, units, kind in (
        (say("One order for longer, since each order costs money or comes in lots"), max(wanted, need), "batch"),
        (say("Least order of the supplier"), max(float(choices.lot[row]), wanted), "least"),
        (say("Whole packs") if choices.pack[row] > 1 else say("Whole units"), order, "pack"),
        (say("No more than sells before it expires"), order + float(figures.shelf[row]), "shelf"),
        (say("No more than there is room for"), float(figures.order[row]), "room"),
    ):
        if abs(units - have) > 1e-9:
            steps.append(Step(label, units - have, kind))
            have = units
    return steps


def _changed(case: Case, row: int) -> list[Step]:
    return [
        Step(CHANGES[kind], float(units[row]), kind)
        for kind, units in case.changes.items()
        if abs(np.nan_to_num(units[row])) > 1e-9
    ]


def _nothing(need: float, unworthy: bool) -> Said:
    if need <= 0:
        return say("More than enough: nothing is ordered")
    if unworthy:
        return say("Not worth ordering: each order costs more than its units earn")
    return say("Too little to order: waiting costs less than the lot that could be ordered")


def _told(case: Case, row: int) -> tuple[Said, ...]:
    figures, lot = case.figures, float(case.choices.lot[row])
    added = (float(case.waits[0][row]), float(case.waits[1][row]))
    said = list(closures.told(case.terms, row, case.as_of, added))
    weekly = float(figures.rate[row]) * 7 / case.period_days
    if lot > 1 and 0 < weekly * LONG_LOT < lot:
        said.append(_lot(lot, lot / weekly, float(case.burden[row])))
    if figures.waste[row] > 0.05:
        values = {"units": round(float(figures.waste[row]), 1), "order": float(figures.order[row])}
        cost = float(figures.waste[row] * case.terms.unit_cost[row])
        said.append(
            say("Of %(order)g about %(units)g will expire unsold.", **values)
            if np.isnan(cost)
            else say("Of %(order)g about %(units)g will expire unsold, worth %(cost)g.", cost=round(cost, 2), **values)
        )
    if row in case.told:
        said.append(case.told[row])
    return tuple(said)


def _lot(lot: float, weeks: float, cost: float) -> Said:
    if np.isnan(cost) or cost < 0.5:
        return say("The least order of %(lot)g is %(weeks)d weeks of demand.", lot=lot, weeks=round(weeks))
    return say(
        "The least order of %(lot)g is %(weeks)d weeks of demand and costs %(cost)d a year.",
        lot=lot,
        weeks=round(weeks),
        cost=round(cost),
    )


def reason(case: Case, row: int, passport: Passport) -> Said:
    """Say in one sentence why this much is ordered."""
    figures = case.figures
    if passport.missing:
        return say("Needs %(names)s", names=", ".join(passport.missing))
    values = {
        "demand": round(float(figures.demand[row]), 1),
        "target": round(float(figures.target[row]), 1),
        "order": round(passport.order_units, 3),
        "need": round(passport.need, 1),
        "days": 0 if np.isnan(passport.days_covered) else round(min(passport.days_covered, YEARS)),
    }
    if passport.order_units > 0 and passport.need > 0 and values["days"] == YEARS:
        return say(
            "Order %(order)g: demand until the next arrival %(demand)g, target %(target)g, short of it by %(need)g; "
            "then lasts for years",
            **values,
        )
    if passport.order_units > 0 and passport.need > 0:
        return say(
            "Order %(order)g: demand until the next arrival %(demand)g, target %(target)g, short of it by %(need)g; "
            "then lasts %(days)g day"
            if values["days"] == 1
            else "Order %(order)g: demand until the next arrival %(demand)g, target %(target)g, short of it by "
            "%(need)g; then lasts %(days)g days",
            **values,
        )
    if passport.order_units > 0:
        return say(
            "Order %(order)g along with the supplier's other products; then lasts %(days)g day"
            if values["days"] == 1
            else "Order %(order)g along with the supplier's other products; then lasts %(days)g days",
            **values,
        )
    if passport.need > 0:
        return _unordered(case, row, values)
    if values["days"] == YEARS:
        return say("Nothing to order: stock and inbound last for years")
    return say(
        "Nothing to order: stock and inbound last %(days)g day, target %(target)g"
        if values["days"] == 1
        else "Nothing to order: stock and inbound last %(days)g days, target %(target)g",
        **values,
    )


def _unordered(case: Case, row: int, values: Mapping[str, object]) -> Said:
    if case.terms.discontinued[row] or case.terms.successor[row] >= 0:
        return say("Discontinued: not bought again, short of the target by %(need)g", **values)
    if case.figures.unworthy[row] > 0:
        return say("Not worth ordering: each order costs more than its units earn")
    if case.figures.shelf[row] < 0:
        return say("Wait: the least order would not sell before it expires", **values)
    if case.figures.room[row] < 0:
        return say("Wait: there is no room for the least order", **values)
    if "budget" in case.changes and case.changes["budget"][row] < 0:
        return say("Left out of the budget: short of the target by %(need)g", **values)
    if row in case.told:
        return case.told[row]
    return say("Wait: short of the target by %(need)g, too little for the least order", **values)
