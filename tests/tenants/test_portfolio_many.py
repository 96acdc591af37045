"""The pages about many firms ask the database as much for three hundred of them as for five."""

import csv
import datetime as dt
import io
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants.billing import life
from tenants.models import (
    Assignment,
    CreditEntry,
    Invoice,
    LimitState,
    ManagerNote,
    Organisation,
    OrganisationFigures,
    Subscription,
)
from tenants.services import billing, subscriptions
from tests.billed import manager_of
from tests.factories import UserFactory, found

PAGES = ("/portfolio/", "/portfolio/export.csv", "/portfolio/export.xlsx")
PLACE = {"country": "DE", "currency": "EUR", "time_zone": "Europe/Berlin"}
TODAY = dt.datetime.now(ZoneInfo(PLACE["time_zone"])).date()
BILL = {"year": 2026, "lines": [], "issued_on": TODAY - dt.timedelta(days=30), "due_on": TODAY - dt.timedelta(days=9)}
BILL |= {"net_cents": 9_900, "vat_bp": 0, "vat_cents": 0, "gross_cents": 9_900, "seller": {}, "buyer": {}}
BILL |= {"language": "en", "reference": "R", "vat_rule": "none"}


@pytest.fixture
def mia(acme):
    return manager_of(acme)


@pytest.fixture
def boss(monkeypatch):
    from portal.pages import health

    monkeypatch.setattr(health.checks, "read", lambda: {"worker": "ok"})
    return manager_of(email="boss@lagom.example", staff=True)


def fill_up(total, manager):
    """Let there be so many firms: of three one pays, owes and has credit, one tries, one has chosen nothing yet."""
    firms = [Organisation(name=f"Firm {n:03}", **PLACE) for n in range(Organisation.objects.count(), total)]
    Organisation.objects.bulk_create(firms)
    period = {"period_start": TODAY - dt.timedelta(days=1), "period_end": TODAY + dt.timedelta(days=29)}
    pays = [Subscription(organisation=firm, status="active", tier="growth", **period) for firm in firms[::3]]
    tries = [Subscription(organisation=f, status="trial", tier="scale", trial_end=TODAY) for f in firms[1::3]]
    Subscription.objects.bulk_create([*pays, *tries])
    ids = [firm.pk for firm in firms[::3]]
    Invoice.objects.bulk_create(Invoice(organisation_id=n, number=f"2026-{n}", sequence=n, **BILL) for n in ids)
    CreditEntry.objects.bulk_create(CreditEntry(organisation_id=n, cents=500) for n in ids)
    LimitState.objects.bulk_create(LimitState(organisation_id=n, name="products", over_since=TODAY) for n in ids)
    Assignment.objects.bulk_create(Assignment(organisation=firm, manager=manager) for firm in firms)
    OrganisationFigures.objects.bulk_create(
        OrganisationFigures(organisation=firm, failed_jobs=n % 3, used={"calls": n})
        for n, firm in enumerate(firms[:-1])
    )


def asked(browser, address):
    """Count what one answer asks of the database."""
    with CaptureQueriesContext(
        connection,
    ) as heard:
        answer = browser.get(address)
    assert answer.status_code == 200
    return len(heard), [query["sql"] for query in heard]


def test_three_hundred_firms_cost_no_more_questions_than_five(client_for, acme, mia, boss):
    hers, his = client_for(mia), client_for(boss)
    visits = [*((hers, page) for page in PAGES), (his, "/operator/"), (his, "/portfolio/"), (his, PAGES[1])]
    for browser, page in visits:
        browser.get(page)
    counted = {}
    for total in (5, 300):
        fill_up(total, mia.manages)
        counted[total] = [asked(browser, page) for browser, page in visits]
    few, many = ([n for n, _sql in counts] for counts in counted.values())
    assert few == many, counted[300]
    assert max(many) <= 30
    rows = list(csv.DictReader(io.StringIO(hers.get(PAGES[1]).content.decode("utf-8-sig"))))
    assert len(rows) == Organisation.objects.count() == Subscription.objects.count() == 300
    assert {row["Revenue a month (EUR)"] for row in rows if row["Tier"] == "growth" and row["Trial ends"] == ""} == {
        "99"
    }
    late = (dt.datetime.now(ZoneInfo(PLACE["time_zone"])).date() - BILL["due_on"]).days  # 10 if midnight has passed
    assert f"An invoice is {late} days late" in hers.get("/portfolio/").content.decode()


def test_page_of_one_firm_asks_as_much_with_sixty_notes_as_with_one(client_for, acme, mia):
    browser, address = client_for(mia), f"/portfolio/{acme.pk}/"
    browser.get(address)
    counts = []
    for n in (1, 59):
        ManagerNote.objects.bulk_create(ManagerNote(organisation=acme, by=mia.email, text="Called") for _ in range(n))
        counts.append(asked(browser, address)[0])
    assert counts[0] == counts[1]


def test_operator_page_asks_as_much_with_many_managers(client_for, acme, boss):
    browser = client_for(boss)
    browser.get("/operator/")
    before = asked(browser, "/operator/")[0]
    for n in range(12):
        manager_of(found(f"Firm {n}", owner=UserFactory()), email=f"m{n}@lagom.example")
    assert asked(browser, "/operator/")[0] == before


def test_trials_begun_together_are_those_begun_alone_and_leave_what_was_chosen(acme, rival):
    Subscription.objects.filter(organisation=acme).delete()
    Subscription.objects.filter(organisation=rival).update(tier="starter", status="free", trial_end=None)
    begun = subscriptions.begin_each([acme, rival])
    assert begun[acme.pk].trial_end == life.trial(subscriptions.today_of(acme)).trial_end
    assert (begun[rival.pk].tier, begun[rival.pk].status) == ("starter", "free")
    assert billing.summary(acme).status == "trial"
