"""The portfolio: sums and dates of each firm, what needs care first, and actions that its owner can read."""

import csv
import datetime as dt
import io
import re
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone

from forecasting.models import Job, ProductMoney, Upload
from forecasting.services import figures
from tenants.isolation import tenant_scope
from tenants.models import Assignment, AuditEntry, Invitation, Membership, Organisation, OrganisationFigures, Usage
from tenants.services import billing, portfolio, usage
from tests.billed import manager_of, nothing
from tests.factories import ProductFactory, RunFactory, SaleFactory, UploadFactory, found

NOW = timezone.now()


@pytest.fixture(autouse=True)
def bills(monkeypatch):
    return nothing(monkeypatch)


@pytest.fixture
def mia(acme):
    return manager_of(acme)


def log_of(firm):
    with tenant_scope(firm.pk):
        return [(e.actor, e.action, e.reason) for e in AuditEntry.objects.order_by("pk")]


def cares(firm, bill, **told):
    return [care.words for care in portfolio.cares(firm, OrganisationFigures(organisation=firm, **told), bill, NOW)]


def test_reasons_come_in_words_the_most_urgent_first(acme, bills):
    long_ago = NOW - dt.timedelta(days=20)
    assert cares(acme, bills, last_upload_at=NOW, last_run_at=NOW, readiness=90, adherence=80) == []
    told = {"last_upload_at": long_ago, "last_run_at": long_ago, "readiness": 40, "adherence": 10, "failed_jobs": 1}
    assert cares(acme, bills, **told, at_risk=Decimal(5), failed_imports=2) == [
        "1 job failed in 14 days",
        "2 imports failed in 14 days",
        "No plan for 20 days",
        "No upload for 20 days",
        "Data are 40 % ready",
        "Follows 10 % of the plan",
        "Sales at risk of stock-outs",
    ]


def test_late_invoice_and_the_end_of_a_trial_need_care(acme, monkeypatch):
    from tenants.models import Invoice

    late = Invoice(due_on=NOW.date() - dt.timedelta(days=3), gross_cents=100)
    bill = nothing(monkeypatch, status="trial", trial_end=NOW.date() + dt.timedelta(days=4), unpaid=[late])
    assert cares(acme, bill, last_upload_at=NOW) == ["An invoice is 3 days late", "Trial ends in 4 days"]


def test_manager_sees_the_own_firms_ranked_and_no_other(client_for, acme, mia):
    calm, rival = found("Calm"), found("Rival firm")
    Assignment.objects.create(organisation=calm, manager=mia.manages)
    OrganisationFigures.objects.create(organisation=acme, failed_jobs=2, last_upload_at=NOW)
    OrganisationFigures.objects.create(organisation=calm, last_upload_at=NOW)
    page = client_for(mia).get("/portfolio/").content.decode()
    assert page.index("Acme") < page.index("Calm")
    assert "2 jobs failed in 14 days" in page
    assert rival.name not in page
    assert "Calm" not in client_for(mia).get("/portfolio/?care=failed").content.decode().split("<tbody")[1]


def test_portfolio_never_opens_a_firm(client_for, acme, mia, monkeypatch):
    browser = client_for(mia)
    browser.get("/portfolio/")

    def refuse(*args, **kwargs):
        raise AssertionError("a scope was opened")

    monkeypatch.setattr("tenants.isolation._set", refuse)
    assert browser.get("/portfolio/").status_code == 200
    assert browser.get(f"/portfolio/{acme.pk}/").status_code == 200
    assert browser.get("/portfolio/export.xlsx").status_code == 200


def test_export_has_the_filtered_firms_with_their_reasons(client_for, acme, mia):
    OrganisationFigures.objects.create(organisation=acme, failed_jobs=1, last_upload_at=NOW, at_risk=Decimal("12.50"))
    body = client_for(mia).get("/portfolio/export.csv?care=failed").content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(body))
    assert row["Firm"] == "Acme"
    assert row["Needs care because"].startswith("1 job failed")
    assert (row["Sales at risk"], row["Revenue a month (EUR)"]) == ("12.5", "99")


def test_firm_of_another_manager_is_not_there(client_for, acme, rival, mia):
    browser = client_for(mia)
    for address in (f"/portfolio/{rival.pk}/", "/portfolio/999999/", f"/portfolio/{rival.pk}/note/"):
        assert browser.get(address).status_code in {404, 405}
    assert browser.post(f"/portfolio/{rival.pk}/suspend/", {"reason": "because"}).status_code == 404
    assert browser.post(f"/portfolio/{acme.pk}/nonsense/", {"reason": "because"}).status_code == 404


def test_figures_are_sums_that_the_firms_own_job_wrote(acme):
    with tenant_scope(acme.pk):
        product = ProductFactory(unit_cost=2)
        SaleFactory(product=product)
        run = RunFactory()
        ProductMoney.objects.create(run_id=run.pk, product=product, stock_value=70, freed=20)
        UploadFactory(state=Upload.State.DONE)
    for kind in ("load", "run", "run"):
        Job.objects.create(kind=kind, organisation=acme, state=Job.State.FAILED, finished_at=timezone.now())
    figures.write_safely(acme.pk)
    told = OrganisationFigures.objects.get(organisation=acme)
    assert (told.products, told.stock_value, told.excess) == (1, 70, 20)
    assert (told.failed_imports, told.failed_jobs) == (1, 2)
    assert told.last_upload_at is not None
    assert told.sales_until == dt.date(2026, 11, 2)


# ── What a manager does ──


def test_suspending_and_reactivating_has_a_reason_that_the_owner_reads(client_for, acme, mia, alice):
    browser = client_for(mia)
    assert browser.post(f"/portfolio/{acme.pk}/suspend/", {"reason": "x"}).status_code == 422
    browser.post(f"/portfolio/{acme.pk}/suspend/", {"reason": "Does not answer"})
    acme.refresh_from_db()
    assert (acme.state, acme.state_reason) == (Organisation.State.SUSPENDED, "Does not answer")
    assert client_for(alice).get("/plans/").status_code == 403
    browser.post(f"/portfolio/{acme.pk}/reactivate/", {"reason": "Has answered"})
    assert client_for(alice).get("/plans/").status_code == 200
    assert log_of(acme)[-2:] == [
        ("mia@lagom.example", "firm.suspended", "Does not answer"),
        ("mia@lagom.example", "firm.reactivated", "Has answered"),
    ]
    assert "Does not answer" in client_for(alice).get("/audit/").content.decode()


def test_note_is_shown_to_the_manager_and_in_the_owners_log(client_for, acme, mia):
    browser = client_for(mia)
    browser.post(f"/portfolio/{acme.pk}/note/", {"text": "Called about the import"})
    assert "Called about the import" in browser.get(f"/portfolio/{acme.pk}/").content.decode()
    assert ("mia@lagom.example", "firm.noted", "Called about the import") in log_of(acme)


def test_firm_given_to_another_manager_is_gone_from_here(client_for, acme, mia):
    max_ = manager_of(email="max@lagom.example")
    browser = client_for(mia)
    browser.post(f"/portfolio/{acme.pk}/assign/", {"manager": max_.manages.pk, "reason": "Holidays"})
    assert browser.get(f"/portfolio/{acme.pk}/").status_code == 404
    assert client_for(max_).get(f"/portfolio/{acme.pk}/").status_code == 200


def test_onboarding_founds_the_firm_invites_its_owner_and_lets_the_manager_in_nowhere(
    client_for, mia, django_capture_on_commit_callbacks
):
    said = {"name": "Newcomer", "country": "DE", "time_zone": "Europe/Berlin", "language": "en"}
    said |= {"owner": "olga@new.example", "reason": "Signed at the fair"}
    browser = client_for(mia)
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post("/portfolio/new/", said).status_code == 302
    firm = Organisation.objects.get(name="Newcomer")
    assert firm.currency == "EUR"
    assert not Membership.objects.filter(organisation=firm).exists()
    assert Invitation.objects.get(organisation=firm).role == "owner"
    assert [letter.to for letter in mail.outbox] == [["olga@new.example"]]
    assert "/invitations/" in mail.outbox[0].body
    assert firm.assignment.manager == mia.manages
    assert browser.get("/products/").status_code == 404
    assert ("mia@lagom.example", "firm.onboarded", "Signed at the fair") in log_of(firm)


@pytest.mark.parametrize(
    ("action", "said", "called", "told"),
    [
        ("tier", {"tier": "scale", "interval": "year"}, "change_tier", {"tier": "scale", "interval": "year"}),
        ("trial", {"days": "14"}, "extend_trial", {"days": 14}),
        ("discount", {"percent": "20", "months": "3"}, "grant_discount", {"percent": 20, "months": 3}),
        ("credit", {"amount": "12.34"}, "grant_credit", {"cents": 1234}),
    ],
)
def test_money_of_a_firm_is_changed_by_billing_with_the_reason(
    client_for, acme, mia, monkeypatch, action, said, called, told
):
    heard = []
    monkeypatch.setattr(billing, called, lambda **given: heard.append(given))
    client_for(mia).post(f"/portfolio/{acme.pk}/{action}/", said | {"reason": "As agreed"})
    assert heard == [told | {"organisation": acme, "by": mia, "reason": "As agreed"}]


# ── The operator ──


def test_operator_sees_all_firms_and_the_state_of_the_work(client_for, acme, rival, mia, monkeypatch):
    from portal.pages import health

    monkeypatch.setattr(health.checks, "read", lambda: {"worker": "ok"})
    Job.objects.create(kind="run", organisation=rival, state=Job.State.FAILED, finished_at=timezone.now())
    boss = client_for(manager_of(email="boss@lagom.example", staff=True))
    page = boss.get("/operator/").content.decode()
    assert "mia@lagom.example" in page
    assert "Growth" in page
    listed = boss.get("/portfolio/").content.decode()
    assert "Acme" in listed
    assert "Rival" in listed
    assert client_for(mia).get("/operator/").status_code == 404


def test_operator_books_a_transfer_for_an_invoice(client_for, acme, monkeypatch):
    from tests.tenants.test_leaving import invoice_of

    heard, invoice = [], invoice_of(acme)
    monkeypatch.setattr(billing, "book_payment", lambda **given: heard.append(given))
    boss = manager_of(email="boss@lagom.example", staff=True)
    said = {"invoice": invoice.number, "amount": "1.00", "on": "2026-11-23", "reference": "R1"}
    assert client_for(boss).post("/operator/payments/", said).status_code == 302
    on = dt.date(2026, 11, 23)
    assert heard == [{"invoice": invoice, "cents": 100, "on": on, "by": boss, "reference": "R1"}]


def test_operator_appoints_and_dismisses_managers(client_for, acme, alice):
    boss = client_for(manager_of(email="boss@lagom.example", staff=True))
    assert boss.post("/operator/managers/", {"email": "nobody@x.example"}).status_code == 422
    boss.post("/operator/managers/", {"email": alice.email})
    alice.refresh_from_db()
    assert alice.manages.active
    boss.post(f"/operator/managers/{alice.manages.pk}/dismiss/")
    alice.manages.refresh_from_db()
    assert not alice.manages.active


def test_operator_reads_what_each_tier_uses_and_the_export_what_each_firm_does(client_for, acme, rival, mia):
    for firm, calls in ((acme, 700), (rival, 30)):
        with tenant_scope(firm.pk):
            for what, n in (("calls", calls), ("series", 5), ("planned", 12), ("storage", 2048)):
                usage.count(what, n)
            old = usage.today() - dt.timedelta(days=30)
            Usage.objects.create(day=old, what="calls", n=10_000)  # a day too long ago
            Usage.objects.create(day=old + dt.timedelta(days=1), what="planned", n=99)  # not the newest
        figures.write(firm)
    Organisation.objects.update(tier="growth")
    page = client_for(manager_of(email="boss@lagom.example", staff=True)).get("/operator/").content.decode()
    row = re.search(r"<th scope=\"row\">Growth</th>.*?</tr>", page, re.DOTALL).group()
    assert re.findall(r"<td[^>]*>([^<]*)</td>", row)[-4:-1] == ["24", "10", "730"]
    body = client_for(mia).get("/portfolio/export.csv").content.decode("utf-8-sig")
    (told,) = csv.DictReader(io.StringIO(body))
    assert (told["API calls in 30 days"], told["Products planned"]) == ("700", "12")
