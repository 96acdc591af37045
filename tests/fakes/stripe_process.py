"""Runs the small Stripe as a process, and steers it."""

import contextlib
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Steering:
    """What a test may do to it that Stripe's API does not have."""

    def __init__(self, address):
        self.address = address

    def _ask(self, what, **told):
        asked = urllib.request.Request(f"{self.address}/_fake/{what}", json.dumps(told).encode(), method="POST")
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.load(answer)

    def state(self):
        """All that it remembers: events, calls, objects, now."""
        return self._ask("state")

    def forget(self):
        self._ask("forget")

    def tell(self, url, secret):
        """Send messages to this address from now on."""
        self._ask("endpoint", url=url, secret=secret)

    def advance(self, days):
        return self._ask("advance", seconds=int(days * 86_400))

    def card(self, customer, state):
        self._ask("card", customer=customer, state=state)

    def dispute(self, charge):
        self._ask("dispute", charge=charge)

    def pay(self, session):
        """Press the button of a Checkout page, given by its name or its address."""
        return self._ask("pay", session=session.rpartition("/")[2])

    def every(self, kind):
        return [one for one in self.state()["objects"].values() if one["object"] == kind]


@contextlib.contextmanager
def running():
    """Start it, give its steering, and end it by closing its input."""
    line = [sys.executable, "-m", "tests.fakes.stripe_api"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(line, cwd=ROOT, **pipes) as process:
        try:
            yield Steering(process.stdout.readline().strip())
        finally:
            process.stdin.close()
            process.wait(10)
