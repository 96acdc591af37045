"""Money at the edge: decimals, rounded per product, so that a total is the sum of what a page shows.

Statistics use floats; money that a person reads is `Decimal`. Every product's amount is the exact decimal product of
its units and its price, rounded half up to the currency's minor unit; totals add those. An unknown amount is None, not
0, and its amount names the inputs that would make it known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Amount:
    """Money per product and in total.

    each: a Decimal per product, None = not known. total: the sum of the known ones. left_out: products without figure.
    needs: per product the names of the inputs it lacks.
    """

    each: tuple[Decimal | None, ...]
    total: Decimal
    left_out: int
    needs: tuple[tuple[str, ...], ...]

    @property
    def complete(self) -> bool:
        """Tell whether every product has a figure."""
        return self.left_out == 0


def exact(value: float) -> Decimal:
    """Turn a float into the decimal a person typed: 0.1 is 0.1."""
    return Decimal(repr(float(value)))


def rounded(value: Decimal, digits: int = 2) -> Decimal:
    """Round half up to the minor unit, as invoices do.

    >>> rounded(Decimal("0.125")), rounded(Decimal("1234.5"), 0)
    (Decimal('0.13'), Decimal('1235'))
    """
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def amount(factors: Mapping[str, Floats], *, digits: int = 2) -> Amount:
    """Multiply named float64 (n,) factors per product and add up.

    A NaN factor leaves the product without a figure and names the factor as needed; digits: of the currency's minor
    unit (2 for EUR, 0 for JPY).
    """
    names, columns = list(factors), [np.asarray(values, dtype=np.float64) for values in factors.values()]
    unknown = np.isnan(np.stack(columns))
    needs = tuple(tuple(n for n, gone in zip(names, row, strict=True) if gone) for row in unknown.T.tolist())
    each = tuple(
        None if lacks else rounded(_product(values), digits)
        for lacks, values in zip(needs, zip(*(c.tolist() for c in columns), strict=True), strict=True)
    )
    known = [value for value in each if value is not None]
    return Amount(each, sum(known, Decimal(0)), len(each) - len(known), needs)


def _product(values: tuple[float, ...]) -> Decimal:
    product = Decimal(1)
    for value in values:
        product *= exact(value)
    return product
