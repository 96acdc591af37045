"""Sales lines: returns, cancelled orders, lines that are no products, keys, times."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from forecasting.ingest import Settings, Unreadable
from forecasting.ingest.convert import convert

HEAD = "order,sku,date,units,name,price,status\n"


def sales(*lines):
    return HEAD + "".join(line + "\n" for line in lines)


def test_a_plain_line_is_written_plainly(turn):
    done = turn(sales("1001,007,2025-01-13 10:20:30,2,Blue sheet,39.90,paid"), default_currency="EUR")
    assert done.rows == [
        {
            "row": "2",
            "order_id": "1001",
            "line_id": "007#1",
            "sku": "007",
            "sold_at": "2025-01-13T10:20:30Z",
            "sold_on": "2025-01-13",
            "units": "2",
            "name": "Blue sheet",
            "unit_price": "39.9",
            "amount": "",
            "discount": "",
            "currency": "EUR",
            "channel": "",
            "location": "",
            "customer_ref": "",
            "status": "paid",
        }
    ]
    report = done.report
    assert (report.rows, report.good, report.bad, report.set_aside, report.replaced) == (1, 1, 0, 0, 0)
    assert (report.date_from, report.date_to, report.products, report.currencies) == (
        "2025-01-13",
        "2025-01-13",
        1,
        ("EUR",),
    )


def test_returns_stay_negative_and_net_against_the_sale(turn):
    done = turn(sales("536365,A,2025-01-13,12,x,1,", "C536365,A,2025-01-14,-12,x,1,"))
    assert [(row["order_id"], row["units"]) for row in done.rows] == [("536365", "12"), ("C536365", "-12")]
    assert sum(float(row["units"]) for row in done.rows) == 0


@pytest.mark.parametrize(
    "status", ["cancelled", "Canceled", "VOIDED", "已取消", "交易关闭", "未付款", "expired", "待付款"]
)
def test_orders_that_did_not_happen_are_set_aside(turn, status):
    done = turn(sales("1,A,2025-01-13,2,x,1,paid", f"2,A,2025-01-13,3,x,1,{status}"))
    assert done.column("order_id") == ["1"]
    (group,) = done.report.set_aside_groups
    assert (group.reason, group.count, group.units, group.first[0].row) == ("status", 1, 3.0, 3)


@pytest.mark.parametrize("status", ["paid", "partially_refunded", "交易成功", "已发货", "fulfilled", "Shipped", ""])
def test_orders_that_happened_are_kept(turn, status):
    assert turn(sales(f"2,A,2025-01-13,3,x,1,{status}")).report.good == 1


@pytest.mark.parametrize(
    ("sku", "name"),
    [
        ("POST", "x"),
        ("dot", "x"),
        ("M", "Manual"),
        ("D", "Discount"),
        ("C2", ""),
        ("BANK CHARGES", "x"),
        ("AMAZONFEE", "x"),
        ("CRUK", "x"),
        ("PADS", "x"),
        ("gift_0001_80", "x"),
        ("TEST001", "x"),
        ("ADJUST2", "x"),
        ("SAMPLES", "x"),
        ("运费", "x"),
        ("Z1", "Postage"),
        ("Z1", "补差价专用链接"),
        ("Z1", "邮费"),
        ("Z1", "Next Day Carriage"),
        ("Z1", "Dotcomgiftshop Gift Voucher £30.00"),
    ],
)
def test_lines_that_are_no_products_are_set_aside(turn, sku, name):
    done = turn(sales("1,A,2025-01-13,2,Blue sheet,1,", f"1,{sku},2025-01-13,1,{name},5,"))
    assert done.column("sku") == ["A"]
    assert done.report.set_aside == 1


@pytest.mark.parametrize(
    ("sku", "name"),
    [("POST1", "x"), ("MM", "x"), ("M", "Sheet medium"), ("A", "VINTAGE POSTAGE STAMP BAG"), ("85123A", "x")],
)
def test_products_that_only_sound_like_it_are_kept(turn, sku, name):
    assert turn(sales(f"1,{sku},2025-01-13,1,{name},5,")).report.good == 1


def test_a_person_can_overrule_a_code(turn):
    lines = sales("1,M,2025-01-13,1,Manual,5,", "1,D,2025-01-13,1,Discount,5,", "1,POST,2025-01-13,1,x,5,")
    done = turn(lines, keep_codes=["m", "D"])
    assert done.column("sku") == ["M", "D"]
    assert [group.code for group in done.report.set_aside_groups] == ["POST"]


def test_lines_of_zero_units_are_set_aside(turn):
    done = turn(sales("1,A,2025-01-13,0,x,1,", "1,B,2025-01-13,0.00,x,1,", "1,C,2025-01-13,-1,x,1,"))
    assert done.column("sku") == ["C"]
    assert [(group.reason, group.count) for group in done.report.set_aside_groups] == [("zero", 2)]


def test_a_line_of_totals_at_the_end_is_set_aside(turn):
    done = turn(sales("1,A,2025-01-13,2,x,1,", "Total,,,2,,,", ",合计,,2,,,"))
    assert (done.report.good, done.report.bad, done.report.set_aside_groups[0].reason) == (1, 0, "total")


def test_lines_of_one_order_and_product_are_numbered_in_the_order_of_the_file(turn):
    done = turn(
        sales("1,A,2025-01-13,1,x,1,", "2,A,2025-01-13,1,x,1,", "1,A,2025-01-13,2,x,1,", "1,B,2025-01-13,1,x,1,")
    )
    assert done.column("line_id") == ["A#1", "A#1", "A#2", "B#1"]


def test_set_aside_and_bad_lines_count_too_so_that_keys_do_not_move(turn):
    done = turn(sales("1,A,2025-01-13,1,x,1,cancelled", "1,A,2025-01-13,1,x,one,", "1,A,2025-01-13,1,x,1,"))
    assert done.column("line_id") == ["A#3"]
    assert done.bad[0].line_key == "A#2"


def test_without_an_order_number_the_day_channel_and_place_are_the_order(turn):
    lines = ("A,2025-01-13 08:00,1,web,", "A,2025-01-13 09:00,2,web,", "A,2025-01-14,1,,Berlin", "")
    text = "sku,date,units,channel,location\n" + "\n".join(lines)
    done = turn(text)
    assert done.column("order_id") == ["2025-01-13|web", "2025-01-13|web", "2025-01-14|Berlin"]
    assert done.column("line_id") == ["A#1", "A#2", "A#1"]


def test_of_lines_with_the_same_number_the_last_wins(turn):
    text = (
        "order,line id,sku,date,units\n1,1,A,2025-01-13,1\n1,2,A,2025-01-13,2\n1,1,A,2025-01-13,9\n,x,A,2025-01-13,5\n"
    )
    done = turn(text)
    assert [(row["line_id"], row["units"]) for row in done.rows] == [("2", "2"), ("1", "9"), ("x", "5")]
    assert done.report.replaced == 1


def test_a_bad_line_does_not_replace_a_good_one(turn):
    done = turn("order,line id,sku,date,units\n1,1,A,2025-01-13,1\n1,1,A,2025-01-13,many\n")
    assert (done.column("units"), done.report.bad, done.report.replaced) == (["1"], 1, 0)


def test_the_price_follows_from_the_amount_of_the_line(turn):
    text = "sku,date,units,amount,unit price\nA,2025-01-13,4,10,\nBB,2025-01-13,-3,-10,\nCC,2025-01-13,2,10,4.99\n"
    assert turn(text).column("unit_price") == ["2.5", "3.333333", "4.99"]


def test_a_naive_time_is_local_and_a_written_zone_is_kept(turn):
    text = "sku,date,units\nA,2025-07-01 00:30:00,1\nBB,2025-07-01 00:30:00 +0800,1\nCC,2025-07-01T23:30:00Z,1\n"
    done = turn(text, timezone="Europe/Berlin")
    assert done.column("sold_at") == ["2025-06-30T22:30:00Z", "2025-06-30T16:30:00Z", "2025-07-01T23:30:00Z"]
    assert done.column("sold_on") == ["2025-07-01", "2025-06-30", "2025-07-02"]


def test_hours_that_the_clock_jumps_over_or_lives_twice_are_read(turn):
    text = "sku,date,units\nA,2025-03-30 02:30:00,1\nBB,2025-10-26 02:30:00,1\nCC,2025-03-30 03:30:00,1\n"
    done = turn(text, timezone="Europe/Berlin")
    assert done.column("sold_at") == ["2025-03-30T01:30:00Z", "2025-10-26T00:30:00Z", "2025-03-30T01:30:00Z"]
    assert done.column("sold_on") == ["2025-03-30", "2025-10-26", "2025-03-30"]


def test_a_day_that_begins_in_a_gap_keeps_its_date(turn):
    done = turn("sku,date,units\nA,2024-04-26,1\n", timezone="Africa/Cairo")  # clocks went from 0:00 to 1:00
    assert (done.column("sold_on"), done.column("sold_at")) == (["2024-04-26"], ["2024-04-25T22:00:00Z"])


def test_a_day_that_a_country_skipped_is_read(turn):
    done = turn("sku,date,units\nA,2011-12-30 10:00,1\n", timezone="Pacific/Apia")
    assert (done.column("sold_on"), done.column("sold_at")) == (["2011-12-30"], ["2011-12-30T20:00:00Z"])


def test_midnight_may_be_written_as_24_hours(turn):
    done = turn("sku,date,units\nA,2025-01-13 24:00:00,1\nA,2025-02-30 10:00:00,1\n")
    assert (done.column("sold_on"), [row.row for row in done.bad]) == (["2025-01-14"], [3])


def test_keys_looked_at_in_groups_are_the_same_keys(turn, monkeypatch):
    text = "order,line id,sku,date,units\n" + "".join(
        f"{n % 13},{n % 3 if n % 2 else ''},S{n % 4},2025-01-13,{n + 1}\n" for n in range(200)
    )
    whole = turn(text)
    monkeypatch.setattr("forecasting.ingest.staging._GROUP", 5)
    assert turn(text, out="groups").rows == whole.rows
    assert 0 < whole.report.replaced < 100


def test_a_sale_in_the_future_is_a_slip(turn):
    done = turn("sku,date,units\nA,2026-11-22,1\nBB,2062-11-22,1\n", today="2026-11-22")
    assert done.column("sku") == ["A"]
    assert str(done.bad[0].faults[0].expected) == "a date that is not in the future"


def test_the_same_file_again_gives_the_same_bytes(turn):
    text = sales(*(f"{n % 7},S{n % 5},2025-01-{n % 28 + 1:02d},{n % 9 - 2},x,{n}.50," for n in range(500)))
    first, second = turn(text), turn(text, out="again")
    for name in ("rows.csv", "bad.ndjson", "report.json"):
        assert (first.out / name).read_bytes() == (second.out / name).read_bytes()


def test_chunks_do_not_show_in_the_result(turn, monkeypatch):
    text = sales(*(f"{n % 7},S{n % 5},2025-01-{n % 28 + 1:02d},{'x' if n % 11 == 0 else 1},x,1," for n in range(300)))
    whole = turn(text)
    monkeypatch.setattr("forecasting.ingest.convert.CHUNK", 7)
    parts = turn(text, out="parts")
    for name in ("rows.csv", "bad.ndjson", "report.json"):
        assert (whole.out / name).read_bytes() == (parts.out / name).read_bytes()


def test_an_ambiguous_day_is_never_guessed(turn, look):
    text = "sku,date,units\nA,03/04/2025,1\nBB,05/06/2025,1\n"
    (question,) = look(text).questions
    assert (question.setting, question.options, question.example) == ("date_order", ("dmy", "mdy"), "03/04/2025")
    with pytest.raises(Unreadable, match=r"03/04/2025 can be two different days"):
        turn(text)
    assert turn(text, out="told", date_order="dmy").column("sold_on") == ["2025-04-03", "2025-06-05"]


def test_an_ambiguous_number_is_never_guessed(turn, look):
    text = "sku;date;units\nA;2025-01-13;1.234\n"
    (question,) = look(text).questions
    assert (question.setting, question.example) == ("decimal", "1.234")
    with pytest.raises(Unreadable, match=r"1\.234 can be two different numbers"):
        turn(text)
    assert turn(text, out="told", decimal=",").column("units") == ["1234"]


def test_a_mapping_without_a_needed_column_is_refused(turn):
    with pytest.raises(Unreadable, match="Say which column holds: units"):
        turn("sku,date\nA,2025-01-13\n", kind="sales", mapping={"sku": "sku", "sold_at": "date"})


def test_a_mapped_column_that_is_not_there_is_refused_and_nothing_is_written(write, tmp_path):
    path = write("sku,date\nA,2025-01-13\n")
    told = Settings("sales", encoding="utf-8", separator=",", header_row=1)
    told = replace(told, mapping={"sku": "sku", "sold_at": "date", "units": "pieces"})
    with pytest.raises(Unreadable, match="There is no column pieces"):
        convert(path, told, tmp_path / "out", tmp_path, lambda done, total: None)
    assert not (tmp_path / "out").exists()


def test_an_unknown_time_zone_is_refused(turn):
    with pytest.raises(Unreadable, match="Mars/Olympus is not a time zone"):
        turn("sku,date,units\nA,2025-01-13,1\n", timezone="Mars/Olympus")


@pytest.mark.parametrize(("day", "hours"), [("2025-03-30", 23), ("2025-10-26", 25), ("2025-06-01", 24)])
def test_a_day_has_as_many_hours_of_sales_as_its_clock_says(turn, day, hours):
    first = datetime.fromisoformat(f"{day}T00:00:00+00:00") - timedelta(hours=12)
    moments = [first + timedelta(hours=hour) for hour in range(48)]
    text = "sku,date,units\n" + "".join(f"A{at},{moment.isoformat()},1\n" for at, moment in enumerate(moments))
    assert turn(text, timezone="Europe/Berlin").column("sold_on").count(day) == hours
