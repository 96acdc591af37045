"""What a subscription buys: one table."""

from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """The name of what a customer pays for."""

    FREE = "free"
    STARTER = "starter"
    GROWTH = "growth"
    SCALE = "scale"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tier allows; money in euro cents per month, net."""

    price_cents: int
    products: int
    locations: int
    history_years: int
    run_every: str
    api_calls_a_day: int
    share: int


LIMITS: dict[Tier, Limits] = {
    Tier.FREE: Limits(0, 50, 1, 2, "week", 1_000, 1),
    Tier.STARTER: Limits(2_900, 1_000, 3, 3, "day", 10_000, 2),
    Tier.GROWTH: Limits(9_900, 10_000, 10, 5, "day", 100_000, 4),
    Tier.SCALE: Limits(29_900, 100_000, 50, 10, "hour", 1_000_000, 8),
}

TRIAL_DAYS, TRIAL_TIER = 14, Tier.GROWTH
GRACE_DAYS = 31  # over a limit: this long nothing happens
WARN_AT = 0.8
MONTHS_A_YEAR_COSTS = 10


class Interval(StrEnum):
    """How often a customer pays."""

    MONTH = "month"
    YEAR = "year"


def price(tier: Tier, interval: Interval) -> int:
    """Return what a tier costs for a month or a year, in euro cents, net; a year costs ten months.

    >>> price(Tier.GROWTH, Interval.YEAR)
    99000
    """
    return LIMITS[tier].price_cents * (MONTHS_A_YEAR_COSTS if interval == Interval.YEAR else 1)


def rank(tier: Tier) -> int:
    """Return a tier's place, the smallest first.

    >>> rank(Tier.SCALE) > rank(Tier.FREE)
    True
    """
    return list(Tier).index(tier)
