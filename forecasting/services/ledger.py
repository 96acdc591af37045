"""Plan against actual: what became of a proposal, and which cause each part of the gap has.

The plan saw stock on the day of arrival T as: what lay there, + the proposal, − the demand expected until T. It became:
what lay there, + what had arrived by T, − what was sold until T. The gap is the difference, and telescopes:

    (arrived − proposed) + (expected − sold)
      = override      decided − proposed      a person wanted another quantity
      + not followed  ordered − decided       decided and not ordered, or never decided: − proposed
      + lead time     arrived − ordered       late, short, or more than was ordered
      + forecast      expected − sold         more or fewer customers than expected
"""

from dataclasses import dataclass, fields
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Gap:
    """Parts of a gap, in units or in money: more stock than planned is positive."""

    override: Decimal = ZERO
    not_followed: Decimal = ZERO
    lead_time: Decimal = ZERO
    forecast: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """Return the whole gap; the parts add up to it exactly."""
        return sum((getattr(self, part.name) for part in fields(self)), ZERO)

    def __add__(self, other: "Gap") -> "Gap":
        return Gap(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))

    def at(self, unit_cost: Decimal) -> "Gap":
        """Turn units into money."""
        return Gap(*(getattr(self, part.name) * unit_cost for part in fields(self)))


@dataclass(frozen=True, slots=True)
class Course:
    """What became of a proposal, in units; decided None: nobody did. arrived, sold, expected: until the day T."""

    proposed: float
    decided: float | None
    ordered: float
    arrived: float
    expected: float
    sold: float


def split(course: Course) -> Gap:
    """Split the gap between plan and actual by cause, in units.

    An ignored proposal is not followed, whoever ignored it: only another quantity counts as an override.
    """
    proposed, ordered = exact(course.proposed), exact(course.ordered)
    followed = bool(course.decided)
    decided = exact(course.decided or 0.0) if followed else proposed
    return Gap(
        override=decided - proposed,
        not_followed=ordered - decided,
        lead_time=exact(course.arrived) - ordered,
        forecast=exact(course.expected) - exact(course.sold),
    )


def exact(units: float) -> Decimal:
    """Take units as a person reads them, so that sums of them are exact."""
    return Decimal(repr(round(units, 6)))
