"""Every page of the site: the routes that a person can open, found by walking the site's addresses."""

from django.urls import URLPattern, get_resolver, reverse

# Routes that are no pages: they take forms, give files, or speak to programs.
NO_PAGES = {
    "healthz": "for machines",
    "set_language": "takes a form",
    "uploads_new": "takes files",
    "upload_confirm": "takes a form",
    "upload_by_hand": "takes a form",
    "upload_bad_rows": "gives a file",
    "connections_add": "takes a form",
    "connection": "the example firm has none",
    "connection_change": "takes a form",
    "drop": "for programs",
    "api_keys_revoke": "takes a form",
    "webhook": "the example firm has none",
    "webhook_remove": "takes a form",
    "webhook_redeliver": "takes a form",
    "upload_undo": "takes a form",
    "plans_export": "gives a file",
    "plans_decide": "takes a form",
    "plans_why": "gives a part of the plan",
    "plans_different": "gives a part of the plan",
    "plans_inputs": "gives a file",
    "order_lines": "takes a form",
    "order_send": "takes a form",
    "order_end": "takes a form",
    "order_file": "gives a file",
    "ledger_export": "gives a file",
    "claims_export": "gives a file",
    "order": "the story of an order opens it",
    "order_receive": "the story of an order opens it",
    "production_export": "gives a file",
    "products_export": "gives a file",
    "money_export": "gives a file",
    "rate_remove": "takes a form",
    "rates_export": "gives a file",
    "forecasts_export": "gives a file",
    "override_undo": "takes a form",
    "run_export": "gives a file",
    "event": "the example firm has none; the form is that of the list",
    "event_undo": "takes a form",
    "jobs_run": "takes a form",
    "replays_new": "takes a form",
    "tuning_new": "takes a form",
    "production_release": "takes a form",
    "tuning_undo": "takes a form",
    "replay": "the page of the newest replay shows the same",
    "replay_inputs": "gives a file",
    "replay_export": "gives a file",
    "job_cancel": "takes a form",
    "billing_change": "follows a choice; the story of an upgrade opens it",
    "billing_details": "takes a form",
    "billing_paid": "where Stripe leads back to; the story of an upgrade by Stripe opens it",
    "billing_desk": "takes a form",
    "stripe_events": "for programs",
    "billing_invoice": "gives a file",
    "consent_grant": "takes a form",
    "consent_refuse": "takes a form",
    "consent_end": "takes a form",
    "leaving_copy": "takes a form",
    "leaving_fetch": "gives a file",
    "leaving_close": "takes a form",
    "leaving_stay": "takes a form",
    "portfolio": "of account managers; the story of a visit opens it",
    "portfolio_export": "gives a file",
    "portfolio_new": "of account managers; the story of a visit opens it",
    "portfolio_firm": "of account managers; the story of a visit opens it",
    "portfolio_act": "takes a form",
    "portfolio_ask": "takes a form",
    "portfolio_enter": "takes a form",
    "visit_end": "takes a form",
    "operator": "of the operator; the story of a visit opens it",
    "operator_book": "takes a form",
    "operator_appoint": "takes a form",
    "operator_dismiss": "takes a form",
    "operator_letter": "takes a form",
    "organisation_switch": "takes a form",
    "audit_export": "gives a file",
    "members_invite": "takes a form",
    "member_role": "takes a form",
    "member_transfer": "asks for the password first",
    "invitation_again": "takes a form",
    "you_data": "gives a file",
    "you_session_end": "takes a form",
    "you_delete": "asks for the password first",
    "member_remove": "takes a form",
    "invitation_withdraw": "takes a form",
    "invitation": "needs a letter; the story of two firms opens it",
    "account_login": "not when signed in",
    "account_signup": "not when signed in",
    "account_logout": "visited last, for it may sign out",
    "mfa_authenticate": "between password and sign-in; the story of a sign-up opens it",
    "mfa_reauthenticate": "needs a second factor",
    "mfa_activate_totp": "asks for the password first; the story of a sign-up opens it",
    "mfa_deactivate_totp": "needs a second factor",
    "mfa_view_recovery_codes": "needs a second factor",
    "mfa_generate_recovery_codes": "needs a second factor",
    "mfa_download_recovery_codes": "gives a file",
    "mfa_add_webauthn": "asks for the password first",
    "mfa_reauthenticate_webauthn": "asks for a key",
    "mfa_remove_webauthn": "needs a key",
    "mfa_edit_webauthn": "needs a key",
    "account_inactive": "nobody is inactive",
    "account_set_password": "everybody has one",
    "account_reset_password_from_key": "needs a letter",
    "account_reset_password_from_key_done": "follows that",
    "account_confirm_email": "needs a letter",
    "account_email_verification_sent": "follows sign-up where addresses are checked first",
    "account_reauthenticate": "leads on when just signed in",
}
DOORS = ("account_login", "account_signup", "account_reset_password", "account_reset_password_done")


def names(resolver=None):
    """Give the name of every route below a resolver."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name
        elif not str(pattern.pattern).startswith("api/"):
            yield from names(pattern)


def pages(arguments):
    """Give the addresses of all pages; `arguments` has the values for the routes that take some, a list for each."""
    found = []
    for name in names():
        if name in arguments:
            found += [reverse(name, args=[value]) for value in arguments[name]]
        elif name not in NO_PAGES:
            found.append(reverse(name))  # a new route that takes arguments fails here: say above what it is
    return found


def doors():
    """Give the addresses of the pages for people who are not signed in."""
    return [reverse(name) for name in DOORS]
