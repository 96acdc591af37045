"""What selling through each channel costs."""

from decimal import Decimal

from django.utils.translation import gettext as _

from forecasting.models import Channel
from tenants.errors import NotFound
from tenants.models import User
from tenants.services import audit

FEES = (
    "fee_percent",
    "fee_fixed",
    "payment_percent",
    "payment_fixed",
    "shipping_per_unit",
    "ad_cost_percent",
    "return_cost",
)


def every() -> list[Channel]:
    """List the organisation's channels by code."""
    return list(Channel.objects.order_by("code"))


def get(code: str) -> Channel:
    """Return a channel, or raise NotFound."""
    channel = Channel.objects.filter(code=code).first()
    if channel is None:
        raise NotFound(_("There is no such channel."))
    return channel


def change(*, code: str, by: User, name: str, own: bool | None = None, **fees: Decimal | None) -> Channel:
    """Change a channel's name, kind and fees; a fee that is not known stays empty and is never taken as 0."""
    channel = get(code)
    channel.name, channel.own = name, own
    for fee in FEES:
        setattr(channel, fee, fees.get(fee))
    channel.save()
    told = {fee: str(getattr(channel, fee)) for fee in FEES}
    audit.record("channel.changed", by=by, target=code, own=str(own), **told)
    return channel
