"""Keep what goods are made of, where they are made, and what a run schedules there."""

import django.db.models.deletion
from django.db import migrations, models

from tenants.isolation import protect

PRODUCT, RUN, CENTRE = "forecasting_product", "forecasting_run", "forecasting_workcentre"
ORDER, UPLOAD = "forecasting_productionorder", "forecasting_upload"


class Migration(migrations.Migration):
    dependencies = [
        ("forecasting", "0006_knowledge"),
        ("tenants", "0003_address"),
    ]

    operations = [
        migrations.AddField(
            model_name="proposal",
            name="made",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="ProductionOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                ("units", models.FloatField()),
                ("proposed", models.BooleanField()),
                ("start_on", models.DateField(null=True)),
                ("due_on", models.DateField()),
                ("finish_on", models.DateField(null=True)),
                ("late_units", models.FloatField(default=0)),
                ("late_days", models.IntegerField(default=0)),
                ("unmade_units", models.FloatField(default=0)),
                ("lost_units", models.FloatField(default=0)),
                ("lost_sales", models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True)),
                ("waits_until", models.DateField(null=True)),
                ("needs", models.JSONField(default=list)),
                ("serves", models.JSONField(default=list)),
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
        ),
        migrations.CreateModel(
            name="WorkCentre",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=100)),
                ("name", models.CharField(blank=True, max_length=300)),
                ("weekly_minutes", models.FloatField()),
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
            name="Routing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("minutes_per_unit", models.FloatField()),
                ("setup_minutes", models.FloatField(default=0)),
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
                    "work_centre",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.workcentre",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProductionSlot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week", models.DateField()),
                ("units", models.FloatField()),
                ("minutes", models.FloatField()),
                (
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.productionorder",
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
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.run",
                    ),
                ),
                (
                    "work_centre",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.workcentre",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProductionLoad",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week", models.DateField()),
                ("capacity", models.FloatField()),
                ("wanted", models.FloatField()),
                ("planned", models.FloatField()),
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
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.run",
                    ),
                ),
                (
                    "work_centre",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.workcentre",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CapacityChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("weekly_minutes", models.FloatField(default=0)),
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
                    "work_centre",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.workcentre",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Component",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.FloatField()),
                ("made", models.BooleanField(null=True)),
                (
                    "component",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.product",
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
                    "parent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.product",
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="forecasting.upload",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organisation", "component"], name="component_used_in")],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "parent", "component"), name="component_once"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0), ("quantity__lte", 1000000000.0)),
                        name="component_positive",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="productionorder",
            constraint=models.UniqueConstraint(fields=("organisation", "run", "number"), name="production_order_once"),
        ),
        migrations.AddConstraint(
            model_name="productionorder",
            constraint=models.CheckConstraint(condition=models.Q(("units__gt", 0)), name="production_order_positive"),
        ),
        migrations.AddConstraint(
            model_name="workcentre",
            constraint=models.UniqueConstraint(fields=("organisation", "code"), name="work_centre_once"),
        ),
        migrations.AddConstraint(
            model_name="workcentre",
            constraint=models.CheckConstraint(
                condition=models.Q(("weekly_minutes__gte", 0)), name="work_centre_minutes"
            ),
        ),
        migrations.AddConstraint(
            model_name="routing",
            constraint=models.UniqueConstraint(fields=("organisation", "product", "work_centre"), name="routing_once"),
        ),
        migrations.AddConstraint(
            model_name="routing",
            constraint=models.CheckConstraint(
                condition=models.Q(("minutes_per_unit__gte", 0), ("setup_minutes__gte", 0)), name="routing_sane"
            ),
        ),
        migrations.AddIndex(
            model_name="productionslot",
            index=models.Index(fields=["organisation", "run", "week"], name="production_slot_by_week"),
        ),
        migrations.AddConstraint(
            model_name="productionslot",
            constraint=models.UniqueConstraint(
                fields=("organisation", "order", "work_centre", "week"), name="production_slot_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="productionload",
            constraint=models.UniqueConstraint(
                fields=("organisation", "run", "work_centre", "week"), name="production_load_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="capacitychange",
            constraint=models.UniqueConstraint(
                fields=("organisation", "work_centre", "starts_on"), name="capacity_change_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="capacitychange",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on")), ("weekly_minutes__gte", 0)),
                name="capacity_change_sane",
            ),
        ),
        *protect(CENTRE, root=True),
        *protect(ORDER, root=True, run_id=RUN, product_id=PRODUCT),
        *protect("forecasting_component", parent_id=PRODUCT, component_id=PRODUCT, upload_id=UPLOAD),
        *protect("forecasting_capacitychange", work_centre_id=CENTRE),
        *protect("forecasting_routing", product_id=PRODUCT, work_centre_id=CENTRE),
        *protect("forecasting_productionslot", run_id=RUN, order_id=ORDER, work_centre_id=CENTRE),
        *protect("forecasting_productionload", run_id=RUN, work_centre_id=CENTRE),
    ]
