"""The words for what was expected of a cell."""

from forecasting.words import Said, say

MISSING = say("something: this column must not be empty")
IDENTIFIER = say("a code of at most 100 characters without line breaks")
DAMAGED = say("the code in full: Excel has shortened it to a number, so format the column as text and paste it again")
TEXT = say("plain text without control characters")
NUMBER = say("a number")
DATE = say("a date, such as 2026-11-22")
FUTURE = say("a date that is not in the future")
SHARE = say("a service level such as 95 or 0.95, above 0 and below 100")
CURRENCY = say("a currency code of three letters, such as EUR")
STATUS = say("active or discontinued")
FLAG = say("yes or no")
ITSELF = say("another product: nothing goes into itself")
FOREIGN = say("a foreign currency: this is your own")
CELLS = say("as many cells as the header has: check separators and quotation marks in this row")


def too_long(longest: int) -> Said:
    """Say how long a text may be."""
    return say("at most %(longest)d characters", longest=longest)


def between(low: float, high: float) -> Said:
    """Say between which numbers a value must lie; a lower bound between 0 and 1 only means more than nothing."""
    if 0 < low < 1:
        return say("a number above 0 and up to %(high)s", high=f"{high:,.0f}")
    return say("a number between %(low)s and %(high)s", low=f"{low:,.0f}", high=f"{high:,.0f}")
