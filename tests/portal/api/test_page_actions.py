"""What the pages can do, the API can do: every page that takes a form, each of its buttons, and the call that does it.

A page or button that is new fails here until it stands in DONE_BY with its call, or in FOR_PEOPLE with the reason why
no program shall do it.
"""

import csv
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

# Page → button ("" where it has but one) → the API's calls, each through the service that the page goes through.
DONE_BY = {
    "uploads_new": {"": "POST api_uploads"},
    "upload_confirm": {"": "POST api_upload_confirm"},
    "upload_by_hand": {"": "POST api_upload_by_hand"},
    "upload_undo": {"": "DELETE api_upload"},
    "product": {"": "PATCH api_product", "override": "POST api_overrides", "prices": "PUT api_price_breaks"},
    "supplier": {"": "PATCH api_supplier"},
    "locations": {"": "PUT api_locations"},
    "plans_decide": {
        "line": "POST api_plan_accept, POST api_plan_change",
        "ignore": "POST api_plan_ignore",
        "undo": "POST api_plan_undo",
        "ticked": "POST api_plan_decide",
        "all": "POST api_plan_decide",
        "supplier": "POST api_plan_decide",
        "supplier-ignore": "POST api_plan_decide",
    },
    "order_lines": {
        "add": "POST api_orders, POST api_order_lines",
        "save": "PATCH api_order_line",
        "remove": "DELETE api_order_line",
    },
    "order_send": {
        "mail": "POST api_order_send",
        "export": "POST api_order_send",
        "again": "POST api_order_send_again",
    },
    "order_end": {"": "POST api_order_cancel"},
    "order_receive": {
        "all": "POST api_order_receive",
        "typed": "POST api_order_receive",
        "undo": "DELETE api_order_receipt",
    },
    "production": {
        "centre": "POST api_work_centres",
        "centre_gone": "DELETE api_work_centre",
        "closed": "POST api_capacities",
        "open": "DELETE api_capacity",
        "routing": "POST api_routings",
        "routing_gone": "DELETE api_routing",
        "made": "PUT api_components",
    },
    "production_release": {"release": "POST api_plan_accept", "undo": "POST api_plan_undo"},
    "rates": {"": "PUT api_rates", "many": "PUT api_rates"},
    "rate_remove": {"": "DELETE api_rate"},
    "override_undo": {"": "DELETE api_override"},
    "oneoffs": {"apart": "POST api_oneoffs_decide", "normal": "POST api_oneoffs_decide"},
    "events": {"": "PUT api_events"},
    "event": {"": "PUT api_events"},
    "event_undo": {"": "DELETE api_event, PUT api_events"},
    "replays_new": {"": "POST api_replay"},
    "tuning_new": {"": "POST api_tuning"},
    "tuning_undo": {"": "DELETE api_tuning"},
    "jobs_run": {"": "POST api_runs"},
    "job_cancel": {"": "POST api_job_cancel, POST api_run_cancel"},
    "organisation": {
        "about": "PATCH api_organisation",
        "auto": "PATCH api_organisation",
        "rules": "PATCH api_policy",
        "channel": "PUT api_channels",
    },
    "webhooks": {"": "POST api_webhooks"},
    "webhook_remove": {"": "DELETE api_webhook"},
    "webhook_redeliver": {"": "POST api_webhook_redeliver"},
}
# Page → the API's calls that tell the same, or why none does.
TOLD_BY = {
    "home": "GET api_plan, GET api_money",
    "uploads": "GET api_uploads",
    "upload": "GET api_upload",
    "upload_bad_rows": "GET api_upload_errors",
    "products": "GET api_products",
    "product": "GET api_product, GET api_price_breaks, GET api_forecasts, GET api_plan",
    "plans": "GET api_plan, GET api_transfers",
    "plans_why": "GET api_plan",
    "plans_different": "for a reader who weighs one line: try it by changing a term and running again",
    "plans_inputs": "for whoever checks the arithmetic by hand, with the planner from the shell",
    "orders": "GET api_orders",
    "order": "GET api_order, GET api_order_receipts",
    "order_file": "GET api_order",
    "order_receive": "GET api_order",
    "ledger": "GET api_ledger",
    "production": "GET api_production, GET api_work_centres, GET api_capacities, GET api_routings, GET api_components",
    "money": "GET api_money",
    "money_channels": "GET api_money",
    "money_channel": "GET api_money, GET api_channels",
    "rates": "GET api_rates",
    "forecasts": "GET api_forecasts, GET api_run",
    "overrides": "GET api_overrides",
    "oneoffs": "GET api_oneoffs",
    "runs": "GET api_runs",
    "run": "GET api_run",
    "events": "GET api_events",
    "event": "GET api_events",
    "replays": "GET api_replay, GET api_replays, GET api_tuning",
    "replay": "GET api_replays",
    "replay_inputs": "for whoever checks the arithmetic by hand, with the planner from the shell",
    "claims": "what the trade says, in words, beside figures that GET api_money and GET api_replay tell",
    "jobs": "GET api_jobs",
    "job": "GET api_job",
    "suppliers": "GET api_suppliers",
    "supplier": "GET api_supplier",
    "locations": "GET api_locations",
    "organisation": "GET api_organisation, GET api_policy, GET api_channels",
    "webhooks": "GET api_webhooks",
    "webhook": "GET api_webhook_deliveries",
}
SIGN_IN = "how a person signs in and proves who they are; a program has its key"
WHO = "who may come in and as what: a key must not make others stronger than itself"
MONEY = "what a firm pays: an owner binds the firm by it"
CARE = "between a firm's owner and those who look after it: consent is a person's"
FOR_PEOPLE = {
    "account_": SIGN_IN,
    "mfa_": SIGN_IN,
    "usersessions_": SIGN_IN,
    "you": "a person's own account",
    "set_language": "the language in which a person reads pages; a program names it in Accept-Language",
    "organisation_new": "a person founds a firm; a key belongs to one",
    "organisation_switch": "which of several firms a person looks at; a key belongs to one",
    "member": WHO,
    "invitation": WHO,
    "api_keys": WHO,
    "billing": MONEY,
    "stripe_events": "for the payment provider, signed by it",
    "drop": "for programs already: files, without a key",
    "connection": "the keys of a firm's shops, which are given to the portal by people and never leave it",
    "consent": CARE,
    "portfolio": CARE,
    "visit_end": CARE,
    "leaving": "a firm is closed, or copied whole, by its owner, who confirms it as a person",
    "audit": "who did what, for the firm's owner: a key would read of itself and of people",
    "operator": "for the operator of the portal, who belongs to no firm",
}


def rows(name):
    with (ROOT / "tests" / name).open(newline="") as file:
        return list(csv.DictReader(file))


def taking_forms():
    """Name the pages that take a form from anybody; tests/test_access.py holds its matrix against the site."""
    return {
        row["route"]
        for row in rows("access_matrix.csv")
        if row["method"] == "POST" and set(row.values()) - {row["route"], "POST", "405"}
    }


def test_every_page_that_takes_a_form_has_its_call_or_a_reason_why_it_is_for_people():
    pages = taking_forms()
    for_people = {page for page in pages if page.startswith(tuple(FOR_PEOPLE))}
    assert pages - for_people == set(DONE_BY)


def test_every_page_that_tells_something_has_its_call_or_a_reason_why_it_is_for_people():
    pages = {
        row["route"]
        for row in rows("access_matrix.csv")
        if row["method"] == "GET" and {"200"} & set(row.values()) and not row["route"].startswith("api_")
    }
    for_people = {page for page in pages if page.startswith(tuple(FOR_PEOPLE))}
    files = {page for page in pages if page.removesuffix("_export") in TOLD_BY}  # what the page shows, as a file
    assert (pages - for_people - files) | (pages & set(TOLD_BY)) == set(TOLD_BY)
    idle = [start for start in FOR_PEOPLE if not any(page.startswith(start) for page in for_people | taking_forms())]
    assert not idle, "no page is meant by these"


def test_every_call_that_is_named_is_there_for_a_key_that_writes():
    works = {f"{row['method']} {row['route']}" for row in rows("api_matrix.csv") if row["key_write"] != "405"}
    named = [told for calls in DONE_BY.values() for told in calls.values()]
    named += [told for told in TOLD_BY.values() if told.startswith("GET ")]
    assert {call for told in named for call in told.split(", ")} - works == set()


OF = {  # the folder of templates in which a page's buttons stand, where it has several
    "product": "products",
    "plans_decide": "plans",
    "order_lines": "orders",
    "order_send": "orders",
    "order_receive": "orders",
    "production": "production",
    "production_release": "production",
    "rates": "rates",
    "oneoffs": "oneoffs",
    "organisation": "organisation",
}
BUTTON = re.compile(r'name="(?:do|form|decision)" value="([\w-]+)')
FOLDERS_FOR_PEOPLE = {"connections", "portfolio"}


def buttons():
    """Name every button of several in one form: its folder, and the word that it sends."""
    templates = ROOT / "templates"
    return {
        (path.relative_to(templates).parts[0], word)
        for path in templates.rglob("*.html")
        for word in BUTTON.findall(path.read_text())
    }


def test_every_button_of_a_page_with_several_has_its_call():
    told = {(OF[page], word) for page, calls in DONE_BY.items() if page in OF for word in calls if word}
    found = {(folder, word) for folder, word in buttons() if folder not in FOLDERS_FOR_PEOPLE}
    assert found == told


@pytest.mark.parametrize("page", [page for page, calls in DONE_BY.items() if len(calls) > 1])
def test_a_page_of_several_buttons_says_where_they_stand(page):
    assert page in OF
