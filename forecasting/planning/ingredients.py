"""All that a plan is computed from, together."""

from collections.abc import Callable
from dataclasses import dataclass

from forecasting.engine.types import Forecast
from forecasting.planning.plans import plan
from forecasting.planning.types import Floats, ItemTerms, Plan, Policy, StockState


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What `plan` takes; standing: units (n,) proposed before and not yet ordered, NaN = none."""

    forecast: Forecast
    terms: ItemTerms
    stock: StockState
    policy: Policy
    seed: int = 0
    standing: Floats | None = None

    def plan(self, on_progress: Callable[[int, int], None] | None = None) -> Plan:
        """Plan all of it."""
        return plan(
            self.forecast,
            self.terms,
            self.stock,
            policy=self.policy,
            seed=self.seed,
            previous=self.standing,
            on_progress=on_progress,
        )
