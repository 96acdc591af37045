"""A small Stripe on a socket, with a memory: the documented objects and the order of events of its API of 2026.

    python -m tests.fakes.stripe_api       prints its address, and ends when its standard input is closed

Customers, prices, tax rates, Checkout and portal (as pages with buttons), subscriptions, schedules, invoices, charges,
refunds, idempotency keys, signed messages with retries, and a clock. What lies under /_fake/ is for tests alone.
"""

import hashlib
import hmac
import json
import queue
import re
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.stripe_world import Refused, World

RETRIES = (0.2, 0.5, 1, 2, 4, 8)  # seconds; Stripe takes days
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="data:,"></head>
<body><h1>{title}</h1>{text}<form method="post">{buttons}</form></body></html>"""


class Postman:
    """Sends messages one after the other, and again until somebody says 2xx."""

    def __init__(self, world):
        self.world, self.waiting = world, queue.Queue()
        self.url = self.secret = ""
        threading.Thread(target=self.go, daemon=True).start()

    def take(self, event):
        if self.url:
            self.waiting.put(event)

    def go(self):
        while True:
            event = self.waiting.get()
            for pause in (*RETRIES, None):
                if self.sent(event) or pause is None:
                    break
                time.sleep(pause)

    def sent(self, event):
        body = json.dumps(event).encode()
        asked = urllib.request.Request(self.url, body, signed(body, self.secret), method="POST")
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return answer.status < 300
        except OSError:
            return False


def signed(body, secret, at=None):
    """The headers of a message, signed as Stripe does."""
    at = int(time.time() if at is None else at)
    proof = hmac.new(secret.encode(), b"%d.%s" % (at, body), hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": f"t={at},v1={proof}"}


def decoded(pairs):
    """Read `a[b][0][c]=1` into dictionaries and lists."""
    tree = {}
    for name, value in pairs:
        at, *rest = re.findall(r"[^\[\]]+", name)
        here = tree
        for following in rest:
            here = here.setdefault(at, {})
            at = following
        here[at if not name.endswith("[]") else str(len(here))] = {"true": True, "false": False}.get(value, value)
    return _listed(tree)


def _listed(tree):
    if not isinstance(tree, dict):
        return tree
    if tree and all(key.isdigit() for key in tree):
        return [_listed(tree[key]) for key in sorted(tree, key=int)]
    return {key: _listed(value) for key, value in tree.items()}


class Handler(BaseHTTPRequestHandler):
    """One request: of the API, of a page, or of a test."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait for one another for 40 ms

    def log_message(self, *_words):
        """Keep quiet."""

    def do_GET(self):
        self.all("GET")

    def do_POST(self):
        self.all("POST")

    def do_DELETE(self):
        self.all("DELETE")

    def all(self, method):
        where = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        with self.server.lock:
            if where.path.startswith("/v1/"):
                self.api(method, where, body)
            elif where.path.startswith("/_fake/"):
                self.say(200, self.steer(where.path.removeprefix("/_fake/"), json.loads(body or "{}")))
            else:
                self.page(method, where.path, dict(parse_qsl(body)))

    def api(self, method, where, body):
        world, key = self.server.world, self.headers.get("Idempotency-Key", "")
        if not re.fullmatch(r"Bearer sk_test_\w+", self.headers.get("Authorization", "")):
            self.say(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}})
            return
        world.calls.append([method, where.path, key])
        given = (method, where.path, body)
        if method == "POST" and key in world.keys:
            before, status, said = world.keys[key]
            if before != given:
                told = {"type": "idempotency_error", "message": "Keys can only be used with the same parameters"}
                self.say(400, {"error": told})
                return
            self.say(status, json.loads(said), {"Idempotent-Replayed": "true"})
            return
        try:
            status, said = 200, world.answer(method, where.path, decoded(parse_qsl(body or where.query, True)))
        except Refused as refused:
            status, said = refused.status, {"error": refused.told}
        if method == "POST" and key:
            world.keys[key] = (given, status, json.dumps(said))
        self.say(status, said)

    def steer(self, what, told):
        world, postman = self.server.world, self.server.postman
        if what == "endpoint":
            postman.url, postman.secret = told["url"], told["secret"]
        elif what == "advance":
            world.advance(told["seconds"])
        elif what == "dispute":
            world.dispute(told["charge"])
        elif what == "card":
            world.card(told["customer"], told["state"])
        elif what == "pay":
            world.paid_at_checkout(told["session"])
        elif what == "forget":
            world.forget()
        return {"events": world.events, "calls": world.calls, "objects": world.objects, "now": world.now()}

    def page(self, method, path, form):
        world = self.server.world
        kind, _, name = path.strip("/").partition("/")
        found = world.objects.get(name)
        if kind not in ("pay", "desk", "receipt") or found is None:
            self.say(404, {})
        elif method == "POST":
            to, told = world.pressed(kind, found, form.get("do", ""))
            if to:
                self.say(303, None, {"Location": to})
            else:
                self.show(kind, found, told)
        else:
            self.show(kind, found, "")

    def show(self, kind, found, told):
        title, text, buttons = self.server.world.page(kind, found)
        drawn = "".join(f'<button name="do" value="{word}">{word.capitalize()}</button> ' for word in buttons)
        text = f"{text}<p role='alert'>{told}</p>"
        body = PAGE.format(title=title, text=text, buttons=drawn).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def say(self, status, told, headers=None):
        body = b"" if told is None else json.dumps(told).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Request-Id": "req_1", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.lock = threading.RLock()
    address = f"http://127.0.0.1:{server.server_port}"
    server.world = World(address, lambda event: server.postman.take(event))
    server.postman = Postman(server.world)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(address + "\n")
    sys.stdout.flush()
    sys.stdin.read()  # whoever started it is gone


if __name__ == "__main__":
    main()
