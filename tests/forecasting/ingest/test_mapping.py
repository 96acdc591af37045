"""Headers, kinds and proposed mappings, on the layouts people really have."""

from dataclasses import replace

import pytest

from forecasting.ingest import Unreadable
from forecasting.ingest.convert import convert
from forecasting.ingest.fields import KINDS
from forecasting.ingest.header import clean_header, find_header, header_key, named
from forecasting.ingest.synonyms import synonyms

LAYOUTS = [
    (
        "sales",
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "489434,85048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom\n",
        {
            "order_id": "InvoiceNo",
            "sku": "StockCode",
            "name": "Description",
            "units": "Quantity",
            "sold_at": "InvoiceDate",
            "unit_price": "UnitPrice",
            "customer_ref": "CustomerID",
        },
    ),
    (
        "sales",
        "订单编号,商家编码,宝贝标题,购买数量,价格,订单付款时间,订单状态,店铺名称\n"
        "T1,A-1,纯棉床单,2,99.00,2025-01-13 10:20:30,交易成功,旗舰店\n",
        {
            "order_id": "订单编号",
            "sku": "商家编码",
            "name": "宝贝标题",
            "units": "购买数量",
            "unit_price": "价格",
            "sold_at": "订单付款时间",
            "status": "订单状态",
            "location": "店铺名称",
        },
    ),
    (
        "sales",
        "\t订单号,\t商品名称,\t商品数量（件）,\t商家实收金额（元）,\t商家编码-规格维度,\t支付时间\n"
        "P1,被子,1,120.5,B-2,2025-01-13 10:20:30\n",
        {
            "order_id": "订单号",
            "name": "商品名称",
            "units": "商品数量(件)",
            "amount": "商家实收金额(元)",
            "sku": "商家编码-规格维度",
            "sold_at": "支付时间",
        },
    ),
    (
        "sales",
        "Name,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Financial Status,Currency\n"
        "#1001,2025-10-07 09:50:26 +0200,2,Blue sheet,39.90,BS-1,paid,EUR\n",
        {
            "sold_at": "Created at",
            "units": "Lineitem quantity",
            "unit_price": "Lineitem price",
            "sku": "Lineitem sku",
            "status": "Lagom status",
            "currency": "Currency",
        },
    ),
    (
        "sales",
        "amazon-order-id\tpurchase-date\torder-status\tsku\tproduct-name\tquantity\tcurrency\titem-price\tsales-channel\n"
        "026-1\t2025-01-13T10:20:30+00:00\tShipped\t0012\tSheet\t1\tGBP\t12.50\tAmazon.co.uk\n",
        {
            "order_id": "amazon-order-id",
            "sold_at": "purchase-date",
            "sku": "sku",
            "units": "quantity",
            "status": "order-status",
        },
    ),
    (
        "sales",
        "Artikelnummer;Menge;Bestelldatum;Einzelpreis\n0815;3;13.01.2025;12,50\n",
        {"sku": "Artikelnummer", "units": "Menge", "sold_at": "Bestelldatum", "unit_price": "Einzelpreis"},
    ),
    (
        "products",
        "货号,商品名称,类别,成本价,售价,提前期,最小起订量,箱规,供应商\nA1,床单,床品,35.5,99,14,50,10,南通厂\n",
        {
            "sku": "货号",
            "name": "商品名称",
            "category": "类别",
            "unit_cost": "成本价",
            "unit_price": "售价",
            "lead_time_days": "提前期",
            "moq": "最小起订量",
            "pack_size": "箱规",
            "supplier": "供应商",
        },
    ),
    (
        "products",
        "Item Code,Item Name,Item Group,Valuation Rate,Lead Time in days,Minimum Order Qty\nA1,Sheet,Bed,35.5,14,50\n",
        {
            "sku": "Item Code",
            "name": "Item Name",
            "category": "Item Group",
            "unit_cost": "Valuation Rate",
            "lead_time_days": "Lead Time in days",
            "moq": "Minimum Order Qty",
        },
    ),
    (
        "stock",
        "SKU,Location,On hand (current),Committed\nA1,Main,12,3\n",
        {"sku": "SKU", "on_hand": "On hand (current)"},
    ),
    (
        "stock",
        "商品编码,仓库,库存数量,盘点日期\nA1,主仓,12,2025-01-13\n",
        {"sku": "商品编码", "on_hand": "库存数量", "counted_at": "盘点日期"},
    ),
    (
        "suppliers",
        "Supplier code,Supplier name,Lead time (days),Currency\nS1,Nantong Mill,21,CNY\n",
        {
            "code": "Supplier code",
            "name": "Supplier name",
            "lead_time_days": "Lead time (days)",
            "currency": "Currency",
        },
    ),
    (
        "inbound",
        "PO number,SKU,Quantity,ETA,Order date\nPO1,A1,100,2025-02-13,2025-01-13\n",
        {"order_ref": "PO number", "sku": "SKU", "units": "Quantity", "expected_on": "ETA", "ordered_on": "Order date"},
    ),
    (
        "inbound",
        "采购单号,货号,在途数量,预计到货日期\nPO1,A1,100,2025-02-13\n",
        {"order_ref": "采购单号", "sku": "货号", "units": "在途数量", "expected_on": "预计到货日期"},
    ),
    (
        "components",
        "Bundle/assembly SKU,Is assembly,Component SKU,Quantity,Retail price\nSET1,No,A1,2,9\n",
        {
            "parent_sku": "Bundle/assembly SKU",
            "made": "Is assembly",
            "component_sku": "Component SKU",
            "quantity": "Quantity",
        },
    ),
    ("components", "kit,sku,units\nSET1,A1,2\n", {"parent_sku": "kit", "component_sku": "sku", "quantity": "units"}),
    ("components", "套装编码,商品编码,数量\nSET1,A1,2\n", {"parent_sku": "套装编码", "component_sku": "商品编码"}),
    ("rates", "Date;Currency;Rate\n13.01.2025;USD;0,9214\n", {"currency": "Currency", "date": "Date", "rate": "Rate"}),
    ("rates", "币种,日期,汇率\nUSD,2025-01-13,7.0912\n", {"currency": "币种", "date": "日期", "rate": "汇率"}),
    (
        "rates",
        "From Currency,Valid from,Exchange Rate\nUSD,2025-01-13,0.9214\n",
        {"currency": "From Currency", "date": "Valid from", "rate": "Exchange Rate"},
    ),
    # an order line has a currency, a day and a rate too
    ("sales", "Item Code,Qty,Date,Rate,Currency\nA1,2,2025-01-13,3.5,USD\n", {"sku": "Item Code", "units": "Qty"}),
]


@pytest.mark.parametrize(("kind", "text", "mapping"), LAYOUTS)
def test_a_layout_is_recognised_and_mapped(look, kind, text, mapping):
    seen = look(text)
    assert seen.settings.kind == kind
    assert {name: seen.settings.mapping.get(name) for name in mapping} == mapping


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_file_with_our_own_names_is_mapped_as_it_stands(look, kind):
    cells = {"identifier": "A1", "text": "x", "number": "1", "share": "0.95", "moment": "2025-01-13 10:00:00"}
    cells |= {"day": "2025-01-13", "currency": "EUR", "status": "active", "flag": "yes"}
    fields = KINDS[kind].fields
    text = ",".join(f.name for f in fields) + "\n" + ",".join(cells[f.type] for f in fields) + "\n"
    seen = look(text)
    assert seen.settings.kind == kind
    assert dict(seen.settings.mapping) == {f.name: f.name for f in fields}
    assert seen.questions == ()


def test_every_synonym_belongs_to_a_field_that_exists():
    for kind, fields in synonyms().items():
        assert set(fields) == {field.name for field in KINDS[kind].fields}


def test_a_column_of_words_is_hardly_a_quantity(look):
    seen = look("sku,stock,in stock,date\nA,in the blue box,3,2025-01-13\nB,on the shelf,4,2025-01-14\n")
    assert seen.settings.mapping["on_hand"] == "in stock"


@pytest.mark.parametrize("units", ["Qty sold", "How many"])
def test_a_file_that_repeats_its_products_is_no_list_of_products(look, units):
    rows = [f"2026-10-{day:02d},A-{code},{day % 5},2.50" for day in range(1, 20) for code in range(3)]
    guess = look("\n".join([f"Order date,Item code,{units},Unit price", *rows])).kinds[0]
    assert guess.kind == "sales"
    assert (guess.mapping["sold_at"], guess.mapping.get("units")) == (
        "Order date",
        units if units == "Qty sold" else None,
    )


def test_a_code_alone_does_not_tell_what_a_file_holds(look):
    seen = look("item_id,timestamp,my_target\nA1,2025-01-13 00:00:00,4\nA1,2025-01-14 00:00:00,2\n")
    assert seen.questions[0].setting == "kind"
    assert not look("sku\nA1\n").questions


def test_a_preamble_above_the_header_is_passed_over(look):
    seen = look(
        "Acme Ltd\nSales report,,\nfrom 1 Jan,to 31 Jan,\n\nSKU,Quantity,Date\nA,1,2025-01-13\nB,2,2025-01-14\n"
    )
    assert (seen.settings.header_row, seen.headers) == (5, ("SKU", "Quantity", "Date"))
    assert seen.preview_rows == (6, 7)


def test_a_table_without_header_gets_numbered_columns_and_a_question(look):
    seen = look("A1,5,2025-01-13\nA2,6,2025-01-14\n")
    assert seen.headers == ("Column 1", "Column 2", "Column 3")
    assert (seen.settings.header_row, seen.questions[0].setting) == (0, "kind")
    assert seen.preview[0] == ("A1", "5", "2025-01-13")


def test_headers_are_cleaned_and_told_apart():
    assert clean_header("\ufeff\t'商品数量（件） ") == "商品数量(件)"
    assert named(["Name", "", "name", "Name"]) == ("Name", "Column 2", "name", "Name (2)")


def test_the_key_of_a_layout_ignores_case_spacing_and_our_own_columns():
    key = header_key(["SKU", "Unit price"])
    assert header_key(["sku ", "unit_price"]) == key
    assert header_key(["SKU", "Unit price", "Reason", "Lagom line"]) == key
    assert header_key(["SKU", "Price"]) != key


def test_the_header_is_the_row_of_names():
    assert find_header([["x"], ["sku", "units"], ["A", "1"], ["B", "2"]]) == 2
    assert find_header([["1", "2"], ["3", "4"]]) == 0
    assert find_header([]) == 0


def test_a_remembered_mapping_finds_headers_of_another_case(look, turn):
    remembered = {"sku": "Stock Code", "sold_at": "DATE", "units": "Pieces out"}
    text = "stock_code,date,pieces out,extra\nA1,2025-01-13,3,4\n"
    seen = look(text, kind="sales", mapping=remembered)
    assert dict(seen.settings.mapping) == {"sku": "stock_code", "sold_at": "date", "units": "pieces out"}
    told = {**seen.settings.to_json(), "mapping": remembered}
    assert turn(text, **told).column("units") == ["3"]


def test_a_changed_kind_or_separator_is_taken_as_told(look):
    text = "sku|date|quantity\nA1|2025-01-13|3\n"
    assert look(text, kind="stock").settings.kind == "stock"
    assert look(text, separator=",").headers == ("sku|date|quantity",)


@pytest.mark.parametrize("row", [2, 99])
def test_a_header_row_that_is_empty_is_refused(look, turn, write, tmp_path, row):
    text = "sku,date,units\n\nA1,2025-01-13,3\n"
    with pytest.raises(Unreadable, match=f"Row {row}, which should be the header, is empty"):
        look(text, header_row=row)
    told = replace(look(text).settings, header_row=row)
    with pytest.raises(Unreadable, match=f"Row {row}, which should be the header, is empty"):
        convert(write(text), told, tmp_path / "out", tmp_path, lambda done, total: None)
