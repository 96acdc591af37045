"""Which role may do what: the one table."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is to an organisation."""

    OWNER = "owner"
    PLANNER = "planner"
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
OWN = PLAN | {"organisation.edit", "members.edit", "audit.view"}

ACTIONS: dict[Role, frozenset[str]] = {Role.VIEWER: VIEW, Role.PLANNER: PLAN, Role.OWNER: OWN}


def may(role: Role, action: str) -> bool:
    """Say whether a role may do an action.

    Raises ValueError for an action that no role has: a typing mistake must not read as a refusal.

    >>> may(Role.VIEWER, "plans.edit")
    False
    """
    if action not in OWN:
        raise ValueError(f"no role has the action {action!r}")
    return action in ACTIONS[role]
