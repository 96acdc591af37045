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
