"""People, firms and their rows for tests. Rows of a firm are made inside its scope: `with tenant_scope(firm.pk)`."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from forecasting import models as rows
from tenants.models import Membership, User
from tenants.services import organisations

PASSWORD = "a long enough word"


class UserFactory(DjangoModelFactory):
    """A person who can sign in with PASSWORD."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return model_class.objects.create_user(*args, password=kwargs.pop("password", PASSWORD), **kwargs)


def found(name="Acme", *, owner=None, **fields):
    """Found a firm, as the product does it."""
    place = {"country": "DE", "currency": "EUR", "time_zone": "Europe/Berlin", **fields}
    return organisations.found(by=owner or UserFactory(), name=name, **place)


def member(organisation, role, **person):
    """Make a person who has this role in the firm."""
    user = UserFactory(**person)
    Membership.objects.create(organisation=organisation, user=user, role=role)
    return user


class SupplierFactory(DjangoModelFactory):
    class Meta:
        model = rows.Supplier

    code = factory.Sequence(lambda n: f"SUP-{n}")
    name = "Mill"


class LocationFactory(DjangoModelFactory):
    class Meta:
        model = rows.Location

    code = factory.Sequence(lambda n: f"LOC-{n}")


class ChannelFactory(DjangoModelFactory):
    class Meta:
        model = rows.Channel

    code = factory.Sequence(lambda n: f"CH-{n}")


class ProductFactory(DjangoModelFactory):
    class Meta:
        model = rows.Product

    sku = factory.Sequence(lambda n: f"SKU-{n}")
    name = factory.LazyAttribute(lambda product: f"Thing {product.sku}")


class SaleFactory(DjangoModelFactory):
    class Meta:
        model = rows.Sale

    order_id = factory.Sequence(lambda n: f"ORDER-{n}")
    line_id = "1"
    product = factory.SubFactory(ProductFactory)
    sold_on = dt.date(2026, 11, 2)
    sold_at = factory.LazyAttribute(lambda sale: dt.datetime.combine(sale.sold_on, dt.time(12), dt.UTC))
    units = 3.0


class UploadFactory(DjangoModelFactory):
    class Meta:
        model = rows.Upload

    name = "sales.csv"
    size = 12
    sha256 = "0" * 64
    path = "nowhere/sales.csv"
    by = "alice@acme.example"


class RunFactory(DjangoModelFactory):
    class Meta:
        model = rows.Run

    freq = "W"
    as_of = dt.date(2026, 11, 16)
    starts_on = dt.date(2026, 11, 16)
    horizon = 2
    levels = [0.1, 0.5, 0.9]
    seed = 1
    data_hash = "0" * 64
    engine_version = "test"


class EventFactory(DjangoModelFactory):
    class Meta:
        model = rows.Event

    kind = "promotion"
    name = "Summer sale"
    first_day = dt.date(2026, 11, 20)
    last_day = dt.date(2026, 11, 22)
    by = "alice@acme.example"


class OverrideFactory(DjangoModelFactory):
    class Meta:
        model = rows.Override

    product = factory.SubFactory(ProductFactory)
    first_day = dt.date(2026, 11, 16)
    last_day = dt.date(2026, 11, 22)
    percent = 20.0
    reason = "a fair"
    by = "alice@acme.example"


class OneOffFactory(DjangoModelFactory):
    class Meta:
        model = rows.OneOff

    order_id = factory.Sequence(lambda n: f"BIG-{n}")
    line_id = "1"
    product = factory.SubFactory(ProductFactory)
    sold_on = dt.date(2026, 5, 3)
    units = 1200.0
    usual = 3.0


class ReplayFactory(DjangoModelFactory):
    class Meta:
        model = rows.Replay

    freq = "W"
    starts_on = dt.date(2025, 11, 3)
    ends_on = dt.date(2026, 10, 26)
    seed = 0
    inputs_hash = "0" * 64
    engine_version = "test"
    command = "python -m forecasting.planning replay DEMAND.csv"
    archive = b"PK"
    tries = 1
    seconds = 1.0

    @factory.lazy_attribute
    def result(self):
        arm = {"stock_units": 100.0, "stock_value": 1000.0, "fill": 0.9}
        row = {"unit": "", "baseline": 1000.0, "lagom": 800.0, "value": -200.0, "low": -300.0, "high": -100.0}
        row |= {"relative": -0.2, "relative_low": -0.3, "relative_high": -0.1, "verdict": "lower", "better": "yes"}
        fill = {**row, "name": "fill", "baseline": 0.9, "lagom": 0.95, "value": 0.05, "low": 0.01, "high": 0.09}
        fill |= {"verdict": "higher"}
        equal = {"measure": "fill", "kind": "stock_value", "fill": 0.9, "baseline": 1000.0, "lagom": 700.0}
        equal |= {"saved": 0.3, "low": 0.2, "high": 0.4, "verdict": "shown"}
        margin = {**row, "name": "margin", "relative": 0.06, "relative_low": 0.02, "relative_high": 0.1}
        days = [dt.date(2025, 11, 3) + dt.timedelta(7 * t) for t in range(52)]
        return {
            "counted_from": "2025-12-01",
            "warm_up_periods": 4,
            "baseline_is": "actual",
            "arms": {"baseline": arm, "lagom": arm},
            "differences": [{**row, "name": "stock_value"}, fill, {**row, "name": "holding_cost"}, margin],
            "readings_of_censored_demand": {},
            "products_worse_share": 0.25,
            "per_product": [
                {"sku": "SLOW-1", "baseline_stock": 1.0, "lagom_stock": 2.0, "baseline_fill": 1.0, "lagom_fill": 1.0,
                 "worse": True}
            ],
            "equal_service": [equal],
            "baseline_curve": [],
            "lagom_curve": [{"factor": 1.0, "fill": 0.9, "stock_units": 100.0, "stock_value": 1000.0}],
            "working_capital_freed": {"value": 200.0, "low": 100.0, "high": 300.0, "verdict": "lower"},
            "censored_share": 0.1,
            "challengers": {},
            "by_period": [
                {"date": day.isoformat(), "demand": 10.0, "baseline_stock": 9.0, "baseline_lost": 1.0,
                 "lagom_stock": 8.0, "lagom_lost": 0.5}
                for day in days
            ],
            "said": [],
        }  # fmt: skip
