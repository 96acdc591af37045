"""Foreign money at dated rates: the newest rate on or before a day holds; none means not known, never 1."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from forecasting.finance.amounts import Floats

PLACES = Decimal("0.0001")  # of the money per unit that Lagom keeps


@dataclass(frozen=True, slots=True)
class Rates:
    """What one unit of each foreign currency is worth in the firm's own (home), by day.

    days and values, per currency: the days in rising order, and the rate from each day on.
    """

    home: str
    days: dict[str, list[date]] = field(default_factory=dict)
    values: dict[str, list[Decimal]] = field(default_factory=dict)

    @classmethod
    def of(cls, home: str, told: Iterable[tuple[str, date, Decimal]]) -> "Rates":
        """Collect rates told as (currency, day, rate), in any order; a rate of 0 or less raises ValueError."""
        found = cls(home)
        for currency, day, rate in sorted(told):
            if rate <= 0:
                raise ValueError(f"a rate must be above 0: {currency} {day} {rate}")
            found.days.setdefault(currency, []).append(day)
            found.values.setdefault(currency, []).append(rate)
        return found

    def at(self, currency: str, day: date) -> Decimal | None:
        """Return the rate that holds on a day: 1 for the firm's own money or none named, None where none is known."""
        if currency in ("", self.home):
            return Decimal(1)
        place = bisect_right(self.days.get(currency, []), day)
        return self.values[currency][place - 1] if place else None

    def home_money(self, value: Decimal | None, currency: str, day: date) -> Decimal | None:
        """Convert money to the firm's own, exact for its own money, else rounded half up to 1/10,000.

        >>> rates = Rates.of("EUR", [("USD", date(2026, 1, 1), Decimal("0.9"))])
        >>> rates.home_money(Decimal(10), "USD", date(2026, 2, 1))
        Decimal('9.0000')
        """
        rate = self.at(currency, day)
        if value is None or rate is None:
            return None
        return value if currency in ("", self.home) else (value * rate).quantize(PLACES, ROUND_HALF_UP)

    def factors(self, currencies: Sequence[str], days: Sequence[date]) -> Floats:
        """Return the rate of each pair of currency and day, float64 (n,), NaN where none is known."""
        found = (self.at(currency, day) for currency, day in zip(currencies, days, strict=True))
        return np.array([np.nan if rate is None else float(rate) for rate in found], np.float64)
