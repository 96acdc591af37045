"""The shops' exports: one fixture each in the exact order and encoding of the real ones, counted by hand."""

from zipfile import ZipFile

import pytest

from forecasting.ingest import shops
from forecasting.ingest.errors import Unreadable
from forecasting.ingest.fields import KINDS
from forecasting.ingest.header import named
from forecasting.ingest.shops.steps import STEPS, Line, fill_down, negative, split, spread, unpivot
from tests.forecasting.ingest.counted import AMOUNT, COUNTED, FIRM, HERE


@pytest.mark.parametrize(
    ("name", "kind", "rows", "good", "bad", "aside", "units"), COUNTED, ids=[f"{row[0]}-{row[1]}" for row in COUNTED]
)
def test_an_export_is_recognised_and_its_rows_are_those_counted_by_hand(
    look, turn, name, kind, rows, good, bad, aside, units
):
    seen = look(HERE / name, kind=kind, **FIRM)
    assert seen.shop
    assert seen.questions == ()
    turned = turn(HERE / name, kind=kind, **FIRM)
    report = turned.report
    groups = {
        group.code if group.reason == "status" else group.reason: group.count for group in report.set_aside_groups
    }
    assert (report.rows, report.good, report.bad, groups) == (rows, good, bad, aside)
    assert report.rows == report.good + report.bad + report.set_aside + report.replaced
    if units is not None:
        assert sum(map(float, turned.column(AMOUNT[kind]))) == units


def test_every_format_has_a_fixture():
    fixtures = {name for name, *_ in COUNTED} | {"taobao_orders.csv", "taobao_items.csv", "woocommerce_analytics.csv"}
    assert {path.name for path in HERE.iterdir()} == fixtures
    known = {shops.recognise(named(headers(path))).name for path in HERE.iterdir()}
    assert known == set(shops.every())


def headers(path):
    import csv

    text = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            first = text.decode(encoding).splitlines()[0]
        except UnicodeDecodeError:
            continue
        return next(csv.reader([first], delimiter="\t" if path.suffix == ".tsv" else ","))
    raise AssertionError(path)


def test_every_file_of_a_shop_names_steps_and_fields_that_exist():
    for shop in shops.every().values():
        assert shop.readings or shop.advice or shop.companion, shop.name
        for kind, reading in shop.readings.items():
            assert set(KINDS[kind].required) <= set(reading.mapping), (shop.name, kind)
            assert all(step["do"] in STEPS for step in reading.steps), (shop.name, kind)


# ── What each shop is known for ──


def test_what_stands_on_an_orders_first_row_only_holds_for_all_its_lines(turn):
    rows = turn(HERE / "shopify_orders.csv", **FIRM).rows
    assert [(row["order_id"], row["sku"], row["currency"], row["channel"]) for row in rows[:2]] == [
        ("#1001", "MUG-B", "EUR", "web"),
        ("#1001", "00123", "EUR", "web"),
    ]
    # 02:30 on the night the clocks go back, an hour from UTC: 01:30 UTC, and still the 26th in Berlin
    assert (rows[2]["sold_at"], rows[2]["sold_on"]) == ("2025-10-26T01:30:00Z", "2025-10-26")


def test_variants_are_named_with_their_options_and_archived_ones_are_discontinued(turn):
    rows = turn(HERE / "shopify_products.csv", **FIRM).rows
    assert [(row["name"], row["supplier"], row["status"]) for row in rows] == [
        ("Mug - blue", "Kiln", "active"),
        ("Mug - red", "Kiln", "active"),
        ("Tea 100 g", "Leaf", "discontinued"),
    ]


def test_a_variation_has_the_category_of_its_parent(turn):
    rows = turn(HERE / "woocommerce_products.csv", kind="products", **FIRM).rows
    assert [(row["sku"], row["category"]) for row in rows] == [
        ("SHIRT-M", "Clothes > Shirts"),
        ("CAP", "Clothes"),
        ("BAG", ""),
    ]


def test_a_product_without_a_cost_of_its_own_has_that_of_a_shop(turn):
    rows = turn(HERE / "lightspeed_r.csv", kind="products", **FIRM).rows
    assert [(row["sku"], row["unit_cost"]) for row in rows] == [("BELL-1", "3.1"), ("210000000002", "2.2")]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("shopify_orders.csv", "An order refunded in part counts whole"),
        ("webtoffee_orders.csv", "An order refunded in part counts whole"),
        ("frepple_sales.csv", "the one on which the customer wants the goods"),
        ("square_items.csv", "Counted as returned: Refund."),
        ("jd_orders.csv", "The day of sale is the first that is filled of: 付款确认时间, 下单时间."),
        ("douyin_orders.csv", "Times are read as local time of Asia/Shanghai."),
        ("amazon_orders.tsv", "Set aside as not sold, by their status: canceled, cancelled, draft, pending"),
    ],
)
def test_the_rules_of_a_shop_are_told_before_its_file_is_read(look, name, rule):
    told = [str(note) for note in look(HERE / name, **FIRM).notes]
    assert any(rule in note for note in told), told


def test_a_shop_in_the_file_of_orders_may_be_a_distributors(turn, tmp_path):
    text = (HERE / "taobao_orders.csv").read_text(encoding="gb18030").replace("店铺名称", "分销商店铺名称")
    (tmp_path / "orders.csv").write_text(text, encoding="gb18030")
    rows = turn(HERE / "taobao_items.csv", partner=str(tmp_path / "orders.csv"), **FIRM).rows
    assert {row["channel"] for row in rows} == {"和风小店"}


def test_local_times_are_read_by_the_rules_of_the_zone_named_beside_them(turn):
    rows = turn(HERE / "square_items.csv", **FIRM).rows
    # New York jumps from 02:00 to 03:00 that night: five hours from UTC before, four after
    assert [row["sold_at"] for row in rows[:2]] == ["2025-03-09T06:30:00Z", "2025-03-09T07:30:00Z"]
    # 23:15 in New York is the next morning in Berlin
    assert rows[2]["sold_on"] == "2025-03-10"
    assert (rows[3]["units"], rows[3]["amount"]) == ("-1", "-4")


def test_a_zone_that_nobody_knows_is_told_and_not_guessed(turn):
    text = (HERE / "square_items.csv").read_text(encoding="utf-8").replace("Eastern Time (US & Canada)", "Mars")
    report = turn(text, **FIRM).report
    assert (report.good, report.bad) == (0, 4)
    assert report.problems[0].field == "sold_at"


def test_times_in_china_are_chinas_whatever_the_zone_of_the_firm(turn):
    rows = turn(HERE / "pinduoduo_orders.csv", **FIRM).rows
    assert rows[0]["sold_at"] == "2025-06-17T16:00:05Z"  # 00:00:05 on the 18th in Shanghai
    assert {row["currency"] for row in rows} == {"CNY"}
    assert [row["sku"] for row in rows] == ["CUP-500-W", "CUP"]


def test_several_items_in_one_cell_become_lines_of_their_own(turn):
    rows = turn(HERE / "douyin_orders.csv", **FIRM).rows
    assert [(row["order_id"][-1], row["sku"], row["units"], row["unit_price"]) for row in rows] == [
        ("1", "SCARF-R", "1", "39"),
        ("2", "SCARF-R", "2", "39"),
        ("2", "GLOVE", "1", "25"),
        ("4", "3600", "4", "25"),
    ]


def test_closed_purchase_orders_tell_how_long_the_supplier_took(turn):
    rows = turn(HERE / "frepple_purchases.csv", **FIRM).rows
    assert [(row["ordered_on"], row["received_on"]) for row in rows] == [
        ("2025-02-01", "2025-02-15"),
        ("2025-03-01", ""),
    ]


def test_an_export_without_products_is_refused_with_advice(look):
    with pytest.raises(Unreadable, match="Export the orders with line items instead"):
        look(HERE / "woocommerce_analytics.csv")


# ── Two files that belong together ──

JOINED = [
    ("SOCK-3-BK", "3", "2025-11-10T16:01:30Z", "甲"),
    ("TOWEL", "2", "2025-11-10T16:01:30Z", "甲"),
    ("TOWEL", "2", "2025-11-12T01:00:20Z", "丙"),
]


def joined(turned):
    return [(row["sku"], row["units"], row["sold_at"], row["customer_ref"]) for row in turned.rows]


def test_taobaos_items_take_their_days_from_the_file_of_orders_in_the_same_zip(turn, tmp_path):
    path = tmp_path / "taobao.zip"
    with ZipFile(path, "w") as archive:
        for name in ("taobao_items.csv", "taobao_orders.csv"):
            archive.write(HERE / name, name)
    turned = turn(path, member="taobao_items.csv", **FIRM)
    assert joined(turned) == JOINED
    assert (turned.report.bad, turned.report.set_aside) == (1, 1)  # one whose order is not there; one that was closed


def test_taobaos_items_take_their_days_from_a_file_of_orders_named_beside(turn):
    turned = turn(HERE / "taobao_items.csv", partner=str(HERE / "taobao_orders.csv"), **FIRM)
    assert joined(turned) == JOINED


def test_taobaos_items_alone_say_what_is_missing(look, turn):
    seen = look(HERE / "taobao_items.csv", **FIRM)
    assert seen.waits_for == "taobao_orders"
    with pytest.raises(Unreadable, match="has no days of its own"):
        turn(HERE / "taobao_items.csv", **FIRM)


def test_taobaos_orders_alone_wait_for_their_items(look):
    assert look(HERE / "taobao_orders.csv", **FIRM).waits_for == "taobao_items"


# ── Recognition ──


def test_a_header_is_known_in_any_case_with_marks_tabs_and_wide_brackets(look):
    text = (HERE / "pinduoduo_orders.csv").read_text(encoding="gb18030")
    head, rest = text.split("\n", 1)
    odd = "\ufeff" + head.replace("(", "（").replace(")", "）").replace(",商品,", ",\t商品 ,") + "\n" + rest
    assert look(odd, **FIRM).shop == "拼多多 订单"
    shout = (HERE / "amazon_orders.tsv").read_text(encoding="utf-8").replace("purchase-date", "PURCHASE-DATE", 1)
    assert look(shout, **FIRM).shop == "Amazon all orders"


def test_a_workbook_of_corrected_rows_is_not_shaped_twice(look):
    text = (HERE / "shopify_orders.csv").read_text(encoding="utf-8")
    head, rest = text.split("\n", 1)
    lines = "\n".join(f"{line},why" for line in rest.strip().split("\n"))
    assert look(f"{head},Reason\n{lines}\n", **FIRM).shop == ""


def test_a_person_may_say_that_a_file_is_no_shops(look):
    seen = look(HERE / "shopify_orders.csv", shop="none", **FIRM)
    assert seen.shop == ""
    assert seen.settings.mapping["sku"] == "Lineitem sku"


def test_codes_that_excel_shortened_are_found_by_name_when_the_person_says_so(look, turn):
    text = "sku,name,date,units\n6.93E+12,Tea,2025-01-13,2\n6.93E+12,Jam,2025-01-13,1\nA1,Cup,2025-01-14,3\n"
    (question,) = look(text, **FIRM).questions
    assert (question.setting, question.options, question.example) == ("repair", ("name", "leave"), "6.93E+12")
    told = {"repair": "name", "codes": {"tea": "6930123456789"}, **FIRM}
    turned = turn(text, **told)
    assert turned.column("sku") == ["6930123456789", "A1"]
    assert turned.report.bad == 1  # Jam: nobody knows a product of that name
    assert turn(text, out="left", repair="leave", **FIRM).report.bad == 2


# ── The steps, one by one ──


def run(bound, *rows):
    headers, step = bound
    out = [line for number, cells in enumerate(rows, 2) for line in step(Line(list(cells), number, number))]
    return headers, [line.cells for line in out]


def test_filling_down_stops_at_the_next_order():
    bound = fill_down(["Name", "Day"], by="Name", columns=["Day"])
    assert run(bound, ["1", "Mon"], ["1", ""], ["2", ""], ["2", "Tue"])[1] == [
        ["1", "Mon"],
        ["1", "Mon"],
        ["2", ""],
        ["2", "Tue"],
    ]


def test_numbered_columns_become_rows_and_empty_ones_none():
    bound = unpivot(["id", "Item 1 SKU", "Item 2 SKU", "Item 10 SKU"], columns={"Item {n} SKU": "SKU"})
    assert run(bound, ["7", "A", "", "C"]) == (["id", "SKU"], [["7", "A"], ["7", "C"]])


def test_a_column_per_place_becomes_a_row_per_place():
    bound = spread(["sku", "Stock Berlin", "Stock Ulm"], pattern="Stock {}", name="at", value="units")
    assert run(bound, ["A", "3", ""]) == (["sku", "at", "units"], [["A", "Berlin", "3"]])


def test_a_list_of_another_length_belongs_to_the_order():
    bound = split(["sku", "units", "paid"], columns=["sku", "units", "paid"], by=";")
    assert run(bound, ["A;B", "1;2", "9"])[1] == [["A", "1", "9"], ["B", "2", ""]]


def test_what_came_back_is_negative_once():
    bound = negative(["kind", "qty"], columns=["qty"], when="kind", words=["Refund"])
    assert run(bound, ["Refund", "2"], ["Refund", "-2"], ["Sale", "2"])[1] == [
        ["Refund", "-2"],
        ["Refund", "-2"],
        ["Sale", "2"],
    ]
