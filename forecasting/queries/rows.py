"""One product with what the newest run says of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forecasting.models import Product, ProductForecast, ProductMoney, Proposal, Run
from forecasting.queries.risks import Risk
from forecasting.queries.runs import DAYS


@dataclass(frozen=True, slots=True)
class Row:
    """One product with what the newest run says of it; the run may not know the product yet.

    proposal: of all places together; places: of each place, where stock is kept in several.
    """

    product: Product
    as_of: date | None = None
    proposal: Proposal | None = None
    money: ProductMoney | None = None
    pace: float | None = None  # units a day, mean over the horizon
    weeks: tuple[float, ...] = ()
    currency: str = ""
    risk: Risk | None = None
    places: tuple[Proposal, ...] = ()

    @property
    def parts(self) -> tuple[Proposal, ...]:
        """Return its proposals: one for each place, or the one of all."""
        return self.places or ((self.proposal,) if self.proposal else ())

    @property
    def cover(self) -> float | None:
        """Days that the stock on hand and on its way lasts at the forecast's pace."""
        proposal = self.proposal
        if proposal is None or proposal.on_hand is None:
            return None
        return self._days(proposal.on_hand + (proposal.inbound or 0.0))

    @property
    def target(self) -> float | None:
        """Days that stock filled up to its level lasts."""
        return self._days(self.proposal.order_up_to if self.proposal else None)

    def _days(self, units: float | None) -> float | None:
        return None if units is None or not self.pace else max(0.0, units) / self.pace

    @property
    def standing(self) -> str:
        """Name the product's state: out, ended, risk, order, excess, enough, unknown or new."""
        proposal = self.proposal
        if proposal is None:
            return "new"
        if proposal.on_hand is not None and proposal.on_hand <= 0 and self.pace:
            return "out" if self.product.status == Product.Status.ACTIVE else "ended"
        if self.risk:
            return "risk"
        if proposal.units is None:
            return "unknown"
        if proposal.units > 0:
            return "order"
        return "excess" if self.money and (self.money.freed or 0) > 0 else "enough"

    @property
    def weekly(self) -> float | None:
        """Mean units a week of the forecast."""
        return None if self.pace is None else 7 * self.pace

    @property
    def level(self) -> str:
        """Name the state colour of the product's stock: red, amber, green or none."""
        return {"out": "red", "risk": "red", "order": "amber", "enough": "green"}.get(self.standing, "")


def pace(forecast: ProductForecast | None, run: Run | None) -> float | None:
    """Return mean units a day of a forecast."""
    if forecast is None or run is None or not forecast.mean:
        return None
    return sum(forecast.mean) / len(forecast.mean) / DAYS[run.freq]


def whole(parts: Sequence[Proposal]) -> Proposal | None:
    """Add the proposals of a product's places to one that is not kept; what no place knows stays unknown.

    Days are the earliest of any place. The levels are known only where every place knows them.
    """
    if len(parts) < 2:
        return parts[0] if parts else None
    first, ordering = parts[0], [part for part in parts if part.units]
    costs = [part.value for part in ordering]
    return Proposal(
        organisation_id=first.organisation_id,
        run_id=first.run_id,
        product_id=first.product_id,
        supplier=first.supplier,
        made=all(part.made for part in parts),
        **{name: _sum(getattr(part, name) for part in parts) for name in ("on_hand", "inbound", "units")},
        **{name: _sum_of_all([getattr(part, name) for part in parts]) for name in LEVELS},
        **{name: min((day for part in ordering if (day := getattr(part, name))), default=None) for name in DAYS_OF},
        lasts_until=min((part.lasts_until for part in parts if part.lasts_until), default=None),
        value=_sum_of_all(costs) if costs else None,
        missing=list({need.get("field"): need for part in parts for need in part.missing}.values()),
    )


LEVELS = ("safety_stock", "reorder_point", "order_up_to")
DAYS_OF = ("order_on", "arrives_on")


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _sum_of_all(values: Sequence[Any]) -> Any:
    return None if None in values else sum(values)
