"""What selling through each channel costs."""

from decimal import Decimal

from django.utils.translation import gettext as _

from forecasting.models import Channel
from tenants.errors import NotFound
from tenants.models import User
from tenants.services import audit

FEES = ("fee_percent", "fee_fixed", "shipping_per_unit", "ad_cost_percent")


def every() -> list[Channel]:
    """List the organisation's channels by code."""
    return list(Channel.objects.order_by("code"))


def change(*, code: str, by: User, name: str, **fees: Decimal | None) -> Channel:
    """Change a channel's name and fees; a fee that is not known stays empty and is never taken as 0."""
    channel = Channel.objects.filter(code=code).first()
    if channel is None:
        raise NotFound(_("There is no such channel."))
    channel.name = name
    for fee in FEES:
        setattr(channel, fee, fees[fee])
    channel.save()
    audit.record("channel.changed", by=by, target=code, **{fee: str(value) for fee, value in fees.items()})
    return channel
