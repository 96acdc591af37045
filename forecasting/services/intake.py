"""Takes the rows that programs send: upserts by natural key, through the same loading as files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forecasting.ingest.errors import Unreadable
from forecasting.ingest.fields import Kind
from forecasting.ingest.record_values import House
from forecasting.ingest.records import RECORDS, RecordFault, Records, as_csv, read_records
from forecasting.services import loading
from tenants.errors import Invalid, TooLarge
from tenants.models import Organisation, User
from tenants.services import audit

MOST_ROWS = 10_000
MOST_FAULTS = 1_000  # told of one call


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of the rows of a call: every row is accepted or rejected."""

    accepted: int
    rejected: int
    faults: Sequence[RecordFault]


def kind_named(name: str) -> Kind:
    """Return a kind of rows as programs send them; raises KeyError."""
    return RECORDS[name]


def house_of(organisation: Organisation) -> House:
    """Say where and when an organisation's rows are read."""
    zone = ZoneInfo(organisation.time_zone)
    return House(zone, datetime.now(zone).date(), organisation.currency)


def check_size(rows: Sequence[object]) -> None:
    """Refuse a call with more rows than one transaction shall hold, or with none."""
    if len(rows) > MOST_ROWS:
        raise TooLarge(_("A call takes at most %(n)d rows. Send the rest in further calls.") % {"n": MOST_ROWS})
    if not rows:
        raise Invalid(_("There are no rows in the body."))


def upsert(
    rows: Sequence[object],
    *,
    kind: str,
    organisation: Organisation,
    by: User | None,
    atomic: bool = False,
    first: int = 1,
) -> Taken:
    """Load the good rows of a call; with `atomic`, all of them or none.

    A sale that is said to be cancelled, or to hold no units, takes back the line that stands under its key. Raises
    Invalid with a fault per wrong value when `atomic` and any is wrong, or when the rows cannot stand together.
    """
    check_size(rows)
    read = read_records(rows, RECORDS[kind], house_of(organisation), first=first)
    if atomic and read.rejected:
        raise Invalid(
            ngettext(
                "%(n)d row is not right; nothing was loaded.",
                "%(n)d rows are not right; nothing was loaded.",
                read.rejected,
            )
            % {"n": read.rejected},
            errors=[told(fault) for fault in read.faults[:MOST_FAULTS]],
        )
    new, changed = _load(read)
    withdrawn = _withdraw(read)
    if new or changed or withdrawn:
        audit.record("rows.sent", by=by, target=kind, new=new, changed=changed, withdrawn=withdrawn)
    return Taken(read.accepted, read.rejected, read.faults[:MOST_FAULTS])


def _load(read: Records) -> tuple[int, int]:
    new = changed = 0
    for shape in read.shapes:
        try:
            loaded = loading.load(as_csv(shape, read.kind), kind=read.kind, mapped=set(shape.named), upload=None)
        except Unreadable as error:
            raise Invalid(_(error.said.template) % error.said.values) from None
        new, changed = new + loaded.new, changed + loaded.changed
    return new, changed


def _withdraw(read: Records) -> int:
    if not read.withdrawn:
        return 0
    orders, lines = zip(*read.withdrawn, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM forecasting_sale s USING unnest(%s::text[], %s::text[]) AS gone (order_id, line_id) "
            "WHERE s.order_id = gone.order_id AND s.line_id = gone.line_id",
            [list(orders), list(lines)],
        )
        return int(cursor.rowcount)


def told(fault: RecordFault) -> dict[str, object]:
    """Say a fault in plain values."""
    expected = _(fault.expected.template)
    return {
        "row": fault.row,
        "field": fault.field,
        "value": fault.value,
        "expected": expected % fault.expected.values if fault.expected.values else expected,
    }
