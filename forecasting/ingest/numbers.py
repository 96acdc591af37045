"""Numbers as people and spreadsheets write them, turned into plain decimals."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, localcontext

_DIGITS = {ord(char): str(unicodedata.digit(char)) for char in "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"}
_SIGNS = {
    ord("−"): "-",
    ord("–"): "-",
    ord("﹣"): "-",
    ord("٫"): "\x01",
    ord("٬"): "\x02",
    ord("’"): "'",
    ord("`"): "'",
}
_FOLD = {**_DIGITS, **_SIGNS}
_CODES = "USD|EUR|GBP|CNY|RMB|JPY|CHF|AUD|CAD|HKD|TWD|NZD|SEK|NOK|DKK|PLN|CZK|INR|KRW|SGD|TRY|ZAR|BRL|MXN"
_MONEY = re.compile(
    rf"(?:US|CA|AU|NZ|HK|NT|R)?[$]|[€£¥₹₽₩₺₪₫฿]|元|圆|円|人民币|\b(?:{_CODES})\b|(?<![a-z])(?:kr\.?|zł|руб\.?|лв|fr\.|sfr\.)(?![a-z])",
    re.IGNORECASE,
)
_SHAPE = re.compile(
    r"^(?P<whole>\d*|\d{1,3}(?:(?P<group>[., '\x02])\d{3}(?:(?P=group)\d{3})*))(?:(?P<mark>[.,\x01])(?P<part>\d*))?$"
)
_INDIAN = re.compile(r"^\d{1,2}(?:,\d{2})+,\d{3}$")
_RAISED = re.compile("[²³¹⁰-₉]")  # NFKC would make 52 of 5²
_EXPONENT = re.compile(r"^\d+(?:[.,]\d+)?[eE][+-]?\d{1,3}$")
PLAIN = r"^-?\d{1,15}(?:\.\d{1,12})?$"  # what needs no work, as polars' expression


def read_number(text: str, decimal: str) -> str | None:
    """Read one number with a known decimal mark; None when it is none.

    Takes thousands marks (also space and apostrophe), currency signs, a minus in front, behind or as brackets,
    full-width and Arabic digits, and exponents as Excel writes them. Never takes nan or inf.

    >>> read_number("1.234,56", ","), read_number("(1'234.50)", "."), read_number("1,23", ".")
    ('1234.56', '-1234.5', None)
    """
    sign, body = _unsigned(text)
    if not body or _RAISED.search(text):
        return None
    if _EXPONENT.match(body):
        return _canonical(sign, body.replace(",", ".") if decimal == "," else body)
    if decimal == "." and _INDIAN.match(body.partition(".")[0]):
        body = body.replace(",", "")
    shape = _SHAPE.match(body)
    if shape is None:
        return None
    whole, group, mark, part = shape["whole"], shape["group"], shape["mark"], shape["part"]
    if group in (".", ",") and group == decimal:
        return None
    if mark not in (None, decimal, "\x01"):
        if group is not None or not _is_group(whole, part):
            return None
        whole, part = whole + part, ""  # one thousands mark: 1,234 where the decimal mark is a dot
    if group is not None:
        whole = whole.replace(group, "")
    if not whole and not part:
        return None
    return _canonical(sign, f"{whole or '0'}.{part or '0'}")


def _is_group(whole: str, part: str) -> bool:
    return 1 <= len(whole) <= 3 and len(part) == 3 and whole != "0"


def _unsigned(text: str) -> tuple[str, str]:
    folded = unicodedata.normalize("NFKC", text).translate(_FOLD).strip().lstrip("'")
    body = re.sub(r"\s+", " ", _MONEY.sub("", folded)).strip()
    sign = ""
    if body.startswith("(") and body.endswith(")"):
        sign, body = "-", body[1:-1].strip()
    elif body.endswith(("-", "+")):
        sign, body = "-" if body[-1] == "-" else "", body[:-1].strip()
    elif body.startswith(("-", "+")):
        sign, body = "-" if body[0] == "-" else "", body[1:].strip()
    return sign, _MONEY.sub("", body).strip()


def _canonical(sign: str, body: str) -> str | None:
    with localcontext(prec=80):
        try:
            value = Decimal(sign + body)
            if not value.is_finite() or abs(value.adjusted()) > 30:
                return "0" if value == 0 else None
            plain = format(round(value, 12).normalize(), "f")
        except InvalidOperation:
            return None
    return "0" if plain == "-0" else plain


def could_be_number(text: str) -> bool:
    """Tell whether a cell reads as a number under one of the decimal marks (a percentage counts)."""
    bare = text.strip().rstrip("%％ ")
    return read_number(bare, ".") is not None or read_number(bare, ",") is not None


@dataclass(slots=True)
class DecimalEvidence:
    """What cells say about the decimal mark: how many can only be one, and an example that can be either."""

    dots: int = 0
    commas: int = 0
    unclear: str = ""

    @property
    def mark(self) -> str | None:
        """Name the mark when the cells agree; None when nothing or both speak."""
        if self.dots and not self.commas:
            return "."
        if self.commas and not self.dots:
            return ","
        return None


def decimal_evidence(cells: Iterable[str]) -> DecimalEvidence:
    """Weigh cells for the decimal mark; 1.234 alone proves nothing, 1.23 and 1.234.567 do."""
    found = DecimalEvidence()
    for cell in cells:
        as_dot, as_comma = read_number(cell.rstrip("%％ "), "."), read_number(cell.rstrip("%％ "), ",")
        if as_dot == as_comma:
            continue
        if as_comma is None:
            found.dots += 1
        elif as_dot is None:
            found.commas += 1
        else:
            found.unclear = found.unclear or cell.strip()
    return found
