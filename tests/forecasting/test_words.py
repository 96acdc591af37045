"""Sentences of the pure code, as a shell and a page say them."""

import pytest

from forecasting.engine.reasons import Evidence, reason
from forecasting.words import say
from portal.translations import spoken


@pytest.mark.parametrize(
    ("units", "written"),
    [
        (12.0, "12"),
        (2.5, "2.5"),
        (999_999, "999999"),
        (65_904_855.4, "65904855"),
        (-2e7, "-20000000"),
        (3e9, "3000000000"),
    ],
)
def test_no_sentence_writes_units_as_a_power_of_ten(units, written):
    said = say("Order %(order)g: target %(target)g of %(name)s", order=units, target=1, name="%(order)g")
    assert str(said) == spoken(said) == f"Order {written}: target 1 of %(order)g"


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        (0.9, "beat naive by 10 %"),
        (0.997, "as it suits"),
        (1.003, "as it suits"),
        (1.2, "naive did better here by 20 %"),
    ],
)
def test_a_difference_that_rounds_to_nothing_is_not_told_as_one(loss, told):
    evidence = Evidence(model="tsb", kind=0, gap=1, known=50, young=False, refused=0, loss=loss, naive=1.0)
    said = str(reason("W", evidence))
    assert told in said and "by 0 %" not in said
