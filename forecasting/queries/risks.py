"""Which products will be sold out before the next delivery, from when until when, and what that costs."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.db import connection

from forecasting.models import Product, Run
from forecasting.queries.runs import DAYS

# Stock on hand is used up along the mean forecast; the next delivery is the first that is on its way, or else the
# order that the plan proposes. What is overdue may come any day, so it counts for the day after the run.
# Where stock is kept in several places, each runs out on its own: it takes its share of the forecast, as it sold in the
# last 26 weeks (what sold elsewhere falls to its main place, as in plans), and what is moved there is a delivery too.
AT_RISK = """
WITH used AS (
    SELECT f.product_id, t.n, t.mean, sum(t.mean) OVER (PARTITION BY f.product_id ORDER BY t.n) AS total
    FROM forecasting_productforecast f CROSS JOIN unnest(f.mean) WITH ORDINALITY AS t (mean, n)
    WHERE f.run_id = %(run)s{one}
), sold AS (
    SELECT f.product_id, f.location_id, greatest(sum(f.units), 0) AS units FROM forecasting_sale f
    WHERE f.sold_on > %(as_of)s::date - 182 AND f.sold_on <= %(as_of)s{one}
        AND EXISTS (SELECT 1 FROM forecasting_proposal WHERE run_id = %(run)s AND location_id IS NOT NULL)
    GROUP BY 1, 2
), shelf AS (
    SELECT placed.*, own + CASE WHEN nth = 1 THEN 1 - sum(own) OVER (PARTITION BY product_id) ELSE 0 END AS share
    FROM (
        SELECT p.product_id, p.location_id, p.arrives_on, greatest(p.on_hand, 0) AS held,
            coalesce(s.units / nullif(t.units, 0), 0) AS own,
            row_number() OVER (PARTITION BY p.product_id ORDER BY s.units DESC NULLS LAST, l.code) AS nth
        FROM forecasting_proposal p LEFT JOIN forecasting_location l ON l.id = p.location_id
            LEFT JOIN sold s ON s.product_id = p.product_id AND s.location_id = p.location_id
            LEFT JOIN (SELECT product_id, sum(units) AS units FROM sold GROUP BY 1) t ON t.product_id = p.product_id
        WHERE p.run_id = %(run)s
    ) placed
), out AS (
    SELECT DISTINCT ON (p.product_id, p.location_id) p.product_id, p.location_id, p.arrives_on,
        u.mean * p.share AS mean,
        %(as_of)s::date + floor((u.n - 1 + (p.held / p.share - u.total + u.mean) / u.mean) * %(days)s)::int AS day
    FROM shelf p JOIN used u USING (product_id)
    WHERE p.share > 0.000001 AND u.mean > 0 AND u.total * p.share > p.held
    ORDER BY p.product_id, p.location_id, u.n
), coming AS (
    SELECT product_id, location_id, expected_on AS day FROM forecasting_inbound WHERE received_on IS NULL
    UNION ALL
    SELECT product_id, destination_id, arrives_on FROM forecasting_transfer WHERE run_id = %(run)s
), next AS (
    SELECT o.product_id, o.location_id, o.day, o.mean, least(o.arrives_on, (
        SELECT greatest(min(c.day), %(as_of)s::date + 1) FROM coming c
        WHERE c.product_id = o.product_id AND (o.location_id IS NULL OR c.location_id = o.location_id)
        HAVING count(*) > 0
    )) AS until
    FROM out o
)
SELECT n.product_id, n.day, n.until, (n.until - n.day) * n.mean / %(days)s, r.unit_price, r.currency,
    n.location_id, coalesce(nullif(l.name, ''), l.code, '')
FROM next n JOIN forecasting_product r ON r.id = n.product_id LEFT JOIN forecasting_location l ON l.id = n.location_id
WHERE n.day + 1 < n.until
ORDER BY n.product_id, n.day, n.location_id
"""


@dataclass(frozen=True, slots=True)
class Risk:
    """One product that is sold out from a day until its next delivery; units: mean demand missed in between.

    Where several places run out: the days and the place of the first, the units of all, each of them in parts.
    """

    day: date
    until: date
    units: float
    price: Decimal | None
    currency: str
    location_id: int | None = None
    place: str = ""
    parts: tuple["Risk", ...] = ()

    def at(self, location_id: int | None) -> "Risk | None":
        """Return the risk of one place; of the whole product where it is planned whole."""
        return next((part for part in self.parts if part.location_id == location_id), None)

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
        rows = cursor.fetchall()
    grouped = groupby(rows, key=lambda row: row[0])
    return {product_id: _joined([Risk(*row[1:]) for row in group]) for product_id, group in grouped}


def _joined(parts: list[Risk]) -> Risk:
    return replace(parts[0], units=sum(part.units for part in parts), parts=tuple(parts))
