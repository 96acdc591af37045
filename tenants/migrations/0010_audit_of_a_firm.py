"""Let no line be written into the audit log of a firm that is not there: who was slower than its removal is refused."""

from django.db import migrations

ADD = (
    "ALTER TABLE tenants_auditentry ADD CONSTRAINT tenants_auditentry_organisation FOREIGN KEY (organisation_id) "
    "REFERENCES tenants_organisation (id) DEFERRABLE INITIALLY DEFERRED"
)
DROP = "ALTER TABLE tenants_auditentry DROP CONSTRAINT tenants_auditentry_organisation"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0009_purge")]
    operations = [migrations.RunSQL(ADD, DROP)]
