"""The other kinds, and what makes a row bad."""

import pytest


def faults(done):
    return [(row.row, fault.column, fault.value, str(fault.expected)) for row in done.bad for fault in row.faults]


def test_products_are_read_with_terms(turn):
    text = (
        "货号,商品名称,类别,成本价,提前期,最小起订量,服务水平,状态,币种\n"
        '007,纯棉床单,床品,"1,035.50",14,50,95%,在售,人民币\n'
        "008,被子,床品,20,21.5,,0.9,停产,cny\n009,毯子,,,,,97.5,,\n"
    )
    done = turn(text)
    assert done.report.kind == "products"
    assert done.column("sku") == ["007", "008", "009"]
    assert done.column("unit_cost") == ["1035.5", "20", ""]
    assert done.column("lead_time_days") == ["14", "21.5", ""]
    assert done.column("service_level") == ["0.95", "0.9", "0.975"]
    assert done.column("status") == ["active", "discontinued", ""]
    assert done.column("currency") == ["CNY", "CNY", ""]


@pytest.mark.parametrize("level", ["0", "100", "100%", "150", "-5", "1", "high"])
def test_a_service_level_outside_of_sense_is_bad(turn, level):
    done = turn(f"sku,cost,service level\nA,1,{level}\nB,1,95\n")
    assert [row.row for row in done.bad] == [2]


def test_stock_suppliers_and_inbound_are_read(turn):
    stock = turn("SKU,Warehouse,On hand,Count date\nA,Main,12,2025-01-13\nA,North,-3,2025-01-13\n")
    assert [(row["location"], row["on_hand"], row["counted_on"]) for row in stock.rows] == [
        ("Main", "12", "2025-01-13"),
        ("North", "-3", "2025-01-13"),
    ]
    suppliers = turn("Supplier code,Supplier name,Lead time (days)\nS1,南通厂,21\n", out="suppliers")
    assert [(row["code"], row["name"], row["lead_time_days"]) for row in suppliers.rows] == [("S1", "南通厂", "21")]
    inbound = turn("PO number,SKU,Quantity,ETA\nPO1,A,100,13/02/2025\n", out="inbound")
    assert [(row["order_ref"], row["units"], row["expected_on"]) for row in inbound.rows] == [
        ("PO1", "100", "2025-02-13")
    ]


@pytest.mark.parametrize(
    ("text", "column", "kept"),
    [
        ("sku,cost\nA,1\nB,2\nA,3\n", "unit_cost", ["2", "3"]),
        ("sku,location,on hand\nA,X,1\nA,Y,2\nA,X,3\nA,,4\n", "on_hand", ["2", "3", "4"]),
        ("supplier code,supplier name,lead time\nS,a,1\nS,b,2\n", "name", ["b"]),
        ("po,sku,quantity,eta\nP,A,1,2025-01-13\nP,A,2,2025-01-13\nP,A,3,2025-01-14\n", "units", ["2", "3"]),
    ],
)
def test_of_rows_with_the_same_key_the_last_wins_and_the_report_says_so(turn, text, column, kept):
    done = turn(text)
    assert done.column(column) == kept
    assert done.report.replaced == done.report.rows - len(kept) == 1


POISON = [
    ("A,2025-01-13,NaN", "units", "NaN", "a number"),
    ("A,2025-01-13,inf", "units", "inf", "a number"),
    ("A,2025-01-13,1e309", "units", "1e309", "a number"),
    ("A,2025-01-13,1e12", "units", "1e12", "a number between -1,000,000,000 and 1,000,000,000"),
    ("A,2025-01-13,-2000000000", "units", "-2000000000", "a number between -1,000,000,000 and 1,000,000,000"),
    ("A,2025-01-13,", "units", "", "something: this column must not be empty"),
    ("A,2025-01-13,ten", "units", "ten", "a number"),
    ("A,2025-01-13,#N/A", "units", "#N/A", "a number"),
    ("A,32/13/2026,1", "date", "32/13/2026", "a date, such as 2026-11-22"),
    ("A,,1", "date", "", "something: this column must not be empty"),
    (",2025-01-13,1", "sku", "", "something: this column must not be empty"),
    ("A\x00B,2025-01-13,1", "sku", "A\ufffdB", "a code of at most 100 characters without line breaks"),
    ("A\x07,2025-01-13,1", "sku", "A\x07", "a code of at most 100 characters without line breaks"),
    ('"A\nB",2025-01-13,1', "sku", "A\nB", "a code of at most 100 characters without line breaks"),
    ("#REF!,2025-01-13,1", "sku", "#REF!", "a code of at most 100 characters without line breaks"),
    ("x" * 101 + ",2025-01-13,1", "sku", "x" * 101, "at most 100 characters"),
    (
        "6.93E+12,2025-01-13,1",
        "sku",
        "6.93E+12",
        "the code in full: Excel has shortened it to a number, so format the column as text and paste it again",
    ),
    (
        "A,2025-01-13,1,5",
        "",
        "5",
        "as many cells as the header has: check separators and quotation marks in this row",
    ),
]


@pytest.mark.parametrize(("line", "column", "value", "expected"), POISON)
def test_a_bad_cell_is_named_with_row_column_value_and_what_was_expected(turn, line, column, value, expected):
    done = turn(f"sku,date,units\nOK,2025-01-13,1\n{line}\nOK,2025-01-14,1\n", kind="sales")
    assert faults(done) == [(3, column, value, expected)]
    assert done.column("row") == ["2", "4"]
    (problem,) = done.report.problems
    assert (problem.column, problem.count, problem.first[0].row, str(problem.expected)) == (column, 1, 3, expected)


def test_a_name_may_not_be_too_long_or_hold_control_characters(turn):
    done = turn(f'sku,name,cost\nA,{"x" * 301},1\nB,a\x01b,1\nC,{"y" * 300},1\nD,"two\nlines",1\nE,nan,1\n')
    assert [(row.row, fault.field) for row in done.bad for fault in row.faults] == [(2, "name"), (3, "name")]
    assert done.column("name") == ["y" * 300, "two lines", ""]


def test_all_faults_of_a_row_are_told_at_once(turn):
    done = turn("sku,date,units,price\n,yesterday,many,cheap\n", kind="sales")
    assert [fault.field for fault in done.bad[0].faults] == ["sku", "sold_at", "units", "unit_price"]
    assert done.bad[0].raw == {"sku": "", "date": "yesterday", "units": "many", "price": "cheap"}
    assert done.report.bad == 1


def test_rows_and_lines_of_bad_rows_are_those_of_the_file(turn):
    done = turn('preamble\n\nsku,name,cost\nA,"two\nlines",1\n\nB,b,x\n')
    assert [(row.row, row.line) for row in done.bad] == [(6, 7)]


@pytest.mark.parametrize(
    ("cell", "sku"),
    [
        ("007", "007"),
        ("  007 ", "007"),
        ("\t007", "007"),
        ("'007", "007"),
        ('"=""007"""', "007"),
        ("\u3000007\u00a0", "007"),
        ("1E5", None),
        ("12E", "12E"),
        ("E12", "E12"),
        ("3.5", "3.5"),
        ("=1+1", "=1+1"),
        ("-5", "-5"),
        ("中文-1", "中文-1"),
    ],
)
def test_identifiers_stay_text(turn, cell, sku):
    done = turn(f"sku,cost\n{cell},1\nB,2\n")
    assert done.column("sku") == ([sku] if sku else []) + ["B"]


@pytest.mark.parametrize("word", ["-", "n/a", "N/A", "NULL", "无", "–"])
def test_words_for_nothing_are_empty_where_a_number_may_be_absent(turn, word):
    done = turn(f"sku,cost,lead time\nA,1,{word}\n")
    assert (done.report.bad, done.column("lead_time_days")) == (0, [""])


def test_short_rows_lack_only_empty_cells(turn):
    done = turn("sku,cost,name\nA,1\nB,2,x,,\n")
    assert [(row["sku"], row["name"]) for row in done.rows] == [("A", ""), ("B", "x")]


def test_problems_are_grouped_with_counts_and_first_examples(turn):
    done = turn(
        "sku,date,units\n" + "".join(f"A{n},13/13/2025,{n}\n" for n in range(1, 42)) + "BB,2025-01-13,x\n", kind="sales"
    )
    first, second = done.report.problems
    assert (first.field, first.count, [example.row for example in first.first]) == ("sold_at", 41, [2, 3, 4, 5, 6])
    assert first.first[0].value == "13/13/2025"
    assert (second.field, second.count) == ("units", 1)


def test_a_currency_that_could_be_several_is_bad(turn):
    done = turn("sku,cost,currency\nA,1,$\nB,1,usd\nC,1,€\n")
    assert [row.row for row in done.bad] == [2]
    assert done.column("currency") == ["USD", "EUR"]


@pytest.mark.parametrize(
    ("separator", "decimal", "encoding"),
    [
        (s, d, e)
        for s in ";\t|"
        for d in ".,"
        for e in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030", "cp1252")
    ]
    + [(",", ".", e) for e in ("utf-8", "gb18030", "utf-16-be")],
)
def test_separators_decimals_and_encodings_in_any_combination_mean_the_same(turn, separator, decimal, encoding):
    name = "Größe ü ä ö" if encoding == "cp1252" else "纯棉床单夏季"
    lines = [["sku", "name", "unit cost", "date", "units"]]
    lines += [[f"00{n}", name, f"1234{decimal}5{n}", "13/01/2025", "3"] for n in range(1, 4)]
    text = "\r\n".join(separator.join(line) for line in lines) + "\r\n"
    done = turn(text.encode(encoding), kind="products")
    assert done.column("sku") == ["001", "002", "003"]
    assert done.column("name") == [name] * 3
    assert done.column("unit_cost") == ["1234.51", "1234.52", "1234.53"]


def test_a_file_with_only_a_header_has_no_rows(turn):
    done = turn("sku,date,units\n")
    assert (done.report.rows, done.rows, done.bad) == (0, [], [])


def test_stock_without_a_day_is_that_of_today(look, turn):
    text = "sku,on_hand\nA1,3\n"
    assert any("2026-11-22" in str(note) for note in look(text, today="2026-11-22").notes)
    assert turn(text, today="2026-11-22").column("counted_on") == ["2026-11-22"]
    mixed = turn("sku,on_hand,counted_at\nA1,3,2026-11-20\nB2,4,\n", out="mixed", today="2026-11-22")
    assert mixed.column("counted_on") == ["2026-11-20", "2026-11-22"]
