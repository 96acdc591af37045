"""Plan each place of a firm on its own, and move goods between them."""

import django.db.models.deletion
from django.db import migrations, models

from tenants.isolation import protect, tie

PRODUCT, RUN, LOCATION = "forecasting_product", "forecasting_run", "forecasting_location"


class Migration(migrations.Migration):
    dependencies = [
        ("forecasting", "0002_walls"),
        ("tenants", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("units", models.FloatField()),
                ("send_on", models.DateField()),
                ("arrives_on", models.DateField()),
                ("reason", models.JSONField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="proposal",
            name="proposal_once",
        ),
        migrations.AddField(
            model_name="proposal",
            name="location",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="forecasting.location",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.UniqueConstraint(
                fields=("organisation", "run", "product", "location"), name="proposal_once", nulls_distinct=False
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="destination",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="forecasting.location",
            ),
        ),
        migrations.AddField(
            model_name="transfer",
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
        migrations.AddField(
            model_name="transfer",
            name="origin",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="forecasting.location",
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="product",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="forecasting.product",
            ),
        ),
        migrations.AddField(
            model_name="transfer",
            name="run",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="forecasting.run",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.UniqueConstraint(
                fields=("organisation", "run", "product", "origin", "destination"), name="transfer_once"
            ),
        ),
        *protect("forecasting_transfer", run_id=RUN, product_id=PRODUCT, origin_id=LOCATION, destination_id=LOCATION),
        *tie("forecasting_proposal", location_id=LOCATION),
    ]
