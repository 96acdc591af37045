"""Days on which a supplier neither makes nor sends, such as Chinese New Year: orders near them take longer."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import numpy as np

from forecasting.planning.types import Closure, Floats, Ints, ItemTerms
from forecasting.words import Said, say


def added_days(closures: Sequence[Closure], ordered: date, lead_days: float) -> int:
    """Count the closed days that an order placed on a day waits for: only open days count towards its lead time.

    >>> added_days([(date(2027, 2, 5), date(2027, 2, 18))], date(2027, 2, 1), 10)
    14
    """
    return int(_added(_closed(tuple(closures)), np.array([ordered.toordinal()]), np.array([lead_days]))[0])


@lru_cache(maxsize=1024)
def _closed(closures: tuple[Closure, ...]) -> Ints:
    """List the closed days once each, as ordinal numbers in order."""
    spans = [np.arange(first.toordinal(), last.toordinal() + 1) for first, last in closures]
    return np.unique(np.concatenate([np.zeros(0, np.int64), *spans]))


def _added(closed: Ints, ordered: Ints, lead: Floats) -> Ints:
    """Count the closed days that orders of these days wait for, (n,): the k-th counts while it is at most k late."""
    before = np.searchsorted(closed, ordered, side="right")
    end = ordered + np.ceil(lead).astype(np.int64)
    reached = np.searchsorted(closed - np.arange(len(closed)), end - before, side="right")
    return np.asarray(np.maximum(reached - before, 0), np.int64)


def waits(terms: ItemTerms, review: Floats, as_of: date) -> tuple[Floats, Floats]:
    """Say by how many days closures delay an order placed now, and one placed a review later, (n,) each."""
    now, later = np.zeros(len(terms.supplier)), np.zeros(len(terms.supplier))
    for code in _with_closures(terms):
        rows = np.flatnonzero((terms.supplier == code) & ~np.isnan(terms.lead_time_days))
        closures = terms.suppliers.closures[code] if terms.suppliers else ()
        closed, lead, every = _closed(tuple(closures)), terms.lead_time_days[rows], np.nan_to_num(review[rows], nan=7.0)
        now[rows] = _added(closed, np.full(len(rows), as_of.toordinal()), lead)
        later[rows] = _added(closed, as_of.toordinal() + np.rint(every).astype(np.int64), lead)
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
            say(
                "The supplier is closed from %(first)s to %(last)s: this order takes %(now)d day longer."
                if values["now"] == 1
                else "The supplier is closed from %(first)s to %(last)s: this order takes %(now)d days longer.",
                **values,
            ),
        )
    return (
        say(
            "The supplier is closed from %(first)s to %(last)s: the next order would take %(later)d day longer, "
            "so this one lasts until that one arrives."
            if values["later"] == 1
            else "The supplier is closed from %(first)s to %(last)s: the next order would take %(later)d days longer, "
            "so this one lasts until that one arrives.",
            **values,
        ),
    )
