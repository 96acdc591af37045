"""The rules that the plan follows for products that have none of their own."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from forecasting.models import Policy
from forecasting.services import policies
from portal.api.calls import Call
from portal.api.lists import Asked, One


def _figure(low: float, high: float, *, known: bool = True) -> serializers.FloatField:
    return Asked(required=False, allow_null=not known, min_value=low, max_value=high)


class PolicyRules(serializers.Serializer[Policy]):
    """Levels and rates are shares (0.95), rates of a year; level_a to level_c: by class, null as service_level."""

    freq = serializers.ChoiceField(choices=Policy.Freq.values, required=False)
    service_level = _figure(0.5, 0.999)
    level_a = _figure(0.5, 0.999, known=False)
    level_b = _figure(0.5, 0.999, known=False)
    level_c = _figure(0.5, 0.999, known=False)
    review_days = _figure(1, 365)
    lead_time_days = _figure(0, 730, known=False)
    capital_rate = _figure(0, 1)
    storage_rate = _figure(0, 1)
    risk_rate = _figure(0, 1)
    receivable_days = _figure(0, 365, known=False)
    payable_days = _figure(0, 365, known=False)


class PolicyView(One):
    """The firm's rules."""

    @extend_schema(responses=PolicyRules)
    def retrieve(self, request: Call) -> Response:
        """Return the rules."""
        return Response(PolicyRules(policies.current()).data)

    @extend_schema(request=PolicyRules, responses=PolicyRules)
    def partial_update(self, request: Call) -> Response:
        """Change some rules; the next plan follows them."""
        said = PolicyRules(data=request.data)
        said.is_valid(raise_exception=True)
        return Response(PolicyRules(policies.change(by=request.user, **said.validated_data)).data)
