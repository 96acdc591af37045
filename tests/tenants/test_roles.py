"""Roles and tiers: the two tables that say who may do what, and what a subscription buys."""

import pytest

from tenants.roles import ACTIONS, OWN, Role, may
from tenants.tiers import LIMITS, Tier


def test_every_role_may_what_the_one_below_may_and_more():
    assert ACTIONS[Role.VIEWER] < ACTIONS[Role.PLANNER] < ACTIONS[Role.OWNER] == OWN


def test_viewer_may_look_and_take_away_but_change_nothing():
    assert {action.partition(".")[2] for action in ACTIONS[Role.VIEWER]} == {"view", "make"}


@pytest.mark.parametrize("action", ["organisation.edit", "members.edit", "audit.view"])
def test_only_owners_run_the_firm(action):
    assert [role for role in Role if may(role, action)] == [Role.OWNER]


def test_action_that_nobody_has_is_a_mistake_and_no_refusal():
    with pytest.raises(ValueError, match=r"plans\.edti"):
        may(Role.OWNER, "plans.edti")


def test_dearer_tier_buys_more_of_everything():
    assert set(LIMITS) == set(Tier)
    for lower, upper in zip(list(Tier), list(Tier)[1:], strict=False):
        for name in ("price_cents", "products", "locations", "history_years", "api_calls_a_day", "share"):
            assert getattr(LIMITS[lower], name) < getattr(LIMITS[upper], name), (upper, name)
