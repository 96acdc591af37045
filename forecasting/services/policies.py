"""The rules that hold for all products of a firm unless a product says otherwise."""

from forecasting import planning
from forecasting.models import Policy
from tenants.models import User
from tenants.services import audit

LEVELS = ("level_a", "level_b", "level_c")
FIELDS = (
    "freq", "service_level", *LEVELS, "review_days", "lead_time_days", "capital_rate", "storage_rate", "risk_rate",
    "receivable_days", "payable_days",
)  # fmt: skip


def current() -> Policy:
    """Return the organisation's rules, the house's own where it has not decided yet."""
    return Policy.objects.first() or Policy()


def rules(policy: Policy) -> planning.Policy:
    """Take the organisation's rules as the planner knows them."""
    levels = {"A": policy.level_a, "B": policy.level_b, "C": policy.level_c}
    return planning.Policy(
        service_level=policy.service_level,
        review_days=policy.review_days,
        holding_rate=policy.holding_rate,
        level_by_class={name: level for name, level in levels.items() if level is not None},
        lean=policy.lean,
        cushion=policy.cushion,
    )


def change(*, by: User, **fields: object) -> Policy:
    """Change the rules; the next plan follows them."""
    policy = current()
    changed = {name: fields[name] for name in FIELDS if name in fields and getattr(policy, name) != fields[name]}
    for name, value in changed.items():
        setattr(policy, name, value)
    if changed:
        policy.save()
        audit.record("policy.changed", by=by, **changed)
    return policy
