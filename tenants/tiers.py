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
