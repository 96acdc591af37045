"""The score of what the data allow, added up by hand."""

from forecasting.ingest.readiness import Facts, findings, score

FULL = Facts(days=731, products=100)


def test_nothing_missing_is_a_hundred():
    found = findings(FULL)
    assert score(found) == 100
    assert all(finding.costs is None and not finding.fix for finding in found)


def test_nothing_sold_is_nothing_whatever_the_catalogue_says():
    assert score(findings(Facts(products=100))) == 0


def test_points_are_lost_in_proportion():
    # half of the 20 for lead times, a quarter of the 15 for costs, half of the 30 for history
    facts = Facts(days=366, products=100, no_lead_time=50, no_cost=25)
    assert score(findings(facts)) == round(100 - 10 - 3.75 - 30 * (1 - 366 / 730.5))


def test_the_largest_gap_comes_first_and_says_what_it_costs():
    first, second, *_ = findings(Facts(days=731, products=1200, no_stock=1200, no_cost=600))
    assert (first.name, second.name) == ("no_stock", "no_cost")
    assert str(first.said) == "1,200 of 1,200 products without a stock count"
    assert "9 %" in str(first.costs)


def test_look_alike_codes_and_stock_outs_are_told():
    facts = Facts(days=731, products=100, alike=(("007", "7"),), alike_groups=1, counted=100, out=7)
    told = {finding.name: str(finding.said) for finding in findings(facts)}
    assert told["alike"] == "Codes that may be one product (1 times): 007 = 7"
    assert told["out"] == "7 % of the counted days were without stock"
    few = {finding.name: finding for finding in findings(Facts(days=731, products=100, counted=100, out=2))}
    assert (str(few["out"].said)[:3], few["out"].fix, few["out"].costs) == ("2 %", "", None)
    assert "out" not in {finding.name for finding in findings(Facts(days=731, products=100))}
    assert score(findings(facts)) == 100 - round(5 * 0.1)
