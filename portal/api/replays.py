"""All replays that the firm has made of its past."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from forecasting.models import Replay
from portal.api.lists import Lists
from portal.api.replay import ReplayOut, told


class Replays(Lists):
    """All replays, the newest first."""

    serializer_class = ReplayOut
    keyset = ("-id",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Replay]:
        """Return the replays."""
        return Replay.objects.defer("archive")

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """Return the page in plain values."""
        return [told(found) for found in super().paginate_queryset(queryset)]
