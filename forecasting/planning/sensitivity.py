"""What an order would be if one thing were different: a day of lead time, a point of service, a tenth of the cost."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from forecasting.planning.results import Sensitivity
from forecasting.planning.types import Floats, ItemTerms, Policy
from forecasting.words import Said, say

POINT, TENTH = 0.01, 0.10
Variant = tuple[str, Said, ItemTerms, Policy]


def variants(terms: ItemTerms, policy: Policy, ordered: Callable[[ItemTerms, Policy], Floats]) -> Sensitivity:
    """Order again under each variant with the same sample paths; `ordered` gives the units (n,) of terms and policy."""
    found = list(_listed(terms, policy))
    units = np.stack([ordered(each, rules) for _, _, each, rules in found], axis=1)
    return Sensitivity(tuple(key for key, *_ in found), tuple(what for _, what, *_ in found), units)


def _listed(terms: ItemTerms, policy: Policy) -> Iterator[Variant]:
    for days, key, what in (
        (1.0, "lead_longer", say("Lead time a day longer")),
        (-1.0, "lead_shorter", say("Lead time a day shorter")),
    ):
        samples = None if terms.lead_samples is None else np.maximum(terms.lead_samples + days, 0)
        lead = np.maximum(terms.lead_time_days + days, 0)
        yield key, what, replace(terms, lead_time_days=lead, lead_samples=samples), policy
    for point, key, what in (
        (POINT, "service_higher", say("Service level a point higher")),
        (-POINT, "service_lower", say("Service level a point lower")),
    ):
        yield key, what, *_served(terms, policy, point)
    for tenth, key, what in (
        (TENTH, "cost_higher", say("Cost per unit a tenth higher")),
        (-TENTH, "cost_lower", say("Cost per unit a tenth lower")),
    ):
        yield key, what, replace(terms, unit_cost=terms.unit_cost * (1 + tenth)), policy


def _served(terms: ItemTerms, policy: Policy, point: float) -> tuple[ItemTerms, Policy]:
    """Move service levels by a point; where costs decide, the shortage cost that stands for one point."""

    def moved(level: Floats | float) -> Floats:
        return np.clip(np.asarray(level) + point, 0.01, 0.999)

    factor = 1.25 if point > 0 else 0.8
    levels = np.where(np.isnan(terms.service_level), np.nan, moved(terms.service_level))
    rules = replace(policy, service_level=float(moved(policy.service_level)), lean=policy.lean * factor)
    return replace(terms, service_level=levels), rules
