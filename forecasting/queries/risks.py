"""Which products will be sold out before the next delivery, from when until when, and what that costs."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from forecasting.models import Product, Run
from forecasting.queries.runs import DAYS

# Stock on hand is used up along the mean forecast; the next delivery is the first that is on its way, or else the
# order that the plan proposes. What is overdue may come any day, so it counts for the day after the run.
AT_RISK = """
WITH used AS (
    SELECT f.product_id, t.n, t.mean, sum(t.mean) OVER (PARTITION BY f.product_id ORDER BY t.n) AS total
    FROM forecasting_productforecast f CROSS JOIN unnest(f.mean) WITH ORDINALITY AS t (mean, n)
    WHERE f.run_id = %(run)s{one}
), out AS (
    SELECT DISTINCT ON (p.product_id) p.product_id, p.arrives_on, u.mean,
        %(as_of)s::date + floor((u.n - 1 + (greatest(p.on_hand, 0) - u.total + u.mean) / u.mean) * %(days)s)::int AS day
    FROM forecasting_proposal p JOIN used u USING (product_id)
    WHERE p.run_id = %(run)s AND u.mean > 0 AND u.total > greatest(p.on_hand, 0)
    ORDER BY p.product_id, u.n
), coming AS (
    SELECT product_id, greatest(min(expected_on), %(as_of)s::date + 1) AS day
    FROM forecasting_inbound WHERE received_on IS NULL GROUP BY 1
), next AS (
    SELECT out.product_id, out.day, out.mean, least(coming.day, out.arrives_on) AS until
    FROM out LEFT JOIN coming USING (product_id)
)
SELECT n.product_id, n.day, n.until, (n.until - n.day) * n.mean / %(days)s, r.unit_price, r.currency
FROM next n JOIN forecasting_product r ON r.id = n.product_id
WHERE n.day + 1 < n.until
"""


@dataclass(frozen=True, slots=True)
class Risk:
    """One product that is sold out from a day until its next delivery; units: mean demand missed in between."""

    day: date
    until: date
    units: float
    price: Decimal | None
    currency: str

    @property
    def days(self) -> int:
        """Days without stock."""
        return (self.until - self.day).days

    def sales(self, currency: str) -> float | None:
        """Sales missed, in the organisation's currency; None where the price is not known in it."""
        return None if self.price is None or self.currency not in ("", currency) else self.units * float(self.price)


def found(run: Run | None, product: Product | None = None) -> dict[int, Risk]:
    """Return the products at risk by their keys, in one query; of one product when asked so."""
    if run is None:
        return {}
    one = "" if product is None else " AND f.product_id = %(product)s"
    known = {"product": product and product.pk, "run": run.pk, "as_of": run.as_of, "days": DAYS[run.freq]}
    with connection.cursor() as cursor:
        cursor.execute(AT_RISK.format(one=one), known)
        return {row[0]: Risk(*row[1:]) for row in cursor.fetchall()}
