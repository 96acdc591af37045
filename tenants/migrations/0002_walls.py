"""Put the audit log behind its policy, and make it append-only for everybody."""

from django.db import connections, migrations

from tenants.isolation import protect

REFUSE = """
CREATE FUNCTION tenants_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON tenants_auditentry
FOR EACH ROW EXECUTE FUNCTION tenants_audit_is_append_only();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON tenants_auditentry
FOR EACH STATEMENT EXECUTE FUNCTION tenants_audit_is_append_only();
"""
ALLOW = """
DROP TRIGGER append_only ON tenants_auditentry;
DROP TRIGGER never_emptied ON tenants_auditentry;
DROP FUNCTION tenants_audit_is_append_only();
"""


def take_rights(apps, schema_editor):
    role = schema_editor.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(f"REVOKE UPDATE, DELETE ON tenants_auditentry FROM {role}")


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [
        *protect("tenants_auditentry"),
        migrations.RunSQL(REFUSE, ALLOW),
        migrations.RunPython(take_rights, migrations.RunPython.noop),
    ]
