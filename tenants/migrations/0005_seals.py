from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_states")]
    operations = [
        migrations.AddField("auditentry", "previous", models.CharField(blank=True, db_default="", max_length=64)),
        migrations.AddField("auditentry", "seal", models.CharField(blank=True, db_default="", max_length=64)),
        migrations.AlterField("auditentry", "at", models.DateTimeField()),
        migrations.RemoveIndex("auditentry", "audit_newest"),
        migrations.AddIndex("auditentry", models.Index(fields=["organisation_id", "-id"], name="audit_last")),
    ]
