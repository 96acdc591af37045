"""Keep what a plan expects to be sold per day, for each place."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("forecasting", "0009_replays"),
    ]

    operations = [
        migrations.AddField(
            model_name="proposal",
            name="pace",
            field=models.FloatField(blank=True, null=True),
        ),
    ]
