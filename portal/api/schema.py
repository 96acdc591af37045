"""How the API describes itself: what every call may answer, and bodies that come in three forms."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

PROBLEM = "Problem"
ALWAYS = {"400", "401", "403", "404", "409", "413", "422", "429"}
WORDS = {
    "400": "The call cannot be read, or a key stood in the address.",
    "401": "No key, or one that does not open.",
    "402": "The tier does not reach that far.",
    "403": "The key may not do this.",
    "404": "There is no such thing, or it is not yours.",
    "406": "The answer cannot be had in this form.",
    "409": "The state has moved on, or the first call with this Idempotency-Key still runs.",
    "413": "The body is too large.",
    "415": "The body is in a form that is not read.",
    "422": "Values are not right; `errors` names each.",
    "429": "Too many calls; come back after `Retry-After` seconds.",
    "503": "Not now; come back after `Retry-After` seconds.",
    "507": "There is no room on the disk.",
}
READING = ("400", "401", "403", "404", "406", "422", "429")
WRITING = (*READING, "402", "409", "413", "415", "507")


class RowFault(serializers.Serializer[Any]):
    """One value that was not taken."""

    row = serializers.IntegerField(required=False)
    field = serializers.CharField(allow_blank=True)
    value = serializers.CharField(required=False, allow_blank=True)
    expected = serializers.CharField()


class Taken(serializers.Serializer[Any]):
    """What came of the rows of a call; at most 1,000 faults are told."""

    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    errors = RowFault(many=True)  # type: ignore[assignment]  # a field, which the framework takes out of the class


class Problem(serializers.Serializer[Any]):
    """What went wrong (RFC 9457); `type` is a stable word."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = RowFault(many=True, required=False)  # type: ignore[assignment]  # a field, which the framework takes out of the class


class Described(AutoSchema):
    """Describe a call with its problems, its Idempotency-Key and the forms of its rows."""

    def get_tags(self) -> list[str]:
        """Group calls by their resource."""
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_override_parameters(self) -> list[Any]:
        """Describe the filters of a list."""
        filters = getattr(self.view, "filters", None) if getattr(self.view, "action", "") in ("list", "show") else None
        return [filters] if filters and filters().fields else []

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Add what every call has."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        writes = self.method in ("PUT", "POST", "PATCH", "DELETE")
        problem = self.resolve_serializer(Problem, "response").ref
        for status in WRITING if writes else READING:
            operation["responses"].setdefault(
                status, {"description": WORDS[status], "content": {"application/problem+json": {"schema": problem}}}
            )
        operation["responses"].setdefault(
            "503", {"description": WORDS["503"], "content": {"application/problem+json": {"schema": problem}}}
        )
        if writes:
            operation.setdefault("parameters", []).append(IDEMPOTENCY)
        rows = getattr(self.view, "rows", None)
        if rows and self.method == "PUT":
            item = self.resolve_serializer(rows, "request").ref
            operation["requestBody"] = {"required": True, "content": _forms(item)}
            operation["parameters"].append(ATOMIC)
        operation["responses"] = dict(sorted(operation["responses"].items()))
        return operation


IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "The same key and body within 24 hours gives the first answer and does nothing again.",
}
ATOMIC = {
    "name": "atomic",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": ["0", "1"]},
    "description": "1 loads all rows or none.",
}


def _forms(item: Mapping[str, Any]) -> dict[str, Any]:
    rows = {"type": "array", "items": item, "minItems": 1, "maxItems": 10_000}
    text = {"type": "string"}
    return {
        "application/json": {"schema": rows},
        "application/x-ndjson": {"schema": {**text, "description": "One JSON object a line."}},
        "text/csv": {"schema": {**text, "description": "A header and one line a row, in UTF-8."}},
    }


def completed(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the headers that every answer to a key carries."""
    headers = {
        f"RateLimit-{name}": {"schema": {"type": "integer"}, "description": words}
        for name, words in {
            "Limit": "Calls a day (UTC) in your tier; the burst of 20 where that was what refused.",
            "Remaining": "What is left of it.",
            "Reset": "Seconds until it is whole again.",
        }.items()
    }
    result.setdefault("components", {})["headers"] = headers
    told = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    for path in result["paths"].values():
        for operation in path.values():
            for status, answer in operation.get("responses", {}).items():
                if status not in ("400", "401", "403", "413", "503"):
                    answer["headers"] = {**told, **answer.get("headers", {})}
    return result
