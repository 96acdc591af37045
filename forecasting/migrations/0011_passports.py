"""Keep what a proposal costs in the firm's money, how long it serves and at which level; mark orders to the own works."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("forecasting", "0010_pace"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="made",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="proposal",
            name="home_value",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=16, null=True),
        ),
        migrations.AddField(
            model_name="proposal",
            name="interval_days",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="proposal",
            name="level",
            field=models.FloatField(blank=True, null=True),
        ),
    ]
