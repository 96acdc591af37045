"""docs/billing.md lists every call that the gateway makes to Stripe, and against which fake it was tried."""

import ast
import re
from pathlib import Path

from tests.fakes.stripe_world import World

ROOT = Path(__file__).resolve().parents[3]
WORDS = {"retrieve": "GET", "list": "GET", "delete": "DELETE"}
# What test_localstripe.py calls through the gateway, or with the very parameters that the gateway uses.
TRIED_ELSEWHERE = {"customers.create", "subscriptions.retrieve", "subscriptions.update", "charges.list"}


def called():
    """Every `client.v1.….method(` of the gateway, by its own words."""
    tree = ast.parse((ROOT / "tenants/payments/stripe.py").read_text())
    names = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {name.removeprefix("client.v1.") for name in names if re.fullmatch(r"client\.v1\.[a-z_.]+", name)}


def listed():
    page = (ROOT / "docs/billing.md").read_text()
    return dict(re.findall(r"^\| `([a-z_.]+)` \| [^|]+ \| yes \| (yes|–) \|$", page, re.MULTILINE))


def test_every_call_is_listed_and_no_other():
    assert set(listed()) == called()


def test_the_list_says_which_calls_met_localstripe():
    assert {name for name, other in listed().items() if other == "yes"} == TRIED_ELSEWHERE


def test_the_small_stripe_answers_every_call():
    routes = {(method, re.sub(r"\(.*?\)", "X", pattern)) for method, pattern, _name in World.ROUTES}
    for name in called():
        *folders, verb = name.split(".")
        path = "/v1/" + "/".join(folders).replace("customers/", "customers/X/")
        path += {"create": "", "list": "", "retrieve": "/X", "update": "/X", "delete": "/X"}.get(verb, f"/X/{verb}")
        assert (WORDS.get(verb, "POST"), path) in routes, name
