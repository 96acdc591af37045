"""The replay page and its job: a past that was loaded is lived again, published once, and told with its interval."""

import csv
import datetime as dt
import io
import json
import zipfile

import numpy as np
import pytest

from forecasting import jobs
from forecasting import models as rows
from forecasting.models import Job, Lane, Replay
from forecasting.planning.__main__ import main
from forecasting.services import catalogue, past, progress
from tenants.isolation import tenant_scope
from tenants.models import AuditEntry
from tests.factories import LocationFactory, ProductFactory, ReplayFactory, SupplierFactory, UploadFactory

START = dt.date(2025, 6, 2)
WEEKS = 48


def lived_firm(n=6, counted=True):
    """Sales of a year, weekly counts, an order a fortnight; every product counted as it should be, one never sold."""
    rng = np.random.default_rng(3)
    supplier, place = SupplierFactory(lead_time_days=14, review_days=7), LocationFactory()
    unsold = ProductFactory(sku="UNSOLD", supplier=supplier)
    if counted:
        days = [START + dt.timedelta(7 * week + 6) for week in range(WEEKS)]
        rows.StockCount.objects.bulk_create(
            rows.StockCount(product=unsold, location=place, counted_at=day, on_hand=9) for day in days
        )
    for i in range(n):
        product = ProductFactory(sku=f"P{i}", supplier=supplier, unit_cost=4 + i, unit_price=10 + i, category="towels")
        stock, sales, counts, came = 80.0, [], [], []
        for week in range(WEEKS):
            day = START + dt.timedelta(7 * week)
            if week % 2 == 0 and week:
                stock += 24
                came.append((day - dt.timedelta(15), day))
            sold = float(min(rng.poisson(11), stock))
            stock -= sold
            if sold:
                sales.append((day + dt.timedelta(2), sold))
            counts.append((day + dt.timedelta(6), stock))
        rows.Sale.objects.bulk_create(
            rows.Sale(
                order_id=f"{i}-{day}", line_id="1", product=product, sold_on=day, units=units,
                sold_at=dt.datetime.combine(day, dt.time(12), dt.UTC),
            )
            for day, units in sales
        )  # fmt: skip
        rows.Inbound.objects.bulk_create(
            rows.Inbound(order_ref=f"{i}-{b}", product=product, location=place, units=24, ordered_on=a, expected_on=b,
                         received_on=b)
            for a, b in came
        )  # fmt: skip
        if counted:
            rows.StockCount.objects.bulk_create(
                rows.StockCount(product=product, location=place, counted_at=day, on_hand=left) for day, left in counts
            )


def job_of(firm, **details):
    Lane.objects.get_or_create(organisation=firm)
    window = {"start": "2025-12-01", "end": "2026-04-27", **details}
    return Job.objects.create(kind="replay", organisation=firm, state=Job.State.RELEASED, details=window, by="alice")


@pytest.fixture
def lived(committed_db, acme):
    with tenant_scope(acme.pk):
        lived_firm()
    return acme


def test_past_is_lived_again_told_and_computed_alike_from_its_files(
    lived, client_for, victor, tmp_path, rival, charlie, bob
):
    with tenant_scope(lived.pk):
        catalogue.change_terms(product=rows.Product.objects.get(sku="P5"), by=bob, terms={"status": "discontinued"})
        given_up = AuditEntry.objects.order_by("-pk")[0].at.astimezone(dt.UTC).date()
    job = job_of(lived, least_days=14, most_days=42)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.DONE, None)
    with tenant_scope(lived.pk):
        found = Replay.objects.get()
    assert found.result["baseline_is"] == "actual"
    assert set(found.result["challengers"]) == {"stated", "tuned"}
    assert (found.tries, found.result["products"]) == (1, 6)
    page = client_for(victor).get("/replays/").content.decode()
    assert "What if we had followed the plan last year?" in page
    assert "What you did" in page and "Owners and planners can start a replay." in page
    packed = client_for(victor).get(f"/replays/{found.pk}/inputs.zip").content
    with zipfile.ZipFile(io.BytesIO(packed)) as box:
        box.extractall(tmp_path)
    with (tmp_path / "INBOUND.csv").open(newline="") as file:
        coming = list(csv.DictReader(file))
    # The window opens in the first week of December. Of the orders, one a fortnight and 15 days on their way, that of
    # 30 November is out; the next is placed on 14 December and may not be known.
    assert {line["arrives_on"] for line in coming} == {"2025-12-15"}
    # P5 was given up long after the window: that is told, and nobody knew it then.
    assert (tmp_path / "ENDED.csv").read_text() == f"sku,announced_on\nP5,{given_up}\n"
    assert "--ended ENDED.csv" in found.command
    assert len(coming) == 6
    words = found.command.split()[4:]
    told = [str(tmp_path / word) if word.endswith((".csv", ".json")) else word for word in words]
    assert main(["replay", *told]) == 0
    assert json.loads((tmp_path / "REPLAY.json").read_text()) == found.result
    for form in ("csv", "xlsx"):
        assert client_for(victor).get(f"/replays/{found.pk}/export.{form}").status_code == 200
    assert client_for(charlie).get(f"/replays/{found.pk}/").status_code == 404
    assert "What you did" not in client_for(charlie).get("/replays/").content.decode()
    claims = client_for(victor).get("/claims/").content.decode()
    assert "Holding cost" in claims and "15 days" in claims


def test_a_product_is_known_to_be_given_up_from_the_day_on_which_a_file_or_somebody_said_so(acme, bob):
    with tenant_scope(acme.pk):
        for sku, status in (("BOUGHT", "active"), ("BEFORE", "discontinued"), ("FILE", "discontinued")):
            ProductFactory(sku=sku, status=status)
        for month, before in ((3, "active"), (5, "active"), (7, "discontinued")):
            upload = UploadFactory()
            rows.Upload.objects.filter(pk=upload.pk).update(created_at=dt.datetime(2026, month, 4, tzinfo=dt.UTC))
            rows.ReplacedRow.objects.create(
                upload=upload, table="forecasting_product", row=1, before={"sku": "FILE", "status": before}
            )
        here = ProductFactory(sku="HERE")
        catalogue.change_terms(product=here, by=bob, terms={"status": "discontinued"})
        found = past.given_up()
        assert found == {"FILE": dt.date(2026, 5, 4), "HERE": dt.datetime.now(dt.UTC).date()}
        catalogue.change_terms(product=here, by=bob, terms={"status": "active"})
        assert set(past.given_up()) == {"FILE"}


def test_one_off_orders_are_demand_of_neither_arm(lived):
    day = dt.date(2026, 1, 14)
    with tenant_scope(lived.pk):
        product, place = rows.Product.objects.get(sku="P0"), rows.Location.objects.get()
        rows.Sale.objects.create(
            order_id="HOTEL", line_id="1", product=product, sold_on=day, units=900, customer_ref="hotel",
            sold_at=dt.datetime.combine(day, dt.time(12), dt.UTC),
        )  # fmt: skip
        rows.Inbound.objects.create(
            order_ref="HOTEL", product=product, location=place, units=900,
            ordered_on=day - dt.timedelta(9), expected_on=day, received_on=day,
        )  # fmt: skip
    job = job_of(lived)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.DONE, None)
    with tenant_scope(lived.pk):
        packed = Replay.objects.get().archive
    with zipfile.ZipFile(io.BytesIO(bytes(packed))) as box:
        sold, did = (
            list(csv.DictReader(io.StringIO(box.read(name).decode()))) for name in ("DEMAND.csv", "ACTUAL.csv")
        )
    assert max(float(line["units"] or 0) for line in sold) < 100
    assert max(float(line["received"]) for line in did) < 100
    assert max(float(line["ordered"]) for line in did) < 100


def test_attempt_that_lost_its_lease_publishes_nothing_and_the_next_one_does(lived, monkeypatch):
    job = job_of(lived)
    honest = progress.reporter

    def robbed(held):
        Job.objects.filter(pk=held.pk).update(attempt=2)
        return honest(held)

    monkeypatch.setattr(progress, "reporter", robbed)
    jobs.run(job.pk)
    with tenant_scope(lived.pk):
        assert not Replay.objects.exists()
    monkeypatch.setattr(progress, "reporter", honest)
    Job.objects.filter(pk=job.pk).update(state=Job.State.RELEASED, lease_until=None)
    jobs.run(job.pk)
    with tenant_scope(lived.pk):
        assert Replay.objects.count() == 1


def test_cancelled_replay_leaves_nothing(lived, monkeypatch):
    def stopped(held):
        def report(done, total):
            raise progress.CancelledError

        return report

    monkeypatch.setattr(progress, "reporter", stopped)
    job = job_of(lived)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    with tenant_scope(lived.pk):
        assert not Replay.objects.exists()


def test_too_little_history_is_said_in_words(lived, client_for, alice):
    job = job_of(lived, start="2025-06-02", end="2025-07-14")
    jobs.run(job.pk)
    page = client_for(alice).get("/replays/").content.decode()
    assert "The last replay did not end well" in page and "Too little history" in page


def test_without_sales_the_page_says_what_to_do(acme, client_for, alice):
    page = client_for(alice).get("/replays/").content.decode()
    assert "There is no past to live again yet" in page and "Live these days again" not in page


def test_planner_starts_one_replay_however_often_the_button_is_pressed(acme, client_for, bob, victor):
    asked = {"start": "2025-12-01", "end": "2026-04-27", "rule": "cover", "most_weeks": "6"}
    for _ in range(2):
        assert client_for(bob).post("/replays/new/", asked).status_code == 302
    job = Job.objects.get(kind="replay")
    assert job.details == {"start": "2025-12-01", "end": "2026-04-27", "least_days": 42.0, "most_days": 42.0}
    assert client_for(victor).post("/replays/new/", asked).status_code == 403


def test_a_rule_may_differ_by_class_and_its_classes_are_those_of_the_year_before(lived, client_for, bob):
    asked = {
        "start": "2025-12-01",
        "end": "2026-04-27",
        "rule": "bounds",
        "least_weeks": "2",
        "most_weeks": "3/ 5,5 /9",
    }
    assert client_for(bob).post("/replays/new/", asked).status_code == 302
    job = Job.objects.get(kind="replay")
    most = {"A": 21.0, "B": 38.5, "C": 63.0}
    assert job.details["classes"] == {k: {"least_days": 14.0, "most_days": days} for k, days in most.items()}
    with tenant_scope(lived.pk):  # one product sells a tenth of the others' in the year before, and most of all later
        rows.Sale.objects.filter(product__sku="P0").update(units=1)
        rows.Sale.objects.filter(product__sku="P0", sold_on__gte=dt.date(2025, 12, 4)).update(units=90)
    job = job_of(lived, classes=job.details["classes"])
    jobs.run(job.pk)
    with tenant_scope(lived.pk):
        found = Replay.objects.get()
    with zipfile.ZipFile(io.BytesIO(bytes(found.archive))) as box:
        rule = {line["sku"]: line for line in csv.DictReader(io.StringIO(box.read("RULE.csv").decode()))}
    # Each of the others earns 6 on some 11 a week, P0 on 1: it begins at 98 % of what all earn, the fifth below 80.
    assert [float(rule[f"P{i}"]["max_days"]) for i in range(6)] == [63.0, *[21.0] * 5]
    assert {line["min_days"] for line in rule.values()} == {"14.0"}
    page = client_for(bob).get("/replays/").content.decode()
    assert "A: at 2 weeks, up to 3; B: at 2 weeks, up to 5.5; C: at 2 weeks, up to 9" in page
    beside = page.split('id="figures-stated"')[1]
    assert "delivering the same" in beside.split("<table")[0] or "It cannot be told" in beside.split("<table")[0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"start": "2026-01-05", "end": "2025-01-05"}, "The last day must come after the first."),
        ({"start": "2026-01-05", "end": "2026-04-05", "rule": "cover"}, "Say how many weeks."),
        (
            {"start": "2026-01-05", "end": "2026-04-05", "rule": "bounds", "least_weeks": "5", "most_weeks": "2"},
            "The minimum cannot be above the maximum.",
        ),
        (
            {"start": "2026-01-05", "end": "2026-04-05", "rule": "bounds", "least_weeks": "4", "most_weeks": "9/5/3"},
            "The minimum cannot be above the maximum.",
        ),
        (
            {"start": "2026-01-05", "end": "2026-04-05", "rule": "cover", "most_weeks": "3/5"},
            "One number from 0 to 260, or three such as 3 / 5 / 8.",
        ),
        (
            {"start": "2026-01-05", "end": "2026-04-05", "rule": "cover", "most_weeks": "nan"},
            "One number from 0 to 260, or three such as 3 / 5 / 8.",
        ),
    ],
)
def test_form_says_what_is_wrong(acme, client_for, alice, asked, said):
    with tenant_scope(acme.pk):
        lived_firm(n=1, counted=False)
    answer = client_for(alice).post("/replays/new/", asked)
    assert answer.status_code == 422 and said in answer.content.decode()


def test_interval_is_told_in_words_and_cannot_tell_is_printed(acme, client_for, alice):
    with tenant_scope(acme.pk):
        found = ReplayFactory()
    page = client_for(alice).get("/replays/").content.decode()
    assert "would have needed 30% less stock" in page and "between 20% less stock and 40% less stock" in page
    with tenant_scope(acme.pk):
        found.result["equal_service"][0] |= {"saved": 0.02, "low": -0.1, "high": 0.1, "verdict": "cannot tell"}
        found.save()
    page = client_for(alice).get("/replays/").content.decode()
    assert "Cannot tell" in page and "could be either" in page
    assert "Money in stock, by its own rules: €200 freed, in nine of ten cases between €100 freed and €300" in page
    with tenant_scope(acme.pk):
        found.result["working_capital_freed"] |= {"value": -50.0, "low": -200.0}
        found.save()
    page = client_for(alice).get("/replays/").content.decode()
    assert "€50 more bound, in nine of ten cases between €200 more bound and €300 freed" in page


def test_claims_say_what_is_shown_not_shown_and_missing(acme, client_for, alice):
    page = client_for(alice).get("/claims/").content.decode()
    assert page.count("Not measurable yet") == 5 and "a replay of your past" in page
    with tenant_scope(acme.pk):
        found = ReplayFactory()
    page = client_for(alice).get("/claims/").content.decode()
    assert page.count("Shown here") == 3 and page.count("Not measurable yet") == 2
    assert "−30 %" in page and "−12 % … −18 %" in page and "with costs" not in page
    with tenant_scope(acme.pk):
        found.result["equal_service"][0] |= {"products": 17, "share": 0.91}
        found.result["priced"] = {"margin": {"products": 15, "share": 0.79}}
        found.save()
    page = client_for(alice).get("/claims/").content.decode()
    assert page.count("on 17 products with costs, 91% of the pieces wanted") == 2
    assert page.count("Shown here") == 2 and "at least 80 % of the pieces wanted" in page
    with tenant_scope(acme.pk):
        found.result["priced"] = {"margin": {"products": 15, "share": 0.81}}
        found.save()
    assert "on 15 products with costs, 81% of the pieces" in client_for(alice).get("/claims/").content.decode()
    with tenant_scope(acme.pk):
        found.result["equal_service"][0] |= {"saved": 0.0001, "low": -0.1, "high": 0.1}
        found.save()
    page = client_for(alice).get("/claims/").content.decode()
    assert page.count("Not shown here") == 2 and "−0 %" not in page and "+0 %" not in page
