"""Fetches from a WooCommerce shop's REST API (wc/v3), by WooCommerce's own library."""

from collections.abc import Iterator
from typing import Any

from requests import Response
from woocommerce import api as library

from forecasting.ingest.feeds.woocommerce import PARENTS
from forecasting.services.fetchers import guarded
from forecasting.services.fetchers.errors import FetchError, refused
from forecasting.services.fetchers.patience import BusyError, patiently
from forecasting.words import say

PAGE = 100

Node = dict[str, Any]

# The library's one way out: it calls this name for each request. Through the guard it can reach no address of ours.
library.request = guarded.request


class Shop:
    """One shop, asked page by page and no faster than it allows."""

    def __init__(self, address: str, key: str, secret: str) -> None:
        self._client = library.API(address, key, secret, version="wc/v3", timeout=None)

    def products(self) -> Iterator[list[tuple[Node, Node | None]]]:
        """Give all products page by page, each with its parent; variations beside the product they belong to."""
        for page in self._pages("products", {"orderby": "id", "order": "asc"}):
            found: list[tuple[Node, Node | None]] = []
            for product in page:
                found.append((product, None))
                if product.get("type") in PARENTS and product.get("variations"):
                    for some in self._pages(f"products/{product['id']}/variations", {}):
                        found.extend((variation, product) for variation in some)
            yield found

    def orders(self, since: str | None) -> Iterator[list[tuple[Node, list[Node]]]]:
        """Give the orders that changed after then, the longest ago first, each with its refunds."""
        asked: dict[str, object] = {"orderby": "modified", "order": "asc", "status": "any", "dates_are_gmt": "true"}
        page = 1
        while True:
            found = self._ask("orders", asked | ({"modified_after": since} if since else {}) | _page(page)).json()
            if found:
                yield [(order, self._refunds(order)) for order in found]
            if len(found) < PAGE:
                return
            # Orders that change while we read move to the end: going on by time skips none, going on by page would.
            last = found[-1]["date_modified_gmt"]
            since, page = (last, 1) if last != since else (since, page + 1)

    def _refunds(self, order: Node) -> list[Node]:
        if not order.get("refunds"):
            return []
        return [refund for page in self._pages(f"orders/{order['id']}/refunds", {}) for refund in page]

    def _pages(self, path: str, asked: dict[str, object]) -> Iterator[list[Node]]:
        page = 1
        while True:
            answer = self._ask(path, asked | _page(page))
            yield answer.json()
            if page >= int(answer.headers.get("X-WP-TotalPages", 1)):
                return
            page += 1

    def _ask(self, path: str, asked: dict[str, object]) -> Response:
        return patiently(self._ask_once, path, asked)

    def _ask_once(self, path: str, asked: dict[str, object]) -> Response:
        answer = self._client.get(path, params=asked)
        if answer.status_code in (401, 403, 404):
            raise refused(answer.status_code)
        if answer.status_code == 429 or answer.status_code >= 500:
            told = answer.headers.get("Retry-After", "")
            raise BusyError(float(told) if told.isdecimal() else None)
        if answer.status_code != 200:
            raise FetchError(say("The shop answers %(status)d to what we ask.", status=answer.status_code))
        return answer


def _page(number: int) -> dict[str, object]:
    return {"per_page": PAGE, "page": number}
