"""Keep what a replay of the past showed, and from what it was computed."""

import django.db.models.deletion
import forecasting.models.uploads
from django.db import migrations, models

from tenants.isolation import protect


class Migration(migrations.Migration):
    dependencies = [
        ("forecasting", "0008_money"),
        ("tenants", "0003_address"),
    ]

    operations = [
        migrations.CreateModel(
            name="Replay",
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
                ("freq", models.CharField(max_length=1)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("seed", models.BigIntegerField()),
                ("rule", models.JSONField(default=dict)),
                ("policy", models.JSONField(default=dict)),
                ("inputs_hash", models.CharField(max_length=64)),
                ("engine_version", models.CharField(max_length=40)),
                ("command", models.TextField()),
                ("archive", models.BinaryField()),
                ("result", models.JSONField()),
                ("tries", models.IntegerField()),
                ("seconds", models.FloatField()),
                ("by", models.CharField(blank=True, max_length=254)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
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
                "indexes": [models.Index(fields=["organisation", "-created_at"], name="replay_newest")],
            },
        ),
        *protect("forecasting_replay", root=True),
    ]
