"""Keep what plans need to know of suppliers, places and lots, and what they tell."""

import django.db.models.deletion
from django.db import migrations, models

from tenants.isolation import protect


class Migration(migrations.Migration):
    dependencies = [
        ("forecasting", "0003_places"),
        ("tenants", "0002_walls"),
    ]

    operations = [
        migrations.AddField(
            model_name="location",
            name="lead_time_extra_days",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="location",
            name="transfer_cost",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="location",
            name="transfer_days",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="policy",
            name="cushion",
            field=models.FloatField(default=1.0),
        ),
        migrations.AddField(
            model_name="policy",
            name="lean",
            field=models.FloatField(default=1.0),
        ),
        migrations.AddField(
            model_name="policy",
            name="level_a",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="policy",
            name="level_b",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="policy",
            name="level_c",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="policy",
            name="tuned",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="product",
            name="order_cost",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="product",
            name="storage_units",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="proposal",
            name="abc",
            field=models.CharField(blank=True, max_length=1),
        ),
        migrations.AddField(
            model_name="proposal",
            name="changes",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="proposal",
            name="lost_margin_idle",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="proposal",
            name="rank",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="proposal",
            name="risk",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="proposal",
            name="sensitivity",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="proposal",
            name="unit_cost",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="proposal",
            name="xyz",
            field=models.CharField(blank=True, max_length=1),
        ),
        migrations.AddField(
            model_name="supplier",
            name="email",
            field=models.EmailField(blank=True, max_length=254),
        ),
        migrations.AddField(
            model_name="supplier",
            name="least_units",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="supplier",
            name="least_value",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="supplier",
            name="order_cost",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.CreateModel(
            name="PriceBreak",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_units", models.FloatField()),
                ("unit_cost", models.DecimalField(decimal_places=4, max_digits=16)),
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
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "product", "from_units"), name="price_break_once"),
                    models.CheckConstraint(
                        condition=models.Q(("from_units__gt", 0), ("unit_cost__gte", 0)), name="price_break_positive"
                    ),
                ],
            },
        ),
        *protect("forecasting_pricebreak", product_id="forecasting_product"),
    ]
