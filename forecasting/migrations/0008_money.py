"""Keep money over time, what each product's sales leave in each channel, and what foreign money is worth."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from tenants.isolation import protect

PRODUCT, RUN = "forecasting_product", "forecasting_run"
LOCATION, CHANNEL = "forecasting_location", "forecasting_channel"


class Migration(migrations.Migration):
    dependencies = [
        ("forecasting", "0007_production"),
        ("tenants", "0003_address"),
    ]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="own",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="channel",
            name="payment_fixed",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="channel",
            name="payment_percent",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="channel",
            name="return_cost",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="channelmoney",
            name="holding",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="channelmoney",
            name="payment",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="channelmoney",
            name="returns",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="channelmoney",
            name="units",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="policy",
            name="payable_days",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="policy",
            name="receivable_days",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="productmoney",
            name="average_value",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="productmoney",
            name="dead_value",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="productmoney",
            name="floor_days",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="productmoney",
            name="goods",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="productmoney",
            name="holding_capital",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="productmoney",
            name="holding_risk",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="productmoney",
            name="holding_storage",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="productmoney",
            name="lost_margin",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="productmoney",
            name="sell_through",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="productmoney",
            name="value_weeks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.FloatField(null=True), default=list, size=None
            ),
        ),
        migrations.CreateModel(
            name="Rate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3)),
                ("day", models.DateField()),
                ("rate", models.DecimalField(decimal_places=10, max_digits=20)),
                ("by", models.CharField(blank=True, max_length=254)),
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
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "currency", "day"), name="rate_once"),
                    models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="rate_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SaleMoney",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("units", models.FloatField(blank=True, null=True)),
                ("revenue", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("goods", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("fees", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("payment", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("shipping", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("advertising", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("returns", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("holding", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("margin", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("missing", models.JSONField(default=list)),
                (
                    "channel",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.channel",
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
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.run",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organisation", "run", "channel"], name="sale_money_by_channel")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "run", "product", "channel"),
                        name="sale_money_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ShelfMoney",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stock_value", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("average_value", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("target_value", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("freed", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("needed", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("dead_value", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("holding_cost", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("holding_capital", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("holding_storage", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("holding_risk", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("days_of_stock", models.FloatField(blank=True, null=True)),
                ("floor_days", models.FloatField(blank=True, null=True)),
                (
                    "value_weeks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(null=True), default=list, size=None
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
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
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.run",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "run", "product", "location"), name="shelf_money_once"
                    )
                ],
            },
        ),
        *protect("forecasting_rate", root=True),
        *protect("forecasting_shelfmoney", run_id=RUN, product_id=PRODUCT, location_id=LOCATION),
        *protect("forecasting_salemoney", run_id=RUN, product_id=PRODUCT, channel_id=CHANNEL),
    ]
