"""Tells a container engine whether this web server reaches database and broker; workers have checks of their own."""

import json
import os
import sys
import urllib.error
import urllib.request


def main() -> None:
    """Ask /healthz under a name that the site answers to, and exit with 1 unless both answer."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".") or "localhost"
    request = urllib.request.Request("http://127.0.0.1:8000/healthz", headers={"Host": host})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as reply:
            answer = json.load(reply)
    except urllib.error.HTTPError as error:
        answer = json.load(error)  # 503, with the reason as JSON
    sys.exit(0 if answer["database"] == answer["broker"] == "ok" else f"not healthy: {answer}")


if __name__ == "__main__":
    main()
