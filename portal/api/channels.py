"""Where it is sold, and what that costs, by code."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from forecasting.models import Channel
from portal.api.lists import Money, Rows, row_of


class ChannelOut(serializers.Serializer[Channel]):
    """A shop or marketplace; own: the firm's own shop, null where nobody said; percent of the price."""

    code = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    own = serializers.BooleanField(allow_null=True)
    fee_percent = Money()
    fee_fixed = Money()
    payment_percent = Money()
    payment_fixed = Money()
    shipping_per_unit = Money()
    ad_cost_percent = Money()
    return_cost = Money()


class Channels(Rows):
    """All channels."""

    serializer_class, rows, kind = ChannelOut, row_of("channels"), "channels"
    keyset = ("code",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Channel]:
        """Return the channels."""
        return Channel.objects.all()
