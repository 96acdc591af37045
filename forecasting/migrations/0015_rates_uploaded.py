"""Let an exchange rate know by which file it came, so that the file can be taken back."""

import django.db.models.deletion
from django.db import migrations, models

from tenants.isolation import tie


class Migration(migrations.Migration):
    dependencies = [
        ("forecasting", "0014_places_learned"),
    ]

    operations = [
        migrations.AddField(
            model_name="rate",
            name="upload",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="forecasting.upload",
            ),
        ),
        *tie("forecasting_rate", upload_id="forecasting_upload"),
    ]
