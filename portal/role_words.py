"""What each role may do, in words: the rows of the table on the members page, made from tenants/roles.py."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tenants.roles import ACTIONS, OWN, Role

# What a person reads → the actions behind it. Every action stands in one of these, which a test sees to.
RIGHTS = {
    gettext_noop("Look at the plan, forecasts, products and money, and export them"): {
        *("home.view", "products.view", "plans.view", "money.view", "replays.view", "claims.view", "uploads.view"),
        *("jobs.view", "forecasts.view", "organisation.view", "members.view", "exports.make"),
    },
    gettext_noop("Upload files"): {"uploads.edit", "jobs.edit"},
    gettext_noop("Decide on proposals, order, change products and forecasts"): {
        *("plans.edit", "products.edit", "forecasts.edit"),
    },
    gettext_noop("See the subscription, invoices and limits"): {"billing.view"},
    gettext_noop("Change the subscription and how it is paid"): {"billing.edit"},
    gettext_noop("Change the firm and its rules"): {"organisation.edit"},
    gettext_noop("Invite people, change their roles, remove them"): {"members.edit"},
    gettext_noop("Read the audit log"): {"audit.view"},
    gettext_noop("Make API keys, webhooks and connections"): {"keys.edit", "webhooks.edit", "connections.edit"},
    gettext_noop("Let an account manager look inside, and end it"): {"consents.edit"},
    gettext_noop("Take everything along and close the firm"): {"organisation.leave"},
}


def rights() -> list[tuple[str, list[bool]]]:
    """List what can be done, and for each role in turn whether it may do all of it."""
    named = [(_(words), wanted & OWN) for words, wanted in RIGHTS.items()]
    return [(words, [wanted <= ACTIONS[role] for role in Role]) for words, wanted in named]
