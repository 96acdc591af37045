"""Finds orders far larger than usual, keeps them apart from demand, and remembers what a person says of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from django.utils.translation import gettext as _

from forecasting.engine.oneoffs import Codes, OrderLines, candidates
from forecasting.models import OneOff
from tenants.errors import Invalid, NotFound
from tenants.models import User
from tenants.services import audit

BATCH = 50_000  # lines read at once
MOST = 1000  # decided at once

LINES = """
SELECT id, product_id, customer_ref, sold_on, units FROM forecasting_sale
WHERE sold_on BETWEEN %(first)s AND %(last)s ORDER BY id
"""
DECIDED = """
SELECT s.id, o.decision = 'apart' FROM forecasting_oneoff o JOIN forecasting_sale s USING (order_id, line_id)
WHERE o.decision <> ''
"""
NAMES = """
SELECT id, product_id, customer_ref, sold_on, units, order_id, line_id, location_id FROM forecasting_sale
WHERE id = ANY(%s) ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Line:
    """An order line that stands out; usual: the largest usual line of its product, None where a person chose it."""

    product: int
    customer: str
    sold_on: date
    units: float
    order_id: str
    line_id: str
    location: int | None
    usual: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Name the line as uploads do."""
        return self.order_id, self.line_id


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found: lines that stand out now, and those that are kept apart from demand."""

    lines: tuple[Line, ...] = ()
    apart: tuple[Line, ...] = ()


def find(first: date, last: date) -> Found:
    """Look for one-off orders between two days; a person's word stands above what is found."""
    with connection.cursor() as cursor:
        cursor.execute(DECIDED)
        decided = dict(cursor.fetchall())
        sales, lines = _read(cursor, first, last, decided)
        usual = {int(sales[one.row]): one.usual for one in candidates(lines, decided=_by_name(decided))}
        apart = [sale for sale, yes in decided.items() if yes]
        cursor.execute(NAMES, [[*usual, *apart]])
        named = {sale: Line(*row, usual=usual.get(sale)) for sale, *row in cursor.fetchall()}
    inside = [line for line in named.values() if first <= line.sold_on <= last]
    return Found(tuple(named[sale] for sale in usual), tuple(inside))


def _by_name(decided: dict[int, bool]) -> dict[str, bool]:
    return {str(sale): yes for sale, yes in decided.items()}


def _read(cursor: CursorWrapper, first: date, last: date, decided: dict[int, bool]) -> tuple[Codes, OrderLines]:
    """Read all order lines as columns, and which sale each is; only lines that were decided about carry a name."""
    cursor.execute(LINES, {"first": first, "last": last})
    parts, codes = [], {"": -1}
    while rows := cursor.fetchmany(BATCH):
        sale, product, customer, day, units = zip(*rows, strict=True)
        who = [codes.setdefault(name, len(codes) - 1) for name in customer]
        days = np.array(day, "datetime64[D]").astype(np.int64)
        parts.append((np.array([sale, product, who, days], np.int64), np.array(units, np.float64)))
    whole = np.concatenate([part for part, _ in parts], axis=1) if parts else np.empty((4, 0), np.int64)
    units = np.concatenate([size for _, size in parts]) if parts else np.empty(0)
    ids = tuple(str(sale) if sale in decided else "" for sale in whole[0].tolist()) if decided else ()
    return whole[0], OrderLines(whole[1], whole[2], whole[3], units, ids)


def keep(found: Found) -> int:
    """Write down what a run found: new lines wait for a decision, open ones that stand out no more are forgotten."""
    now = {line.key: line for line in found.lines}
    waiting = OneOff.objects.filter(decision=OneOff.Decision.OPEN).values_list("pk", "order_id", "line_id")
    OneOff.objects.filter(pk__in=[pk for pk, *key in waiting if tuple(key) not in now]).delete()
    OneOff.objects.bulk_create(
        [
            OneOff(
                order_id=line.order_id,
                line_id=line.line_id,
                product_id=line.product,
                sold_on=line.sold_on,
                units=line.units,
                usual=line.usual,
                customer_ref=line.customer,
            )
            for line in now.values()
        ],
        batch_size=500,
        update_conflicts=True,
        update_fields=["product", "sold_on", "units", "usual", "customer_ref"],
        unique_fields=["organisation", "order_id", "line_id"],
    )
    return OneOff.objects.filter(decision=OneOff.Decision.OPEN).count()


def decide(*, ids: Sequence[int], decision: str, by: User) -> int:
    """Say of some orders whether they are kept apart ("apart"), normal ("normal"), or undecided again ("")."""
    if decision not in OneOff.Decision.values:
        raise Invalid(_("Keep it apart, or say that it is normal."))
    if not ids:
        raise Invalid(_("Choose at least one order."))
    if len(ids) > MOST:
        raise Invalid(_("Decide %(n)d orders at once at most.") % {"n": MOST})
    chosen = OneOff.objects.filter(pk__in=ids)
    told = [f"{order} {line}" for order, line in chosen.values_list("order_id", "line_id").order_by("pk")[:MOST]]
    if not told:
        raise NotFound(_("There is no such order."))
    settled = {"by": by.email, "decided_at": timezone.now()} if decision else {"by": "", "decided_at": None}
    done = chosen.update(decision=decision, **settled)
    audit.record("one_off.decided", by=by, target=told[0], decision=decision, orders=told)
    return done
