"""Shops that Lagom fetches from, and addresses at which programs drop files: made, used, paused, removed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from forecasting.ingest.feeds import shopify as from_shopify
from forecasting.ingest.feeds import woocommerce as from_woocommerce
from forecasting.ingest.feeds.lines import Row
from forecasting.models import Connection, ConnectionEntry, Job
from forecasting.services import intake, progress
from forecasting.services.fetchers import shopify, woocommerce
from forecasting.services.fetchers.errors import FetchError
from forecasting.words import Said, pack, say
from tenants import sealing
from tenants.errors import Conflict, Invalid, NotFound
from tenants.isolation import tenant_scope
from tenants.models import Organisation, User
from tenants.services import audit, egress, members

MOST = 20
EVERY = timedelta(hours=1)
KEPT_ENTRIES = 200
Kind, State = Connection.Kind, Connection.State
Batch = tuple[dict[str, list[Row]], dict[str, str]]  # rows by kind, and how far they bring us

_DROP = "lagom.drop"


@dataclass(frozen=True, slots=True)
class Drop:
    """An address at which files are dropped: whose, and which."""

    organisation_id: int
    connection_id: UUID


def every() -> list[Connection]:
    """List the organisation's connections, the oldest first."""
    return list(Connection.objects.exclude(state=State.REMOVED).order_by("created_at"))


def get(*, connection_id: UUID) -> Connection:
    """Return a connection, or raise NotFound."""
    found = Connection.objects.exclude(state=State.REMOVED).filter(pk=connection_id).first()
    if found is None:
        raise NotFound(_("There is no such connection."))
    return found


def entries(connection: Connection, limit: int = 50) -> list[ConnectionEntry]:
    """List what came of a connection, the newest first."""
    return list(ConnectionEntry.objects.filter(connection=connection).order_by("-at", "-pk")[:limit])


@transaction.atomic
def connect(*, kind: str, address: str, keys: list[str], by: User) -> Connection:
    """Keep a shop's address and keys; raises Invalid where the address is none, Conflict where it is known."""
    address = _address(kind, address)
    if not all(keys):
        raise Invalid(_("Give the keys that the shop made for Lagom."))
    _check_room()
    try:
        with transaction.atomic():
            made = Connection.objects.create(
                kind=kind,
                address=address,
                name=address,
                secret=sealing.seal("\n".join(keys), sealing.Purpose.SHOPS),
                by=by.email,
            )
    except IntegrityError:
        raise Conflict(_("This shop is connected already. Remove it first to change its keys.")) from None
    audit.record("connection.made", by=by, target=address, kind=kind)
    made.refresh_from_db()
    return made


@transaction.atomic
def open_drop(*, name: str, by: User) -> Connection:
    """Make an address at which a program can drop files."""
    _check_room()
    made = Connection.objects.create(kind=Kind.DROP, name=name[:100] or _("File drop"), by=by.email)
    audit.record("connection.made", by=by, target=made.name, kind=Kind.DROP)
    made.refresh_from_db()
    return made


def drop_token(connection: Connection) -> str:
    """Return the signed secret of a drop address, as of its newest version."""
    told = {"o": connection.organisation_id, "c": str(connection.pk), "v": connection.version}
    return signing.dumps(told, salt=_DROP)


def find_drop(token: str) -> Drop:
    """Read whose drop address this is; raises NotFound for one that nobody signed."""
    try:
        told = signing.loads(token, salt=_DROP)
        return Drop(int(told["o"]), UUID(told["c"]))
    except (signing.BadSignature, KeyError, ValueError, TypeError):
        raise NotFound(_("This address takes no files. Ask the firm for a new one.")) from None


def check_drop(drop: Drop, token: str) -> Connection:
    """Return the connection of a drop address that still works, or raise NotFound."""
    found = Connection.objects.filter(pk=drop.connection_id, kind=Kind.DROP, state=State.ACTIVE).first()
    if found is None or signing.loads(token, salt=_DROP)["v"] != found.version or has_ended(found):
        raise NotFound(_("This address takes no files. Ask the firm for a new one."))
    return found


def has_ended(drop: Connection) -> bool:
    """Tell whether who handed a drop address out left the firm or no longer owns it: they know it, as keys."""
    return not members.may(organisation_id=drop.organisation_id, email=drop.by, action="connections.edit")


def dropped(*, connection: Connection, names: list[str]) -> None:
    """Write down that files came in by a drop address."""
    Connection.objects.filter(pk=connection.pk).update(used_at=Now())
    _say(connection, say("Came in: %(names)s.", names=", ".join(names)[:300]), well=True)


@transaction.atomic
def set_paused(*, connection: Connection, paused: bool, by: User) -> None:
    """Stop fetching for a while, or go on."""
    Connection.objects.filter(pk=connection.pk).update(state=State.PAUSED if paused else State.ACTIVE)
    audit.record("connection.paused" if paused else "connection.resumed", by=by, target=connection.name)


@transaction.atomic
def renew(*, connection: Connection, by: User) -> None:
    """Give a drop address a new secret, handed out by this person; the old one no longer works."""
    Connection.objects.filter(pk=connection.pk).update(version=F("version") + 1, by=by.email)
    audit.record("connection.renewed", by=by, target=connection.name)


@transaction.atomic
def remove(*, connection: Connection, by: User) -> None:
    """Forget a shop's keys and fetch no more; what was fetched stays."""
    Connection.objects.filter(pk=connection.pk).update(state=State.REMOVED, secret="")
    audit.record("connection.removed", by=by, target=connection.name)


def due() -> list[Connection]:
    """List the organisation's shops whose turn it is."""
    shops = Connection.objects.filter(state__in=[State.ACTIVE, State.FAILING]).exclude(kind=Kind.DROP)
    return [shop for shop in shops if shop.used_at is None or shop.used_at <= timezone.now() - EVERY]


def pull(job: Job) -> None:
    """Fetch what is new from a shop, page by page; each page is kept with how far it brings us."""
    organisation = job.organisation
    with tenant_scope(organisation.pk):
        connection = get(connection_id=UUID(job.details["connection"]))
    counts: dict[str, int] = {}
    try:
        for kind, (rows, reached) in _batches(connection, organisation, job):
            with tenant_scope(organisation.pk):
                _keep(job, connection, organisation, rows, reached, counts)
            progress.say_stage(job, say("Fetching %(kind)s: %(n)d rows so far", kind=kind, n=sum(counts.values())))
    except FetchError as error:
        with tenant_scope(organisation.pk), progress.last_step(job):
            _end(connection, error.said, State.FAILING if error.final else connection.state)
        return
    except egress.Refused as error:
        with tenant_scope(organisation.pk), progress.last_step(job):
            _end(connection, say("We cannot go to this address: %(reason)s.", reason=str(error)), State.FAILING)
        return
    told = ", ".join(f"{kind} {n:,}" for kind, n in counts.items()) or "–"
    with tenant_scope(organisation.pk), progress.last_step(job):
        _end(connection, say("Fetched: %(counts)s.", counts=told), State.ACTIVE, well=True)


def _batches(connection: Connection, organisation: Organisation, job: Job) -> Iterator[tuple[str, Batch]]:
    keys = _unseal(connection.secret).split("\n")
    day = datetime.now(ZoneInfo(organisation.time_zone)).date().isoformat()
    since = connection.cursor.get("orders")
    read = _shopify if connection.kind == Kind.SHOPIFY else _woocommerce
    yield from read(connection.address, keys, day, since)


def _shopify(address: str, keys: list[str], day: str, since: str | None) -> Iterator[tuple[str, Batch]]:
    shop = shopify.Shop(address, keys[0])
    for variants in shop.variants():
        rows = {
            "products": [row for each in variants for row in from_shopify.products(each)],
            "stock": [row for each in variants for row in from_shopify.stock(each, day)],
        }
        yield "products", (rows, {})
    for orders in shop.orders(since):
        sales = [row for order in orders for row in from_shopify.sales(order)]
        yield "orders", ({"sales": sales}, {"orders": orders[-1]["updatedAt"]} if orders else {})


def _woocommerce(address: str, keys: list[str], day: str, since: str | None) -> Iterator[tuple[str, Batch]]:
    shop = woocommerce.Shop(address, *keys)
    for page in shop.products():
        rows = {
            "products": [row for each, parent in page for row in from_woocommerce.products(each, parent)],
            "stock": [row for each, _parent in page for row in from_woocommerce.stock(each, day)],
        }
        yield "products", (rows, {})
    for orders in shop.orders(since):
        sales = [row for order, refunds in orders for row in from_woocommerce.sales(order, refunds)]
        yield "orders", ({"sales": sales}, {"orders": orders[-1][0]["date_modified_gmt"]})


def _keep(
    job: Job,
    connection: Connection,
    organisation: Organisation,
    rows: dict[str, list[Row]],
    reached: dict[str, str],
    counts: dict[str, int],
) -> None:
    if not progress.mine(job).exists():
        raise progress.LeaseLostError
    for kind, some in rows.items():
        for start in range(0, len(some), intake.MOST_ROWS):
            part = some[start : start + intake.MOST_ROWS]
            taken = intake.upsert(part, kind=kind, organisation=organisation, by=None)
            counts[kind] = counts.get(kind, 0) + taken.accepted
            if taken.rejected:
                fault = taken.faults[0]
                words = say(
                    "%(n)d %(kind)s were not taken, the first because %(field)s is “%(value)s”.",
                    n=taken.rejected,
                    kind=kind,
                    field=fault.field,
                    value=fault.value,
                )
                _say(connection, words, well=False)
    if reached:
        connection.cursor = {**connection.cursor, **reached}
        Connection.objects.filter(pk=connection.pk).update(cursor=connection.cursor)


def _end(connection: Connection, said: Said, state: str, *, well: bool = False) -> None:
    still = Connection.objects.filter(pk=connection.pk).exclude(state__in=[State.PAUSED, State.REMOVED])
    still.update(state=state)
    Connection.objects.filter(pk=connection.pk).update(used_at=Now())
    _say(connection, said, well=well)


def _say(connection: Connection, said: Said, *, well: bool) -> None:
    ConnectionEntry.objects.create(connection=connection, well=well, said=pack(said))
    old = ConnectionEntry.objects.filter(connection=connection).order_by("-at", "-pk")[KEPT_ENTRIES:]
    ConnectionEntry.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()


def _address(kind: str, told: str) -> str:
    told = told.strip().rstrip("/")
    if kind == Kind.SHOPIFY:
        bare = told.lower().removeprefix("https://").removeprefix("http://").split("/")[0]
        if not shopify.SHOP.match(bare) and not settings.WEBHOOK_ALLOW_PRIVATE:
            raise Invalid(_("Give the shop's own address, such as my-shop.myshopify.com."))
        return bare
    if kind != Kind.WOOCOMMERCE:
        raise Invalid(_("Choose what to connect."))
    return egress.checked(told if "://" in told else f"https://{told}")


def _check_room() -> None:
    if Connection.objects.exclude(state=State.REMOVED).count() >= MOST:
        raise Conflict(_("A firm has at most %(n)d connections. Remove one first.") % {"n": MOST})


def _unseal(sealed: str) -> str:
    try:
        return sealing.unseal(sealed, sealing.Purpose.SHOPS)
    except sealing.InvalidToken:
        said = say("The keys of this shop can no longer be read: the site's SECRET_KEY was changed. Connect it again.")
        raise FetchError(said) from None
