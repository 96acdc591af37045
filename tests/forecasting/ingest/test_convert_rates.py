"""Exchange rates: every bad line with its place and what was expected."""


def test_good_lines_are_read_and_bad_ones_say_what_was_expected(turn):
    done = turn(
        "Date;Currency;Rate\n"
        "13.01.2025;usd;0,9214\n"
        "14.01.2025;USD;0\n"
        "14.01.2025;EUR;1\n"
        "24.11.2026;GBP;1,15\n"
        "23.11.2026;GBP;1,16\n"
        "15.01.2025;;1,2\n"
        "13.01.2025;USD;0,9300\n",
        default_currency="EUR",
        today="2026-11-23",
    )
    assert [tuple(row.values()) for row in done.rows] == [
        ("6", "GBP", "2026-11-23", "1.16"),
        ("8", "USD", "2025-01-13", "0.93"),
    ]
    told = [(row.row, fault.column, fault.value, fault.expected) for row in done.bad for fault in row.faults]
    assert [(row, column, value, said.template % said.values) for row, column, value, said in told] == [
        (3, "Rate", "0", "a number above 0 and up to 1,000,000,000"),
        (4, "Currency", "EUR", "a foreign currency: this is your own"),
        (5, "Date", "24.11.2026", "a date that is not in the future"),
        (7, "Currency", "", "something: this column must not be empty"),
    ]
    assert (done.report.replaced, done.report.currencies) == (1, ("GBP", "USD"))
    assert (done.report.date_from, done.report.date_to) == ("2025-01-13", "2026-11-23")


def test_a_rate_that_may_be_a_thousand_is_asked_and_never_guessed(look):
    seen = look("currency;date;rate\nJPY;2025-01-13;1.234\n")
    assert (seen.settings.kind, [question.setting for question in seen.questions]) == ("rates", ["decimal"])
