"""Which VAT stands on an invoice: one table of rates, one rule."""

import re
from dataclasses import dataclass
from enum import StrEnum

from tenants.billing.periods import rounded

# Standard rates in hundredths of a percent, as of 2026. EU: https://taxation-customs.ec.europa.eu (VAT rates).
EU_RATES = {
    **{"AT": 2000, "BE": 2100, "BG": 2000, "CY": 1900, "CZ": 2100, "DE": 1900, "DK": 2500, "EE": 2400, "ES": 2100},
    **{"FI": 2550, "FR": 2000, "GR": 2400, "HR": 2500, "HU": 2700, "IE": 2300, "IT": 2200, "LT": 2100, "LU": 1700},
    **{"LV": 2100, "MT": 1800, "NL": 2100, "PL": 2300, "PT": 2300, "RO": 2100, "SE": 2500, "SI": 2200, "SK": 2300},
}
RATES = {**EU_RATES, "CH": 810, "GB": 2000, "NO": 2500, "CN": 600}
# What a VAT id looks like after its two letters, by country (Greece writes EL). From the Commission's list (VIES).
FORMATS = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "GR": r"\d{9}",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"(\d{7}[A-W][A-I]?|\d[A-Z+*]\d{5}[A-W])",
    "IT": r"\d{11}",
    "LT": r"(\d{9}|\d{12})",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{10}01",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
}
PREFIX = {"GR": "EL"}


class Rule(StrEnum):
    """Why a rate is what it is."""

    DOMESTIC = "domestic"  # the seller's country
    REVERSE_CHARGE = "reverse_charge"  # a business elsewhere in the EU owes the tax itself (Art. 196)
    DESTINATION = "destination"  # no VAT id, elsewhere in the EU: the rate of the buyer's country (one-stop shop)
    OUTSIDE = "outside"  # not within the EU's VAT


@dataclass(frozen=True, slots=True)
class Tax:
    """A rate in hundredths of a percent, and its reason."""

    bp: int
    rule: Rule

    def on(self, net_cents: int) -> int:
        """Return the tax on a net sum, rounded to the cent.

        >>> Tax(1900, Rule.DOMESTIC).on(2900)
        551
        """
        return rounded(net_cents * self.bp, 10_000)


def clean_id(text: str) -> str:
    """Write a VAT id as it is compared: capitals, without blanks, dots and dashes.

    >>> clean_id("de 123.456-789")
    'DE123456789'
    """
    return re.sub(r"[\s.\-]", "", text).upper()


def is_id(text: str, country: str) -> bool:
    """Tell whether a text has the form of a VAT id of an EU country; whether it was given out is not asked.

    >>> is_id("EL123456789", "GR"), is_id("DE123456789", "FR"), is_id("SE556677889901", "SE")
    (True, False, True)
    """
    found, prefix = clean_id(text), PREFIX.get(country, country)
    return country in FORMATS and re.fullmatch(prefix + FORMATS[country], found) is not None


def tax(*, seller: str, buyer: str, vat_id: str = "") -> Tax:
    """Find the tax of a sale of electronic services between two countries.

    >>> tax(seller="DE", buyer="FR", vat_id="FR12345678901").rule
    <Rule.REVERSE_CHARGE: 'reverse_charge'>
    """
    if buyer == seller:
        return Tax(RATES.get(seller, 0), Rule.DOMESTIC)
    if seller not in EU_RATES or buyer not in EU_RATES:
        return Tax(0, Rule.OUTSIDE)
    if is_id(vat_id, buyer):
        return Tax(0, Rule.REVERSE_CHARGE)
    return Tax(EU_RATES[buyer], Rule.DESTINATION)
