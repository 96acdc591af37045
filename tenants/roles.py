"""Which role may do what: the one table."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is to an organisation."""

    OWNER = "owner"
    PLANNER = "planner"
    ACCOUNTANT = "accountant"
    VIEWER = "viewer"


VIEW = frozenset(
    {
        "home.view",
        "products.view",
        "plans.view",
        "money.view",
        "replays.view",
        "claims.view",
        "uploads.view",
        "jobs.view",
        "forecasts.view",
        "organisation.view",
        "members.view",
        "exports.make",
    }
)
PLAN = VIEW | {"uploads.edit", "jobs.edit", "plans.edit", "products.edit", "forecasts.edit"}
COUNT = VIEW | {"billing.view"}
OWN = (
    PLAN
    | COUNT
    | {
        "organisation.edit",
        "organisation.leave",  # export everything, close the firm
        "members.edit",
        "audit.view",
        "billing.edit",
        "keys.edit",
        "webhooks.edit",
        "connections.edit",
        "consents.edit",  # let an account manager look inside, and end it
    }
)

ACTIONS: dict[Role, frozenset[str]] = {Role.VIEWER: VIEW, Role.ACCOUNTANT: COUNT, Role.PLANNER: PLAN, Role.OWNER: OWN}

# What is left while nothing of the firm's data may be changed: reading, exporting, paying, leaving, and who comes in.
READ = COUNT | {"audit.view", "billing.edit", "organisation.leave", "consents.edit", "members.edit", "keys.edit"}
# What is left to the owner of a firm that is suspended.
OUTSIDE = frozenset({"billing.view", "billing.edit", "organisation.leave", "consents.edit"})


def may(role: Role, action: str) -> bool:
    """Say whether a role may do an action.

    Raises ValueError for an action that no role has: a typing mistake must not read as a refusal.

    >>> may(Role.VIEWER, "plans.edit")
    False
    """
    if action not in OWN:
        raise ValueError(f"no role has the action {action!r}")
    return action in ACTIONS[role]
