"""Fetches from Shopify's Admin GraphQL API, by Shopify's own library."""

import json
import re
from collections.abc import Iterator
from typing import Any

import shopify
from django.conf import settings

from forecasting.ingest.feeds.shopify import LINES, ORDERS, VARIANTS
from forecasting.services.fetchers import guarded
from forecasting.services.fetchers.errors import FetchError, refused
from forecasting.services.fetchers.patience import BusyError, patiently
from forecasting.words import say

VERSION = "2025-10"
SHOP = re.compile(r"^[a-z0-9][a-z0-9-]*\.myshopify\.com$")

Node = dict[str, Any]


class _GraphQL(shopify.GraphQL):
    """The library's client, sending through our guard, for its own `urlopen` goes anywhere and waits for ever."""

    def execute(self, query: str, variables: Any = None, operation_name: str | None = None) -> str:
        """Send one query; raises FetchError for what a person can mend, another error for what may be tried again."""
        body = {"query": query, "variables": variables, "operationName": operation_name}
        answer = guarded.request("POST", self.endpoint, json=body, headers=self.headers)
        if answer.status_code in (401, 402, 403, 404, 423):
            raise refused(answer.status_code)
        if answer.status_code == 429 or answer.status_code >= 500:
            raise BusyError
        answer.raise_for_status()
        return str(answer.text)


class Shop:
    """One shop, asked page by page and no faster than it allows."""

    def __init__(self, address: str, token: str) -> None:
        protocol = "http" if settings.WEBHOOK_ALLOW_PRIVATE and not SHOP.match(address) else "https"
        site = f"{protocol}://{address}/admin/api/{VERSION}"
        self._client = _GraphQL.__new__(_GraphQL)  # its own start reads a session that all threads share
        self._client.endpoint = f"{site}/graphql.json"
        self._client.headers = {"X-Shopify-Access-Token": token, "Accept": "application/json"}

    def variants(self) -> Iterator[list[Node]]:
        """Give all variants, page by page."""
        yield from self._pages(VARIANTS, "productVariants", {})

    def orders(self, since: str | None) -> Iterator[list[Node]]:
        """Give the orders that changed since then, the longest ago first, each with all its lines."""
        query = f"updated_at:>='{since}'" if since else ""
        for nodes in self._pages(ORDERS, "orders", {"query": query}):
            for order in nodes:
                self._rest_of(order)
            yield nodes

    def _rest_of(self, order: Node) -> None:
        lines = order["lineItems"]
        while lines["pageInfo"]["hasNextPage"]:
            asked = {"name": f"name:{order['name']}", "after": lines["pageInfo"]["endCursor"]}
            (found,) = self._ask(LINES, asked)["orders"]["nodes"]
            lines["nodes"].extend(found["lineItems"]["nodes"])
            lines["pageInfo"] = found["lineItems"]["pageInfo"]

    def _pages(self, query: str, name: str, variables: dict[str, object]) -> Iterator[list[Node]]:
        after: str | None = None
        while True:
            found = self._ask(query, {**variables, "after": after})[name]
            yield found["nodes"]
            if not found["pageInfo"]["hasNextPage"]:
                return
            after = found["pageInfo"]["endCursor"]

    def _ask(self, query: str, variables: dict[str, object]) -> Node:
        return patiently(self._ask_once, query, variables)

    def _ask_once(self, query: str, variables: dict[str, object]) -> Node:
        answer = json.loads(self._client.execute(query, variables))
        errors = answer.get("errors")
        if not errors:
            return dict(answer["data"])
        if _is_throttled(errors):
            raise BusyError(_lacking(answer))
        raise FetchError(say("Shopify answers: %(words)s", words=str(errors)[:300]))


def _is_throttled(errors: Any) -> bool:
    return isinstance(errors, list) and any(
        (error.get("extensions") or {}).get("code") == "THROTTLED" for error in errors if isinstance(error, dict)
    )


def _lacking(answer: Node) -> float | None:
    """Tell in how many seconds the shop's bucket holds what the query costs; None where it does not say."""
    cost = (answer.get("extensions") or {}).get("cost")
    if not cost:
        return None
    status = cost["throttleStatus"]
    return float((cost["requestedQueryCost"] - status["currentlyAvailable"]) / max(status["restoreRate"], 1))
