"""Keep what was decided about proposals, the orders that came of it, and what arrived."""

import django.db.models.deletion
import forecasting.models.uploads
from django.db import migrations, models

from tenants.isolation import protect, tie

PRODUCT, SUPPLIER, LOCATION = "forecasting_product", "forecasting_supplier", "forecasting_location"
PROPOSAL, ORDER, LINE = "forecasting_proposal", "forecasting_order", "forecasting_orderline"


class Migration(migrations.Migration):
    dependencies = [
        ("forecasting", "0004_terms"),
        ("tenants", "0003_address"),
    ]

    operations = [
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("units", models.FloatField()),
                ("received_on", models.DateField()),
                ("by", models.CharField(max_length=254)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(blank=True, max_length=254)),
            ],
        ),
        migrations.AddField(
            model_name="supplier",
            name="address",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="supplier",
            name="contact",
            field=models.CharField(blank=True, db_default="", max_length=300),
        ),
        migrations.AlterField(
            model_name="supplier",
            name="email",
            field=models.EmailField(blank=True, db_default="", max_length=254),
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=forecasting.models.uploads.UUIDv7(),
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.CharField(max_length=40)),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("sent", "Sent"),
                            ("partly", "Partly"),
                            ("received", "Received"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("message", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by", models.CharField(max_length=254)),
                ("ordered_on", models.DateField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("sent_by", models.CharField(blank=True, max_length=254)),
                ("sent_to", models.CharField(blank=True, max_length=254)),
                (
                    "mail",
                    models.CharField(
                        blank=True,
                        choices=[("", "None"), ("waiting", "Waiting"), ("sent", "Sent"), ("failed", "Failed")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("cancelled_at", models.DateTimeField(null=True)),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.location",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="tenants.organisation",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.supplier",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OrderCounter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.IntegerField()),
                ("last", models.IntegerField(default=0)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="tenants.organisation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("units", models.FloatField()),
                ("unit_cost", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("expected_on", models.DateField(null=True)),
                ("received", models.FloatField(default=0)),
                ("closed", models.BooleanField(default=False)),
                (
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.order",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="tenants.organisation",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.product",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "action",
                    models.CharField(
                        choices=[("accepted", "Accepted"), ("changed", "Changed"), ("ignored", "Ignored")], max_length=8
                    ),
                ),
                ("proposed", models.FloatField()),
                ("units", models.FloatField()),
                ("unit_cost", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("by", models.CharField(max_length=254)),
                ("decided_at", models.DateTimeField(auto_now_add=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(blank=True, max_length=254)),
                (
                    "organisation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="tenants.organisation",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.product",
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.proposal",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.orderline",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="inbound",
            name="line",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="forecasting.orderline",
            ),
        ),
        migrations.AddIndex(
            model_name="inbound",
            index=models.Index(fields=["organisation", "line"], name="inbound_by_line"),
        ),
        migrations.AddField(
            model_name="receipt",
            name="line",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="forecasting.orderline",
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="tenants.organisation",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["organisation", "state", "-created_at"], name="order_by_state"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(fields=("organisation", "number"), name="order_number_once"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")),
                fields=("organisation", "supplier", "location", "currency"),
                name="order_one_draft",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="ordercounter",
            constraint=models.UniqueConstraint(fields=("organisation", "year"), name="order_counter_once"),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(fields=["organisation", "product"], name="order_line_by_product"),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(fields=("organisation", "order", "product"), name="order_line_once"),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("units__gt", 0), ("units__lte", 1000000000.0)), name="order_line_units_sane"
            ),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(
                condition=models.Q(("received__gte", 0), ("received__lte", 1000000000.0)), name="order_line_received"
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["organisation", "product", "-decided_at"], name="decision_by_product"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)), fields=("organisation", "proposal"), name="decision_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("units__gte", 0), ("units__lte", 1000000000.0)), name="decision_units_sane"
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(fields=["organisation", "line"], name="receipt_by_line"),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("units__gt", 0), ("units__lte", 1000000000.0)), name="receipt_units_sane"
            ),
        ),
        migrations.RunSQL(
            f"ALTER TABLE {PROPOSAL} ADD CONSTRAINT {PROPOSAL}_own UNIQUE (organisation_id, id)",
            f"ALTER TABLE {PROPOSAL} DROP CONSTRAINT {PROPOSAL}_own",
        ),
        *protect(ORDER, root=True, supplier_id=SUPPLIER, location_id=LOCATION),
        *protect("forecasting_ordercounter", root=True),
        *protect(LINE, root=True, order_id=ORDER, product_id=PRODUCT),
        *protect("forecasting_receipt", line_id=LINE),
        *protect("forecasting_decision", proposal_id=PROPOSAL, product_id=PRODUCT, line_id=LINE),
        *tie("forecasting_inbound", line_id=LINE),
    ]
