"""Send rows to Lagom: ten lines that every script here uses. Needs nothing but Python.

LAGOM_URL is the address of the API (https://…/api/v1), LAGOM_KEY a key that may write.
"""

import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request


def read(place=1):
    """Read the JSON file that stands at a place of the command line; without one, say how the script is called."""
    if len(sys.argv) <= place:
        raise SystemExit(sys.modules["__main__"].__doc__)
    try:
        return json.load(open(sys.argv[place]))
    except (OSError, ValueError) as error:
        raise SystemExit(f"{sys.argv[place]}: {error}") from None


def put(kind, rows, *, size=10_000):
    """Upsert rows in calls of at most 10,000; a call that breaks off is made again and counted once."""
    for start in range(0, len(rows), size):
        told = call("PUT", kind, rows[start : start + size])
        print(f"{kind}: {told['accepted']} accepted, {told['rejected']} rejected")
        for error in told["errors"]:
            print(f"  row {start + error['row']} {error['field']}: {error['value']!r}, expected {error['expected']}")


def call(method, path, body=None, *, tries=5):
    """Make one call; 429 and 5xx are made again after the pause that the answer names."""
    url, key = os.environ.get("LAGOM_URL", "").rstrip("/"), os.environ.get("LAGOM_KEY")
    if not url.endswith("/api/v1") or not key:
        raise SystemExit("Set LAGOM_URL (https://…/api/v1) and LAGOM_KEY: the page of API keys shows both.")
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    if method != "GET":
        headers["Idempotency-Key"] = hashlib.sha256(f"{method} {path} {time.time_ns()}".encode()).hexdigest()
    for left in reversed(range(tries)):
        request = urllib.request.Request(f"{url}/{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if not left or error.code not in (429, 500, 502, 503, 504):
                raise SystemExit(f"{method} {path}: {error.code} {error.read().decode()}") from None
            time.sleep(float(error.headers.get("Retry-After", 1)))
        except OSError as error:
            if not left:
                raise SystemExit(f"{method} {url}/{path}: nobody answers ({error})") from None
            time.sleep(1)
    raise AssertionError("the last try returned or ended the script")
