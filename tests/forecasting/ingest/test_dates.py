"""Dates by hand: what is written, the order that was told, what it means."""

import pytest

from forecasting.ingest.dates import day_of_serial, order_evidence, read_moment, to_utc

GOLDEN = [
    ("2025-01-13", None, "2025-01-13 00:00:00"),
    ("2025-1-5", None, "2025-01-05 00:00:00"),
    ("2025/01/13 3:04", None, "2025-01-13 03:04:00"),
    ("2025.01.13", None, "2025-01-13 00:00:00"),
    ("2025-01-13T10:20:30", None, "2025-01-13 10:20:30"),
    ("2025-01-13 10:20:30.123456", None, "2025-01-13 10:20:30"),
    ("20250113", None, "2025-01-13 00:00:00"),
    ("20250113143000", None, "2025-01-13 14:30:00"),
    ("2025年3月4日", None, "2025-03-04 00:00:00"),
    ("2025年3月4日 15时05分", None, "2025-03-04 15:05:00"),
    ("2025年3月4日 下午3:05", None, "2025-03-04 15:05:00"),
    ("٢٠٢٥-٠١-١٣", None, "2025-01-13 00:00:00"),
    ("２０２５／０１／１３", None, "2025-01-13 00:00:00"),
    ("'2025-01-13", None, "2025-01-13 00:00:00"),
    ("13/01/2025", None, "2025-01-13 00:00:00"),
    ("01/13/2025", None, "2025-01-13 00:00:00"),
    ("05/05/2025", None, "2025-05-05 00:00:00"),
    ("03/04/2025", None, None),
    ("03/04/2025", "dmy", "2025-04-03 00:00:00"),
    ("03/04/2025", "mdy", "2025-03-04 00:00:00"),
    ("03.04.2025 18:30", "dmy", "2025-04-03 18:30:00"),
    ("3-4-25", "dmy", "2025-04-03 00:00:00"),
    ("25/04/03", "ymd", "2025-04-03 00:00:00"),
    ("25/04/03", "dmy", "2003-04-25 00:00:00"),
    ("25/04/03", None, None),
    ("13/01/2025", "mdy", None),
    ("01/13/2025", "dmy", None),
    ("3/4/2025 3:04 PM", "mdy", "2025-03-04 15:04:00"),
    ("3/4/2025 12:04 am", "mdy", "2025-03-04 00:04:00"),
    ("3/4/2025 13:04 pm", "mdy", None),
    ("3 Jan 2025", None, "2025-01-03 00:00:00"),
    ("03-Jan-25", None, "2025-01-03 00:00:00"),
    ("Jan 3, 2025 10:30 AM", None, "2025-01-03 10:30:00"),
    ("January 3rd, 2025", None, "2025-01-03 00:00:00"),
    ("3. März 2025", None, "2025-03-03 00:00:00"),
    ("Monday, 6 January 2025", None, "2025-01-06 00:00:00"),
    ("29/02/2024", "dmy", "2024-02-29 00:00:00"),
    ("29/02/2023", "dmy", None),
    ("2024-02-30", None, None),
    ("32/13/2026", "dmy", None),
    ("2025-01-05 24:00", None, "2025-01-06 00:00:00"),
    ("2025-01-05 25:00", None, None),
    ("1899-12-31", None, None),
    ("2525-01-01", None, None),
    ("45321", None, "2024-01-30 00:00:00"),
    ("45321.75", None, "2024-01-30 18:00:00"),
    ("45321,5", None, "2024-01-30 12:00:00"),
    ("0", None, None),
    ("60", None, None),
    ("99999999", None, None),
    ("yesterday", None, None),
    ("12", "dmy", None),
    ("", None, None),
    ("2025-13-01", None, None),
]


@pytest.mark.parametrize(("text", "order", "value"), GOLDEN)
def test_a_date_means_what_its_writer_meant(text, order, value):
    moment = read_moment(text, order)
    assert (None if moment is None else str(moment.local)) == value


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-10-07 09:50:26 +0200", "2025-10-07 07:50:26+00:00"),
        ("2025-10-07T09:50:26Z", "2025-10-07 09:50:26+00:00"),
        ("2025-10-07T09:50:26.5-05:30", "2025-10-07 15:20:26+00:00"),
        ("2025-10-07 09:50 UTC", "2025-10-07 09:50:00+00:00"),
        ("Tue, 07 Oct 2025 09:50:26 GMT", "2025-10-07 09:50:26+00:00"),
        ("2025-01-01 00:30 UTC+08:00", "2024-12-31 16:30:00+00:00"),
    ],
)
def test_a_written_zone_is_kept(text, utc):
    assert str(to_utc(read_moment(text, None))) == utc


@pytest.mark.parametrize(
    ("serial", "system", "day"),
    [
        ("61", 1900, None),  # 1 March 1900: before anything was sold here
        ("25569", 1900, "1970-01-01"),
        ("36526", 1900, "2000-01-01"),
        ("45658", 1900, "2025-01-01"),
        ("44196", 1904, "2025-01-01"),
    ],
)
def test_excel_counts_days_in_two_systems(serial, system, day):
    moment = read_moment(serial, None, system)
    assert (None if moment is None else str(moment.local.date())) == day


@pytest.mark.parametrize(
    ("days", "system", "day"),
    [
        (1, 1900, "1900-01-01 00:00:00"),
        (59, 1900, "1900-02-28 00:00:00"),
        (60, 1900, "None"),
        (60.5, 1900, "None"),
        (61, 1900, "1900-03-01 00:00:00"),
        (45658.25, 1900, "2025-01-01 06:00:00"),
        (1, 1904, "1904-01-02 00:00:00"),
        (60, 1904, "1904-03-01 00:00:00"),
        (0, 1900, "None"),
        (2_958_466, 1900, "None"),
    ],
)
def test_day_60_of_excel_never_was(days, system, day):
    assert str(day_of_serial(days, system)) == day


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["03/04/2025", "15/06/2025"], "dmy"),
        (["03/04/2025", "06/15/2025"], "mdy"),
        (["03/04/2025", "05/06/2025"], None),
        (["05/05/2025", "07/07/2025"], "dmy"),
        (["2025-04-03"], "ymd"),
        ([], "ymd"),
        (["hello"], "ymd"),
        (["31/12/25"], None),
        (["31/12/25", "24/11/99", "12/31/25"], None),
        (["15/06/2025", "06/15/2025"], None),
        (["15/06/2025"] * 100 + ["06/15/2025"], "dmy"),
        (["3 Jan 2025", "45321"], "ymd"),
    ],
)
def test_the_order_of_day_and_month_is_proved_or_left_open(cells, order):
    assert order_evidence(cells).order == order
