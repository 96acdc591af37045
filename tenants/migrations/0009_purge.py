"""Let the owner of the tables remove the audit log of a firm that has left, and nobody anything else of it."""

from django.db import migrations

NOW = """
CREATE OR REPLACE FUNCTION tenants_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') AND EXISTS (
            SELECT FROM tenants_departure WHERE organisation_id = OLD.organisation_id AND due_at <= now()
        ) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$
"""
BEFORE = """
CREATE OR REPLACE FUNCTION tenants_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege'; END $$
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0008_managers")]
    operations = [migrations.RunSQL(NOW, BEFORE)]
