"""Asks PostgreSQL's catalogue for every fault in the walls that it can name. Each function gives sentences."""

SITE = "lagom_site"

# Tables that say whose rows they are and yet have no policy: they are needed before a tenant is known.
BEFORE_A_TENANT_IS_KNOWN = {"tenants_membership", "tenants_invitation", "forecasting_job", "forecasting_lane"}
BEFORE_A_TENANT_IS_KNOWN |= {"tenants_apikey", "tenants_webhookturn"}
# Asked for across firms, and invoices with what was paid are kept when a firm is purged.
BEFORE_A_TENANT_IS_KNOWN |= {"tenants_subscription", "tenants_invoice", "tenants_payment", "tenants_creditentry"}
BEFORE_A_TENANT_IS_KNOWN |= {"tenants_limitstate"}
# What account managers may know: sums and dates, never a firm's rows; and who may look inside, asked before its scope.
BEFORE_A_TENANT_IS_KNOWN |= {"tenants_assignment", "tenants_organisationfigures", "tenants_managernote"}
BEFORE_A_TENANT_IS_KNOWN |= {"tenants_consent", "tenants_departure", "tenants_purgecertificate"}
# Tables whose rows belong to no organisation.
OF_NOBODY = {
    *("tenants_user", "tenants_organisation", "account_emailaddress", "account_emailconfirmation"),
    *("tenants_invoicecounter", "tenants_providerevent", "tenants_accountmanager", "tenants_letter"),
    *("auth_group", "auth_group_permissions", "auth_permission", "mfa_authenticator", "usersessions_usersession"),
    *("django_content_type", "django_migrations", "django_session"),
}
# Links that need no key: each says why.
WITHOUT_KEY = {
    ("forecasting_sale", "upload_id"),  # half a million lines come in at once; it is only remembered to take them back
}
POLICY = (
    "(organisation_id = ( SELECT (NULLIF(current_setting('app.organisation'::text, true), ''::text))::bigint"
    ' AS "nullif"))'
)
TABLES = """
SELECT c.relname, a.attnotnull, c.relrowsecurity, c.relforcerowsecurity, c.oid
FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organisation_id' AND NOT attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""


def tenant_tables(cursor):
    """Every table that must be behind a policy: all that have organisation_id but the few named above."""
    cursor.execute(f"{TABLES} AND a.attname IS NOT NULL ORDER BY c.relname")
    return [row[0] for row in cursor.fetchall() if row[0] not in BEFORE_A_TENANT_IS_KNOWN]


def tables_without_walls(cursor):
    cursor.execute(TABLES)
    for name, not_null, enabled, forced, _ in cursor.fetchall():
        if not_null is None:
            if name not in OF_NOBODY:
                yield f"{name} does not say whose its rows are"
            continue
        if not not_null:
            yield f"{name}.organisation_id may be null"
        if name not in BEFORE_A_TENANT_IS_KNOWN and not (enabled and forced):
            yield f"{name} has no forced row-level security"


def policies_of_another_kind(cursor):
    cursor.execute(
        "SELECT relname, array_agg((polpermissive, polcmd, polroles = ARRAY[0::oid], pg_get_expr(polqual, polrelid), "
        "pg_get_expr(polwithcheck, polrelid))::text) FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid GROUP BY 1"
    )
    found = dict(cursor.fetchall())
    cursor.execute("SELECT ROW(true, '*'::\"char\", true, %s::text, %s::text)::text", [POLICY, POLICY])
    (canonical,) = cursor.fetchone()
    for name in tenant_tables(cursor):
        if found.get(name) != [canonical]:
            yield f"{name} has not exactly the one policy, but {found.get(name)}"


def loose_foreign_keys(cursor):
    """Foreign keys between tenant tables that do not carry the organisation along."""
    cursor.execute(
        """
        SELECT f.conname, child.relname, parent.relname, EXISTS (
            SELECT FROM unnest(f.conkey, f.confkey) pair (here, there)
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = here AND a.attname = 'organisation_id'
            JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = there AND b.attname = 'organisation_id')
        FROM pg_constraint f JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
        WHERE f.contype = 'f'
        """
    )
    rows, protected = cursor.fetchall(), set(tenant_tables(cursor))
    for name, child, parent, carried in rows:
        if parent in protected and not carried:
            yield f"foreign key {name} of {child} points at {parent} without the organisation"


def links_without_foreign_key(cursor):
    """Links of the models whose foreign key a migration forgot."""
    from django.apps import apps

    cursor.execute(
        """
        SELECT conrelid::regclass::text, array_agg(attname::text ORDER BY attname), confrelid::regclass::text
        FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
        WHERE contype = 'f' GROUP BY pg_constraint.oid, conrelid, confrelid
        """
    )
    made = {(child, tuple(sorted(columns)), parent) for child, columns, parent in cursor.fetchall()}
    protected = set(tenant_tables(cursor))
    for model in apps.get_models():
        child = model._meta.db_table
        for field in model._meta.get_fields():
            parent = field.related_model._meta.db_table if field.concrete and field.many_to_one else None
            if parent in protected:
                wanted = (child, tuple(sorted(["organisation_id", field.column])), parent)
                if wanted not in made and (child, field.column) not in WITHOUT_KEY:
                    yield f"{child}.{field.column} has no foreign key of (organisation_id, {field.column})"


def indexes_not_led_by_organisation(cursor):
    """Any index, unique or not, but the primary key on id."""
    cursor.execute(
        """
        SELECT i.indexrelid::regclass::text, t.relname, i.indisprimary,
            array(SELECT attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (number, place)
                  LEFT JOIN pg_attribute ON attrelid = i.indrelid AND attnum = number ORDER BY place)
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE t.relnamespace = 'public'::regnamespace
        """
    )
    rows, protected = cursor.fetchall(), set(tenant_tables(cursor))
    for name, table, primary, columns in rows:
        if table in protected and columns[0] != "organisation_id" and not (primary and columns == ["id"]):
            yield f"index {name} of {table} does not start with the organisation"


def rights_too_many(cursor):
    """Rights of the site's role beyond reading and writing rows."""
    cursor.execute(
        """
        SELECT c.relname, c.relispartition, array(
            SELECT r FROM unnest(%s::text[]) r WHERE has_table_privilege(%s, c.oid, r))
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        """,
        [["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"], SITE],
    )
    for table, is_partition, rights in cursor.fetchall():
        allowed = {"SELECT", "INSERT", "UPDATE", "DELETE"}
        if table == "tenants_auditentry":
            allowed = {"SELECT", "INSERT"}
        if is_partition:
            allowed = set()  # a partition read directly knows no policy
        for right in set(rights) - allowed:
            yield f"{SITE} has {right} on {'partition ' if is_partition else ''}{table}"


def children_read_directly(cursor):
    """Tables that inherit from a tenant table are read without its policy."""
    cursor.execute("SELECT inhrelid::regclass::text, inhparent::regclass::text FROM pg_inherits")
    rows = cursor.fetchall()
    cursor.execute("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition")
    plain = {name for (name,) in cursor.fetchall()}
    for child, parent in rows:
        if child in plain:
            yield f"{child} inherits from {parent}"


def views_that_look_past_policies(cursor):
    cursor.execute(
        """
        SELECT relname, relkind, 'security_invoker=true' = ANY (coalesce(reloptions, '{}')) FROM pg_class
        WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace AND has_table_privilege(%s, oid, 'SELECT')
        """,
        [SITE],
    )
    for name, kind, invoker in cursor.fetchall():
        if kind == "m":
            yield f"materialised view {name} keeps rows of everybody"
        elif not invoker:
            yield f"view {name} runs as its owner"


def functions_that_run_as_their_owner(cursor):
    cursor.execute(
        """
        SELECT oid::regprocedure::text FROM pg_proc WHERE prosecdef AND has_function_privilege(%s, oid, 'EXECUTE')
        AND pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        """,
        [SITE],
    )
    for (name,) in cursor.fetchall():
        yield f"function {name} runs as its owner"


def audit_log_that_can_be_changed(cursor):
    cursor.execute(
        "SELECT tgtype::int FROM pg_trigger WHERE tgrelid = 'tenants_auditentry'::regclass AND tgenabled IN ('O', 'A') "
        "AND tgfoid::regproc::text = 'tenants_audit_is_append_only'"
    )
    kinds = [kind for (kind,) in cursor.fetchall()]
    for bit, word in ((8, "DELETE"), (16, "UPDATE"), (32, "TRUNCATE")):
        if not any(kind & bit and kind & 2 for kind in kinds):  # 2: before
            yield f"no trigger refuses {word} of the audit log"


def site_role_with_power(cursor):
    from tenants.checks import role_faults

    yield from role_faults(cursor, SITE)


EVERY = (
    tables_without_walls,
    policies_of_another_kind,
    loose_foreign_keys,
    links_without_foreign_key,
    indexes_not_led_by_organisation,
    rights_too_many,
    children_read_directly,
    views_that_look_past_policies,
    functions_that_run_as_their_owner,
    audit_log_that_can_be_changed,
    site_role_with_power,
)


def faults(cursor):
    """Every fault that the catalogue shows."""
    return [fault for find in EVERY for fault in find(cursor)]
