"""Keep what the newest plan was computed from."""

import django.db.models.deletion
from django.db import migrations, models

from tenants.isolation import protect


class Migration(migrations.Migration):
    dependencies = [
        ("forecasting", "0011_passports"),
        ("tenants", "0003_address"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recipe",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("command", models.TextField()),
                ("inputs_hash", models.CharField(max_length=64)),
                ("archive", models.BinaryField()),
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
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organisation", "run"), name="recipe_once")],
            },
        ),
        *protect("forecasting_recipe", run_id="forecasting_run"),
    ]
