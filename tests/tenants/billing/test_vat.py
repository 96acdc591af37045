"""VAT by hand: one case of every rule, the rounding, the forms of ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.billing import references
from tenants.billing.vat import EU_RATES, FORMATS, Rule, Tax, is_id, tax


@pytest.mark.parametrize(
    ("seller", "buyer", "vat_id", "rule", "bp"),
    [
        ("DE", "DE", "", Rule.DOMESTIC, 1900),
        ("DE", "DE", "DE123456789", Rule.DOMESTIC, 1900),  # at home an id changes nothing
        ("DE", "FR", "FR12345678901", Rule.REVERSE_CHARGE, 0),
        ("DE", "FR", "", Rule.DESTINATION, 2000),
        ("DE", "FR", "DE123456789", Rule.DESTINATION, 2000),  # another country's id
        ("SE", "FI", "", Rule.DESTINATION, 2550),
        ("DE", "CN", "", Rule.OUTSIDE, 0),
        ("DE", "GB", "GB123456789", Rule.OUTSIDE, 0),
        ("DE", "GR", "EL123456789", Rule.REVERSE_CHARGE, 0),
        ("CH", "DE", "DE123456789", Rule.OUTSIDE, 0),
        ("CH", "CH", "", Rule.DOMESTIC, 810),
    ],
)
def test_rule_and_rate_of_a_sale(seller, buyer, vat_id, rule, bp):
    assert tax(seller=seller, buyer=buyer, vat_id=vat_id) == Tax(bp, rule)


def test_every_country_of_the_union_has_a_rate_and_a_form_of_its_ids():
    assert len(EU_RATES) == 27
    assert set(FORMATS) == set(EU_RATES)


# Ids that the Commission publishes as examples of their form.
@pytest.mark.parametrize(
    ("country", "text"),
    [("AT", "ATU13585627"), ("BE", "BE0428759497"), ("DE", "DE 136,695 976".replace(",", ".")), ("ES", "ESB58378431")]
    + [("FR", "FR83404833048"), ("IE", "IE6433435F"), ("IT", "IT00743110157"), ("NL", "NL004495445B01")]
    + [("PL", "PL8567346215"), ("SE", "SE556188840401"), ("GR", "EL094259216")],
)
def test_known_ids_have_the_form_of_their_country_and_of_no_other(country, text):
    assert is_id(text, country)
    assert not any(is_id(text, other) for other in FORMATS if other != country)


@pytest.mark.parametrize("text", ["", "DE", "DE12345678", "DE1234567890", "123456789", "DE12345678X", "CN123456789"])
def test_what_has_no_such_form_is_no_id(text):
    assert not is_id(text, "DE")


@pytest.mark.parametrize(("net", "bp", "vat"), [(2900, 1900, 551), (50, 1900, 10), (-50, 1900, -10), (1, 2550, 0)])
def test_tax_is_rounded_to_the_cent_halves_away_from_zero(net, bp, vat):
    assert Tax(bp, Rule.DOMESTIC).on(net) == vat


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=30))
def test_every_reference_is_whole_and_a_wrong_digit_shows(text):
    made = references.creditor_reference(f"L{text}")
    assert references.is_reference(made)
    assert len(made) <= 25
    wrong = made[:2] + str((int(made[2]) + 1) % 10) + made[3:]
    assert not references.is_reference(wrong)
