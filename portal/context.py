"""What every page knows: the firm, the person's role, the menu."""

from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_scopes.exceptions import ScopeError

from forecasting import queries
from tenants.isolation import tenant_scope
from tenants.models import Organisation
from tenants.roles import Role, may
from tenants.services import consents, limits, organisations, states


def house(request: HttpRequest) -> dict[str, Any]:
    """Give templates the organisation, the person's other organisations, and the menu."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {"organisation": None, "organisations": [], "menu": []}
    organisation = getattr(request, "organisation", None)
    membership = getattr(request, "membership", None)
    return {
        "organisation": organisation,
        "membership": membership,
        "organisations": organisations.of(user=request.user),
        "menu": _menu(request.path, _hidden(membership)) if organisation else [],
        "tabs": _tabs(request.path, membership),
        "nearly_full": _over(request.path, organisation) if organisation else [],
        "may": _Rights(organisation, membership.role) if organisation and membership else None,
        "visits": consents.open_now(organisation) if organisation and not connection.needs_rollback else [],
        "visit": getattr(request, "visit", None),
        "manages": organisation is None or request.session.get("manages"),
    }


class _Rights:
    """Lets a template ask {% if may.plans_edit %}."""

    def __init__(self, organisation: Organisation, role: str) -> None:
        self.organisation, self.role = organisation, role

    def __getitem__(self, name: str) -> bool:
        return states.allowed(self.organisation, self.role, name.replace("_", ".", 1))


def _hidden(membership: Any) -> set[str]:
    """Name the words that say nothing to this person: production to who may not change it, while nothing is made."""
    if membership is None or may(Role(membership.role), "plans.edit") or connection.needs_rollback:
        return set()
    try:
        known = queries.production.any_components()
    except ScopeError:  # pages of the account are shown outside of the firm's scope
        with tenant_scope(membership.organisation_id):
            known = queries.production.any_components()
    return set() if known else {"production"}


def _menu(path: str, hidden: set[str]) -> list[dict[str, Any]]:
    words = [
        ("home", _("Home"), "home"),
        ("plans", _("Plan"), "clipboard-list"),
        ("orders", _("Orders"), "truck-delivery"),
        ("production", _("Production"), "building-factory-2"),
        ("forecasts", _("Forecasts"), "chart-line"),
        ("products", _("Products"), "package"),
        ("money", _("Money"), "coins"),
        ("replays", _("Replay"), "history"),
        ("claims", _("Claims"), "list-check"),
        ("uploads", _("Uploads"), "upload"),
        ("jobs", _("Jobs"), "activity"),
        ("organisation", _("Organisation"), "building"),
        ("suppliers", _("Suppliers"), "truck"),
        ("locations", _("Places"), "building-warehouse"),
        ("events", _("Calendar"), "calendar"),
    ]
    return [
        {"word": word, "label": label, "icon": icon, "url": reverse(word), "active": _active(path, word)}
        for word, label, icon in words
        if word not in hidden
    ]


# The settings of the firm, one tab each: the name of its address, its word, its icon, the action that shows it.
# A page below one of these addresses shows the tabs by itself.
SETTINGS = (
    ("organisation", gettext_lazy("Organisation"), "building", "organisation.view"),
    ("members", gettext_lazy("Members"), "users", "members.view"),
    ("connections", gettext_lazy("Connections"), "link", "organisation.view"),
    ("billing", gettext_lazy("Billing"), "coins", "billing.view"),
    ("api_keys", gettext_lazy("API keys"), "key", "keys.edit"),
    ("webhooks", gettext_lazy("Webhooks"), "webhook", "webhooks.edit"),
    ("audit", gettext_lazy("Audit log"), "history", "audit.view"),
    ("consents", gettext_lazy("Visits"), "eye", "consents.edit"),
    ("leaving", gettext_lazy("Export and leave"), "logout", "organisation.leave"),
)
# What belongs to a person whatever the firm; no action is asked for.
ACCOUNT = (
    ("you", gettext_lazy("You"), "user", ""),
    ("account_email", gettext_lazy("E-mail address"), "mail", ""),
    ("account_change_password", gettext_lazy("Password"), "key", ""),
    ("mfa_index", gettext_lazy("Second factor"), "shield-check", ""),
    ("usersessions_list", gettext_lazy("Sessions"), "login", ""),
)


def _over(path: str, organisation: Organisation) -> list[limits.Use]:
    """Name the limits that are nearly reached or passed, on the pages whose products they are about."""
    if path not in ("/", "/plans/", "/products/") or connection.needs_rollback:
        return []
    shown = {"products"} | ({"locations"} if path != "/products/" else set())
    return [use for use in limits.use(organisation) if use.near and use.name in shown]


def _tabs(path: str, membership: Any) -> list[dict[str, Any]]:
    for group in (SETTINGS, ACCOUNT):
        tabs = [
            {"label": label, "icon": icon, "url": (url := reverse(name)), "active": _inside(path, url)}
            for name, label, icon, action in group
            if not action or (membership and may(Role(membership.role), action))
        ]
        if any(tab["active"] for tab in tabs):
            return tabs
    return []


def _active(path: str, word: str) -> bool:
    if word == "organisation":
        return any(_inside(path, reverse(name)) for name, *_rest in SETTINGS)
    return _inside(path, reverse(word))


def _inside(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)
