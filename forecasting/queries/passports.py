"""The passport of a proposal: where its number comes from, what changed, how sure it is, how to compute it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from forecasting.models import Proposal, Recipe, Run
from forecasting.queries.plans import Bar, bars, notes
from forecasting.services import recipes
from forecasting.words import pack, say


@dataclass(frozen=True, slots=True)
class Different:
    """What would be ordered if one thing were different: in packed words, units, and how much more that is."""

    label: Mapping[str, Any]
    units: float
    more: float


@dataclass(frozen=True, slots=True)
class Passport:
    """A proposal as it explains itself; recipe: None where a newer plan has taken its place."""

    proposal: Proposal
    run: Run
    recipe: Recipe | None

    @property
    def bars(self) -> list[Bar]:
        """Lay its steps out as a waterfall."""
        return bars(self.proposal.passport)

    @property
    def notes(self) -> list[object]:
        """Return what it takes for granted."""
        return notes(self.proposal.passport)

    @property
    def change(self) -> Mapping[str, Any] | None:
        """Return what changed since the plan before: a sentence."""
        return next(iter(self.proposal.changes), None)

    @property
    def change_bars(self) -> list[Bar]:
        """Lay what changed out as a waterfall from the order before to this one."""
        change = self.change
        if change is None:
            return []
        first = {"label": BEFORE, "units": change["before"], "kind": "sum"}
        last = {"label": NOW, "units": change["after"], "kind": "sum"}
        return bars([first, *change["steps"], last])

    @property
    def saved(self) -> Decimal | None:
        """Return the margin that the order is expected to save until the next arrival."""
        idle, kept = self.proposal.lost_margin_idle, self.proposal.lost_margin
        return None if idle is None or kept is None else max(idle - kept, Decimal(0))


BEFORE, NOW = pack(say("The plan before")), pack(say("This plan"))


def of(proposal: Proposal, run: Run) -> Passport:
    """Return the passport of one proposal."""
    return Passport(proposal, run, recipes.of(run))


def different(proposal: Proposal) -> Sequence[Different]:
    """Say what would be ordered if one thing were different; computed now where the run did not."""
    known = proposal.sensitivity or recipes.different(proposal)
    units = proposal.units or 0.0
    return [
        Different(one["label"], one["units"], one["units"] - units)
        for one in known.values()
        if one.get("units") is not None
    ]
