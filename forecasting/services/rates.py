"""The exchange rates that the firm enters or uploads, and which currencies still lack one."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Min
from django.utils.translation import gettext as _

from forecasting.finance import Rates
from forecasting.ingest.dates import read_moment
from forecasting.ingest.fields import RATES
from forecasting.ingest.numbers import read_number
from forecasting.models import Product, Rate, Sale
from forecasting.services import loading
from tenants.errors import Invalid, NotFound
from tenants.models import Organisation, User
from tenants.services import audit

COLUMNS = ("currency", "date", "rate")
MOST_LINES = 20_000
MOST_TOLD = 20
NEWEST = date.max  # costs and prices of today are worth what the newest rate says


def table(organisation: Organisation) -> Rates:
    """Return the organisation's dated rates, ready to convert with."""
    return Rates.of(organisation.currency, Rate.objects.values_list("currency", "day", "rate"))


def lacking(organisation: Organisation) -> list[tuple[str, date | None]]:
    """List the currencies of products and sales without a rate, with the first day that needs one."""
    home = ("", organisation.currency)
    first: dict[str, date | None] = dict.fromkeys(
        Product.objects.exclude(currency__in=home).values_list("currency", flat=True).distinct()
    )
    first |= dict(Sale.objects.exclude(currency__in=home).values_list("currency").annotate(first=Min("sold_on")))
    known = dict(Rate.objects.values_list("currency").annotate(first=Min("day")))
    return [
        (currency, day)
        for currency, day in sorted(first.items())
        if currency not in known or (day is not None and known[currency] > day)
    ]


def enter(*, by: User, organisation: Organisation, lines: Sequence[tuple[str, date, Decimal]]) -> int:
    """Keep rates; one of a currency and day that is known already is replaced. Return how many there were."""
    if not lines:
        raise Invalid(_("There is no rate in it. Give a line for each: currency, date, rate."))
    kept = {(currency, day): rate for currency, day, rate in lines}
    rows = ["row,currency,date,rate", *(f",{currency},{day},{rate}" for (currency, day), rate in kept.items())]
    loading.load("\n".join([*rows, ""]).encode(), kind=RATES, mapped={"rate"}, upload=None)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE forecasting_rate r SET by = %s FROM unnest(%s::text[], %s::date[]) AS told (currency, day) "
            "WHERE r.currency = told.currency AND r.day = told.day",
            [by.email, *map(list, zip(*kept, strict=True))],
        )
    named = sorted({currency for currency, _day in kept})
    audit.record("rates.entered", by=by, target=", ".join(named), rates=len(kept))
    return len(kept)


def named(*, currency: str, day: str) -> Rate:
    """Return the rate of a currency that holds from a day on, or raise NotFound."""
    found = Rate.objects.filter(currency=_code(currency), day=_plain_day(day)).first()
    if found is None:
        raise NotFound(_("There is no such rate."))
    return found


def _plain_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def remove(*, rate_id: int, by: User) -> None:
    """Forget a rate."""
    found = Rate.objects.filter(pk=rate_id).first()
    if found is None:
        raise NotFound(_("There is no such rate."))
    found.delete()
    audit.record("rates.removed", by=by, target=found.currency, day=found.day.isoformat(), rate=str(found.rate))


def read(text: str, *, organisation: Organisation, today: date) -> list[tuple[str, date, Decimal]]:
    """Read lines of currency, date, rate from a CSV; raise Invalid that tells every faulty cell, and keep nothing."""
    found: list[tuple[str, date, Decimal]] = []
    wrong: list[dict[str, object]] = []
    for number, cells in _lines(text):
        faults = list(_faults(cells, organisation, today))
        wrong += [{"row": number, "column": c, "value": v[:40], "expected": expected} for c, v, expected in faults]
        day = _day(cells[1])
        if day is not None and not faults:
            found.append((_code(cells[0]), day, Decimal(read_number(cells[2], _mark(cells[2])) or 0)))
    if wrong:
        raise Invalid(_("Nothing was kept: correct these cells and give it again."), errors=wrong[:MOST_TOLD])
    return found


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give each line with its number as three cells, without a header and empty lines."""
    plain = text.lstrip("\ufeff")
    order = (0, 1, 2)
    for number, row in enumerate(csv.reader(io.StringIO(plain), delimiter=_separator(plain)), start=1):
        cells = [cell.strip() for cell in row]
        if number > MOST_LINES:
            raise Invalid(_("That is more than %(n)d lines. Upload it in parts.") % {"n": MOST_LINES})
        names = [cell.lower() for cell in cells]
        if number == 1 and set(COLUMNS) <= set(names):
            order = tuple(names.index(column) for column in COLUMNS)  # type: ignore[assignment]
        elif any(cells):
            yield number, [cells[at] if at < len(cells) else "" for at in order]


def _separator(text: str) -> str:
    """Take a comma only where nothing else can part the cells: it may be a decimal mark."""
    return next((sign for sign in ";\t|" if sign in text), ",")


def _faults(cells: list[str], organisation: Organisation, today: date) -> Iterator[tuple[str, str, str]]:
    """Name column, value and what was expected of each cell that cannot be kept."""
    code, day, rate = cells
    if len(_code(code)) != 3 or not _code(code).isalpha() or not _code(code).isascii():
        yield "currency", code, _("three letters such as USD")
    elif _code(code) == organisation.currency:
        yield "currency", code, _("a foreign currency; this is your own")
    found = _day(day)
    if found is None:
        yield "date", day, _("a date such as 2026-11-23")
    elif found > today:
        yield "date", day, _("a day that is not in the future")
    number = read_number(rate, _mark(rate))
    if number is None or not 0 < Decimal(number) < 10**9:
        yield "rate", rate, _("a number above 0 such as 0.9214")


def _code(text: str) -> str:
    return text.strip().upper()


def _day(text: str) -> date | None:
    moment = read_moment(text, None)
    return moment.local.date() if moment else None


def _mark(text: str) -> str:
    """Take the last mark for the decimal one: rates have decimals, and no thousands that would need a mark."""
    return "," if text.rfind(",") > text.rfind(".") else "."
