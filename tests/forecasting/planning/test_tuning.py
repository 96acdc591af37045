"""Scalars of the policy tuned on the past: taken only when surely better."""

from datetime import date

import numpy as np
import pytest

from forecasting.engine.types import DemandPanel
from forecasting.planning import ItemTerms, Policy, tuning
from forecasting.planning.tuning import Arm, tune


def firm(periods=90, n=3):
    units = np.random.default_rng(2).poisson(np.linspace(4, 14, n)[:, None], (n, periods)).astype(np.float32)
    panel = DemandPanel(tuple(f"P{i}" for i in range(n)), date(2024, 1, 1), "W", units)
    return panel, ItemTerms.of(n, lead_time_days=7, review_days=7, holding_cost=0.2, shortage_cost=5.0)


def test_equal_arms_are_never_accepted_and_a_policy_that_is_far_off_is_brought_back(monkeypatch):
    """The only lean tried is the one that holds: every window ends even. Far too much cushion is surely worse."""
    monkeypatch.setattr(tuning, "LEANS", (1.0,))
    monkeypatch.setattr(tuning, "CUSHIONS", (0.2,))
    monkeypatch.setattr(tuning, "SHORTEST", 6)
    monkeypatch.setattr(tuning, "LONGEST", 6)
    found = tune(*firm(), policy=Policy(paths=60, cushion=5.0))
    assert [arm.gains.tolist() for arm in found.arms[:1]] == [[0.0] * 4]
    assert not found.arms[0].sure
    assert found.accepted
    assert (found.policy.lean, found.policy.cushion) == (1.0, pytest.approx(1.0))
    assert "costs" in str(found.told)


def test_too_little_history_is_said():
    found = tune(*firm(periods=40))
    assert not found.accepted
    assert "Too little history" in str(found.told)


@pytest.mark.parametrize(
    ("gains", "sure"), [([0.01, 0.01, 0.01, 0.01], True), ([0.1, -0.1, 0.1, -0.05], False), ([0.0] * 4, False)]
)
def test_a_gain_counts_beyond_two_standard_errors(gains, sure):
    assert Arm(1, 1, np.array(gains)).sure is sure
