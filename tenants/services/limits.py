"""How much of its tier's limits a firm uses. (Signatures first; the bodies follow within the hour.)"""

import datetime as dt
from dataclasses import dataclass

from tenants.models import Organisation


@dataclass(frozen=True)
class Use:
    """One limit. grace_until: the first day on which being over it has consequences; None while not over."""

    name: str  # products, locations, api_calls
    used: int
    allowed: int
    over_since: dt.date | None
    grace_until: dt.date | None

    @property
    def share(self) -> float:
        """Return how full it is; 1.0 is full."""
        return self.used / self.allowed if self.allowed else 0.0


def use(organisation: Organisation) -> list[Use]:
    """Say what is used and allowed, limit by limit, as last counted."""
    raise NotImplementedError
