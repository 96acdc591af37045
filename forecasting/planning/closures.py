"""Days on which a supplier neither makes nor sends, such as Chinese New Year: orders near them take longer."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from forecasting.planning.types import Closure, Floats, ItemTerms
from forecasting.words import Said, say


def added_days(closures: Sequence[Closure], ordered: date, lead_days: float) -> int:
    """Count the closed days that an order placed on a day waits for: only open days count towards its lead time.

    >>> added_days([(date(2027, 2, 5), date(2027, 2, 18))], date(2027, 2, 1), 10)
    14
    """
    closed = sorted({first + timedelta(d) for first, last in closures for d in range((last - first).days + 1)})
    end = ordered + timedelta(int(np.ceil(lead_days)))
    added = 0
    for day in closed:
        if day > ordered and day <= end + timedelta(added):
            added += 1
    return added


def waits(terms: ItemTerms, review: Floats, as_of: date) -> tuple[Floats, Floats]:
    """Say by how many days closures delay an order placed now, and one placed a review later, (n,) each."""
    now, later = np.zeros(len(terms.supplier)), np.zeros(len(terms.supplier))
    for code in _with_closures(terms):
        rows = np.flatnonzero((terms.supplier == code) & ~np.isnan(terms.lead_time_days))
        closures = terms.suppliers.closures[code] if terms.suppliers else ()
        timing = np.stack([terms.lead_time_days[rows], np.nan_to_num(review[rows], nan=7.0)], axis=1)
        for lead, every in np.unique(timing, axis=0):
            mine = rows[(timing == (lead, every)).all(axis=1)]
            now[mine] = added_days(closures, as_of, float(lead))
            later[mine] = added_days(closures, as_of + timedelta(round(float(every))), float(lead))
    return now, later


def _with_closures(terms: ItemTerms) -> list[int]:
    if terms.suppliers is None:
        return []
    used = set(np.unique(terms.supplier).tolist())
    return [code for code, closures in enumerate(terms.suppliers.closures) if closures and code in used]


def told(terms: ItemTerms, row: int, as_of: date, added: tuple[float, float]) -> tuple[Said, ...]:
    """Say what the next closure does to one product's orders."""
    if terms.suppliers is None or not any(added):
        return ()
    ahead = [c for c in terms.suppliers.closures[int(terms.supplier[row])] if c[1] > as_of]
    if not ahead:
        return ()
    first, last = min(ahead)
    values = {"first": first.isoformat(), "last": last.isoformat(), "now": int(added[0]), "later": int(added[1])}
    if added[0] > 0:
        return (
            say("The supplier is closed from %(first)s to %(last)s: this order takes %(now)d days longer.", **values),
        )
    return (
        say(
            "The supplier is closed from %(first)s to %(last)s: the next order would take %(later)d days longer, "
            "so this one lasts until that one arrives.",
            **values,
        ),
    )
