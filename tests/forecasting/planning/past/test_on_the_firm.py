"""The proof on the generated firm, whose true demand is known: gut buyers are beaten, careful ones are not.

Demand is what customers truly wanted, shelf by shelf; Lagom sees only what the firm's own records tell. The buyers' own
rule is lived again in the same world, and their real ledger is compared with as well. More and larger firms:
`python -m tests.bench.firms`.
"""

import pytest

from forecasting.planning import Own, Policy, replay
from tests.forecasting.planning.past.shelves import firm_case


def lived(buyers, seed=7):
    case = firm_case(80, 52, seed, buyers)
    own = Own(history=case.history, rule=case.rule, calendar=case.calendar)
    return replay(case.panel, case.terms, case.stock0, policy=Policy(), start=case.start, end=case.end, own=own)


@pytest.fixture(scope="module")
def gut():
    return lived("gut")


@pytest.fixture(scope="module")
def careful():
    return lived("careful")


def at_equal_fill(found, name):
    return next(each for each in found.comparisons if each.name == name).equal[0]


@pytest.mark.parametrize("name", ["actual", "stated"])
def test_gut_buyers_hold_at_least_15_percent_more_for_the_same_deliveries(gut, name):
    equal = at_equal_fill(gut, name)
    assert (equal.measure, equal.kind, equal.verdict) == ("fill", "stock_value", "shown")
    assert equal.saved >= 0.15 and equal.low > 0


def test_own_rule_lived_again_comes_to_what_its_buyers_really_did(gut):
    actual, stated = (each.arm.figures for each in gut.comparisons[:2])
    assert stated["fill"] == pytest.approx(actual["fill"], abs=0.03)
    assert stated["stock_value"] == pytest.approx(actual["stock_value"], rel=0.25)


@pytest.mark.parametrize("name", ["actual", "stated"])
def test_careful_buyers_are_not_said_to_be_beaten(careful, name):
    equal = at_equal_fill(careful, name)
    assert equal.verdict in ("not shown", "cannot tell")
    cost = next(each for each in careful.comparisons if each.name == name).difference("total_cost")
    assert cost.better in ("no", "cannot tell")
