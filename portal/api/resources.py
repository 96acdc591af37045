"""What programs can read: the organisation, its products, its plan, its runs.

For now a program signs in as a person does, by session; keys with scopes come with their own issue.
"""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forecasting import queries
from forecasting.models import Product, Proposal, Run
from forecasting.queries.plans import Wanted
from portal.translations import spoken
from tenants.errors import NotAllowed, NotFound
from tenants.tiers import LIMITS, Tier


class Pages(CursorPagination):
    """Pages by cursor: ?limit= up to 1,000, and `next` as a full URL or null."""

    page_size = 100
    max_page_size = 1000
    page_size_query_param = "limit"
    ordering = "id"

    def get_paginated_response(self, data: list[Any]) -> Response:
        """Answer with the rows and where the next ones are."""
        return Response({"next": self.get_next_link(), "results": data})


class OfMember(APIView):
    """A resource of the organisation in scope: whoever belongs to it may read."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a person who belongs to no organisation, whose rows nobody could name."""
        super().initial(request, *args, **kwargs)
        if request.organisation is None:
            raise NotAllowed("You belong to no organisation yet.")


class Organisation(OfMember):
    """The organisation itself."""

    def get(self, request: Request) -> Response:
        """Return its name, currency, tier and limits."""
        firm = request.organisation
        names = ("name", "country", "currency", "time_zone", "language", "tier")
        limits = asdict(LIMITS[Tier(firm.tier)])
        return Response({**{name: getattr(firm, name) for name in names}, "limits": limits})


class ProductOut(serializers.Serializer[Product]):
    """One product with its terms."""

    sku = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    unit_cost = serializers.DecimalField(max_digits=16, decimal_places=4)
    unit_price = serializers.DecimalField(max_digits=16, decimal_places=4)
    currency = serializers.SerializerMethodField()
    supplier = serializers.SerializerMethodField()
    lead_time_days = serializers.FloatField()
    lead_time_sd_days = serializers.FloatField()
    review_days = serializers.FloatField()
    moq = serializers.FloatField()
    pack_size = serializers.FloatField()
    shelf_life_days = serializers.FloatField()
    service_level = serializers.FloatField()
    status = serializers.CharField()
    replaces = serializers.CharField()

    def get_currency(self, product: Product) -> str:
        """Name the currency that its money is counted in."""
        return product.currency or self.context["request"].organisation.currency

    def get_supplier(self, product: Product) -> str | None:
        """Name its supplier by code."""
        return product.supplier.code if product.supplier else None


class Products(OfMember, ListAPIView):
    """All products; ?search= looks in sku and name."""

    serializer_class = ProductOut
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Product]:
        """Return the products asked for."""
        asked = queries.products.Wanted(search=self.request.query_params.get("search", ""))
        return queries.products.listed(None, asked, {})


class OneProduct(OfMember):
    """One product by its sku."""

    def get(self, request: Request, sku: str) -> Response:
        """Return the product."""
        return Response(ProductOut(queries.product.get(sku), context={"request": request}).data)


class ProposalOut(serializers.Serializer[Proposal]):
    """One line of the plan, with its reason."""

    sku = serializers.CharField(source="product.sku")
    location = serializers.SerializerMethodField()
    supplier = serializers.SerializerMethodField()
    on_hand = serializers.FloatField()
    inbound = serializers.FloatField()
    safety_stock = serializers.FloatField()
    reorder_point = serializers.FloatField()
    order_up_to = serializers.FloatField()
    order_units = serializers.FloatField(source="units")
    order_on = serializers.DateField()
    arrives_on = serializers.DateField()
    lasts_until = serializers.DateField()
    value = serializers.DecimalField(max_digits=20, decimal_places=4)
    why = serializers.SerializerMethodField()
    missing = serializers.SerializerMethodField()

    def get_location(self, line: Proposal) -> str | None:
        """Name the place by code; null while stock is planned whole."""
        return line.location.code if line.location else None

    def get_supplier(self, line: Proposal) -> str | None:
        """Name the supplier by code."""
        return line.supplier.code if line.supplier else None

    def get_why(self, line: Proposal) -> list[dict[str, Any]]:
        """Return the passport: each step in words, with its units."""
        return [{"step": spoken(step.get("label")), "units": step.get("units")} for step in line.passport]

    def get_missing(self, line: Proposal) -> list[str]:
        """Name the inputs without which there is no proposal."""
        return [need.get("field") or spoken(need) for need in line.missing]


class PlanFilters(serializers.Serializer[Any]):
    """What a plan may be asked for."""

    supplier = serializers.CharField(required=False, default="")
    due_before = serializers.DateField(required=False, default=None)
    only = serializers.ChoiceField(choices=["order"], required=False, default=None)


class Plan(OfMember, ListAPIView):
    """The newest plan: ?supplier=, ?due_before=, ?only=order."""

    serializer_class = ProposalOut
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Proposal]:
        """Return the proposals asked for."""
        asked = PlanFilters(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        run = queries.runs.newest()
        if run is None:
            raise NotFound("There is no plan yet.")
        show = "orders" if asked.validated_data["only"] else "all"
        wanted = Wanted(show, asked.validated_data["supplier"], asked.validated_data["due_before"])
        return queries.plans.proposals(run, wanted)


class RunOut(serializers.Serializer[Run]):
    """One published run."""

    id = serializers.UUIDField()
    freq = serializers.CharField()
    as_of = serializers.DateField()
    starts_on = serializers.DateField()
    horizon = serializers.IntegerField()
    published_at = serializers.DateTimeField()
    data_hash = serializers.CharField()
    seed = serializers.IntegerField()
    engine_version = serializers.CharField()
    summary = serializers.JSONField()


class Runs(OfMember, ListAPIView):
    """All published runs, the newest first."""

    serializer_class = RunOut

    class pagination_class(Pages):
        """Newest first: ids are ordered by time."""

        ordering = "-id"

    def get_queryset(self) -> QuerySet[Run]:
        """Return the runs."""
        return Run.objects.all()


class OneRun(OfMember):
    """One published run."""

    def get(self, request: Request, run_id: UUID) -> Response:
        """Return the run."""
        return Response(RunOut(queries.runs.get(run_id)).data)
