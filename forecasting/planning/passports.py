"""The reason of every order: the steps from demand to units, in words and numbers that add up."""

from dataclasses import dataclass

import numpy as np

from forecasting.planning.choices import Choices, assumed, missing
from forecasting.planning.figures import Figures
from forecasting.planning.types import Floats, ItemTerms, Passport, Policy, Step
from forecasting.words import Said, say

YEARS = 1096  # days; what lasts longer is said to last for years


@dataclass(frozen=True, slots=True)
class Case:
    """All that the passports of n products tell of; horizon in periods."""

    figures: Figures
    terms: ItemTerms
    on_hand: Floats
    choices: Choices
    policy: Policy
    period_days: float
    horizon: int
    capped: bool = False


def passport(case: Case, row: int) -> Passport:
    """Make the passport of one product; without lead time it has no steps, without stock it ends at the target."""
    figures = case.figures
    lacks = missing(case.terms, case.on_hand, row)
    steps = () if "lead_time_days" in lacks else _steps(row, figures, case.on_hand, case.choices)
    if case.capped and np.isnan(case.terms.unit_cost[row]):
        lacks = (*lacks, "unit_cost")
    order, rate = float(figures.order[row]), float(figures.rate[row]) / case.period_days
    held = float(case.on_hand[row] + figures.counted[row]) + order
    taken = assumed(case.terms, case.choices, case.policy, row)
    short = figures.until[row] - case.horizon
    if short > 0:
        taken += (say("The forecast ends %(n)d periods too early and is repeated.", n=int(short)),)
    return Passport(
        steps=steps,
        need=float(figures.need[row]),
        order_units=order,
        days_covered=held / rate if rate > 0 else np.inf if held > 0 else np.nan,
        missing=lacks,
        assumed=taken,
    )


def _steps(row: int, figures: Figures, on_hand: Floats, choices: Choices) -> tuple[Step, ...]:
    demand, target, need = float(figures.demand[row]), float(figures.target[row]), float(figures.need[row])
    stock, counted = float(on_hand[row]), float(figures.counted[row])
    steps = [Step(say("Mean demand until the order after this one arrives"), demand)]
    above = target - demand
    if above >= 0:
        steps.append(Step(say("Safety stock against demand and lead time above the mean"), above))
    else:
        steps.append(Step(say("Held below the mean, since a unit in stock costs more than a missed sale"), above))
    if np.isnan(stock):
        return tuple(steps)
    steps.append(Step(say("On hand"), -stock))
    if counted:
        steps.append(Step(say("On the way and here in time"), -counted))
    timing = need - (target - stock - counted)
    if abs(timing) > 1e-6:
        steps.append(Step(_timing(timing), timing))
    return (*steps, *_rounding(row, figures, choices))


def _timing(units: float) -> Said:
    if units < 0:
        return say("Demand that will be missed before this order can arrive, and is not bought again")
    return say("What is on the way comes late in the interval")


def _rounding(row: int, figures: Figures, choices: Choices) -> list[Step]:
    need, wanted, order = (float(x[row]) for x in (figures.need, figures.wanted, figures.full))
    if order == 0:
        return [Step(_nothing(need), -need)]
    steps, have = [], need
    for label, units in (
        (say("One order for longer, since each order line costs money"), max(wanted, need)),
        (say("Least order of the supplier"), max(float(choices.lot[row]), wanted)),
        (say("Whole packs") if choices.pack[row] > 1 else say("Whole units"), order),
    ):
        if abs(units - have) > 1e-9:
            steps.append(Step(label, units - have))
            have = units
    return [*steps, *_cut(row, figures)]


def _cut(row: int, figures: Figures) -> list[Step]:
    cut = float(figures.order[row] - figures.full[row])
    return [Step(say("Left out: the budget brings more elsewhere"), cut)] if cut else []


def _nothing(need: float) -> Said:
    if need <= 0:
        return say("More than enough: nothing is ordered")
    return say("Too little to order: waiting costs less than the lot that could be ordered")


def reason(row: int, passport: Passport, figures: Figures) -> Said:
    """Say in one sentence why this much is ordered."""
    if passport.missing:
        return say("Needs %(names)s", names=", ".join(passport.missing))
    values = {
        "demand": round(float(figures.demand[row]), 1),
        "target": round(float(figures.target[row]), 1),
        "order": round(passport.order_units, 3),
        "need": round(passport.need, 1),
        "days": 0 if np.isnan(passport.days_covered) else round(min(passport.days_covered, YEARS)),
    }
    if passport.order_units > 0:
        return say(
            "Order %(order)g: demand until the next arrival %(demand)g, target %(target)g, short of it by %(need)g; "
            "then lasts %(days)g days",
            **values,
        )
    if passport.need > 0 and figures.full[row] > 0:
        return say("Left out of the budget: short of the target by %(need)g", **values)
    if passport.need > 0:
        return say("Wait: short of the target by %(need)g, too little for the least order", **values)
    if values["days"] == YEARS:
        return say("Nothing to order: stock and inbound last for years")
    return say("Nothing to order: stock and inbound last %(days)g days, target %(target)g", **values)
