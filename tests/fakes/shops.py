"""Two small shops that speak the documented protocols on a socket: pages, throttling, errors, refunds.

Shopify: Admin GraphQL with cursors and a leaking bucket of query cost. WooCommerce: REST wc/v3 with pages,
X-WP-TotalPages, modified_after and 429. What each holds is plain data that a test sets; `asked` is what was asked.
"""

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Shop:
    def __init__(self):
        self.asked, self.throttle, self.broken = [], 0, 0


class ShopifyShop(Shop):
    """Variants and orders by page; a token that works; so many answers that say THROTTLED first."""

    def __init__(self, variants, orders, *, token="shpat_good", page=2):
        super().__init__()
        self.variants, self.orders, self.token, self.page = variants, orders, token, page

    def answer(self, handler, body):
        asked = json.loads(body)
        self.asked.append(asked["variables"])
        if handler.headers["X-Shopify-Access-Token"] != self.token:
            return 401, {"errors": "[API] Invalid API key or access token"}, {}
        cost = {
            "requestedQueryCost": 52,
            "throttleStatus": {"maximumAvailable": 1000, "currentlyAvailable": 51, "restoreRate": 100},
        }
        if self.throttle:
            self.throttle -= 1
            errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
            return 200, {"errors": errors, "extensions": {"cost": cost}}, {}
        name = "productVariants" if "productVariants(" in asked["query"] else "orders"
        if asked["query"].strip().startswith("query Lines"):
            return 200, {"data": self._more_lines(asked["variables"])}, {}
        return 200, {"data": {name: self._page(name, asked["variables"])}, "extensions": {"cost": cost}}, {}

    def _page(self, name, variables):
        rows = self.variants if name == "productVariants" else self._since(variables.get("query") or "")
        start = int(variables["after"] or 0)
        nodes = rows[start : start + self.page]
        more = start + self.page < len(rows)
        return {
            "nodes": nodes,
            "pageInfo": {"hasNextPage": more, "endCursor": str(start + self.page) if more else None},
        }

    def _since(self, query):
        told = re.search(r"updated_at:>='([^']+)'", query)
        rows = sorted(self.orders, key=lambda order: order["updatedAt"])
        return [order for order in rows if not told or order["updatedAt"] >= told[1]]

    def _more_lines(self, variables):
        (order,) = [each for each in self.orders if f"name:{each['name']}" == variables["name"]]
        rest = {"nodes": order["more"], "pageInfo": {"hasNextPage": False, "endCursor": None}}
        return {"orders": {"nodes": [{"lineItems": rest}]}}


class WooShop(Shop):
    """Products, variations by product, orders and refunds by order, in pages of what is asked for."""

    def __init__(self, products, variations, orders, refunds, *, key="ck_good", most=100):
        super().__init__()
        self.tables = {"products": products, "orders": orders}
        self.tables |= {f"products/{number}/variations": rows for number, rows in variations.items()}
        self.tables |= {f"orders/{number}/refunds": rows for number, rows in refunds.items()}
        self.key, self.most = key, most

    def answer(self, handler, _body):
        url = urlsplit(handler.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        path = url.path.removeprefix("/wp-json/wc/v3/")
        self.asked.append((path, asked))
        if asked.get("oauth_consumer_key") != self.key:
            return 401, {"code": "woocommerce_rest_cannot_view"}, {}
        if self.throttle:
            self.throttle -= 1
            return 429, {"code": "too_many"}, {"Retry-After": "0"}
        if self.broken:
            self.broken -= 1
            return 502, {}, {}
        rows = self.tables[path]
        if path == "orders":
            rows = sorted(rows, key=lambda order: order["date_modified_gmt"])
            since = asked.get("modified_after", "")
            rows = [order for order in rows if order["date_modified_gmt"] >= since]
        size = min(int(asked["per_page"]), self.most)
        start = (int(asked["page"]) - 1) * size
        pages = max(1, -(-len(rows) // size))
        return 200, rows[start : start + size], {"X-WP-TotalPages": str(pages)}


@contextmanager
def served(shop):
    """Serve a shop on a free port; give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self._serve(self.rfile.read(int(self.headers["Content-Length"])))

        def do_GET(self):
            self._serve(b"")

        def _serve(self, body):
            status, answer, headers = shop.answer(self, body)
            told = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {
                **headers,
                "Content-Type": "application/json",
                "Content-Length": str(len(told)),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
