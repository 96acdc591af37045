"""Keep what is known of the future, what people expect, what stands out, and how good forecasts were."""

import django.contrib.postgres.fields
import django.db.models.deletion
import forecasting.models.uploads
from django.db import migrations, models

from tenants.isolation import protect


class Migration(migrations.Migration):
    dependencies = [
        ("forecasting", "0005_orders"),
        ("tenants", "0003_address"),
    ]

    operations = [
        migrations.AddField(
            model_name="productforecast",
            name="backtest",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="productforecast",
            name="bias_units",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="productforecast",
            name="changes",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="productforecast",
            name="coverage",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="productforecast",
            name="naive_rmsse",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="productforecast",
            name="own_mean",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), null=True, size=None),
        ),
        migrations.AddField(
            model_name="productforecast",
            name="recovered",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="productforecast",
            name="refusals",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="productforecast",
            name="refused",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="productforecast",
            name="rmsse",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="productforecast",
            name="tested",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="productforecast",
            name="weight",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("promotion", "Promotion"),
                            ("price", "Price"),
                            ("closure", "Closure"),
                            ("supplier", "Supplier"),
                        ],
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("skus", models.JSONField(blank=True, default=list)),
                ("categories", models.JSONField(blank=True, default=list)),
                ("percent", models.FloatField(blank=True, null=True)),
                ("price", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("by", models.CharField(max_length=254)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
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
            options={
                "indexes": [models.Index(fields=["organisation", "last_day"], name="event_by_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))), name="event_days"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("percent", None), ("percent__gt", -100), _connector="OR"),
                        name="event_percent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FittedModel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("freq", models.CharField(max_length=1)),
                ("key", models.CharField(max_length=64)),
                ("starts_on", models.DateField()),
                ("as_of", models.DateField()),
                ("data_hash", models.CharField(max_length=64)),
                ("fitted_at", models.DateTimeField(auto_now_add=True)),
                ("body", models.BinaryField()),
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
            options={
                "constraints": [models.UniqueConstraint(fields=("organisation", "freq"), name="fitted_model_once")],
            },
        ),
        migrations.CreateModel(
            name="OneOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order_id", models.CharField(max_length=100)),
                ("line_id", models.CharField(max_length=200)),
                ("sold_on", models.DateField()),
                ("units", models.FloatField()),
                ("usual", models.FloatField(blank=True, null=True)),
                ("customer_ref", models.CharField(blank=True, max_length=200)),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("", "Open"), ("apart", "Apart"), ("normal", "Normal")],
                        default="",
                        max_length=6,
                    ),
                ),
                ("by", models.CharField(blank=True, max_length=254)),
                ("decided_at", models.DateTimeField(null=True)),
                ("found_at", models.DateTimeField(auto_now_add=True)),
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
            options={
                "indexes": [models.Index(fields=["organisation", "product"], name="one_off_by_product")],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "order_id", "line_id"), name="one_off_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Override",
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
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("units", models.FloatField(blank=True, null=True)),
                ("percent", models.FloatField(blank=True, null=True)),
                ("reason", models.CharField(max_length=300)),
                ("by", models.CharField(max_length=254)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(blank=True, max_length=254)),
                ("engine_units", models.FloatField(blank=True, null=True)),
                ("own_units", models.FloatField(blank=True, null=True)),
                ("actual_units", models.FloatField(blank=True, null=True)),
                ("sold_out", models.BooleanField(default=False)),
                ("scored_at", models.DateTimeField(null=True)),
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
            options={
                "indexes": [
                    models.Index(fields=["organisation", "product", "last_day"], name="override_by_product"),
                    models.Index(fields=["organisation", "last_day"], name="override_by_day"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))), name="override_days"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("percent", None), ("units__gte", 0), ("units__lte", 1000000000.0)),
                            models.Q(("percent__gte", -100), ("percent__lte", 1000), ("units", None)),
                            _connector="OR",
                        ),
                        name="override_sane",
                    ),
                ],
            },
        ),
        *protect("forecasting_event", root=True, supplier_id="forecasting_supplier"),
        *protect("forecasting_override", product_id="forecasting_product"),
        *protect("forecasting_oneoff", product_id="forecasting_product"),
        *protect("forecasting_fittedmodel", root=True),
    ]
