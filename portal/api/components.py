"""What goes into what, by the pair of skus."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from forecasting.models import Component
from portal.api.lists import Rows, row_of


class ComponentOut(serializers.Serializer[Component]):
    """So many units of a component go into one of its parent; made: to stock, null where nobody said."""

    parent_sku = serializers.CharField(source="parent.sku")
    component_sku = serializers.CharField(source="component.sku")
    quantity = serializers.FloatField()
    made = serializers.BooleanField(allow_null=True)


class Components(Rows):
    """All lines of all recipes."""

    serializer_class, rows, kind = ComponentOut, row_of("components"), "components"
    keyset = ("parent_id", "component_id")

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Component]:
        """Return the lines."""
        return Component.objects.select_related("parent", "component")
