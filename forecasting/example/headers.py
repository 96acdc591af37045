"""The headers of the example firm's files: English as Lagom names them, Chinese as an export would."""

ENGLISH: dict[str, tuple[str, ...]] = {
    "products": (
        "sku", "name", "category", "unit_cost", "unit_price", "currency", "supplier", "lead_time_days",
        "lead_time_sd_days", "review_days", "moq", "pack_size", "shelf_life_days", "service_level",
        "status", "replaces",
    ),
    "suppliers": ("code", "name", "lead_time_days", "lead_time_sd_days", "review_days", "currency"),
    "sales": (
        "order_id", "line_id", "sku", "sold_at", "units", "unit_price", "discount", "currency", "channel", "location",
        "customer_ref", "status",
    ),
    "stock": ("sku", "location", "counted_at", "on_hand", "reserved"),
    "inbound": ("order_ref", "sku", "location", "units", "ordered_on", "expected_on", "received_on"),
    "locations": ("code", "name", "country"),
    "channels": (
        "code", "name", "location", "platform_fee", "payment_fee", "advertising", "shipping", "currency",
    ),
    "events": ("name", "kind", "starts_on", "ends_on", "percent_off", "channel", "sku", "supplier"),
    "components": ("kit", "sku", "units"),
}  # fmt: skip
"""Columns of each file, in order."""

CHINESE: dict[str, dict[str, str]] = {
    "products": {
        "sku": "商品编码", "name": "商品名称", "category": "类目", "unit_cost": "成本价", "unit_price": "销售价",
        "currency": "币种", "supplier": "供应商", "lead_time_days": "提前期(天)",
        "lead_time_sd_days": "提前期标准差(天)",
        "review_days": "订货周期(天)", "moq": "起订量", "pack_size": "装箱数", "shelf_life_days": "保质期(天)",
        "service_level": "服务水平", "status": "状态", "replaces": "替代商品编码",
    },
    "suppliers": {
        "code": "供应商编码", "name": "供应商名称", "lead_time_days": "提前期(天)",
        "lead_time_sd_days": "提前期标准差(天)",
        "review_days": "订货周期(天)", "currency": "币种",
    },
    "sales": {
        "order_id": "订单编号", "line_id": "子订单编号", "sku": "商家编码", "sold_at": "下单时间", "units": "数量",
        "unit_price": "单价", "discount": "优惠金额", "currency": "币种", "channel": "渠道", "location": "仓库",
        "customer_ref": "买家会员名", "status": "订单状态",
    },
    "stock": {
        "sku": "商品编码", "location": "仓库", "counted_at": "盘点日期", "on_hand": "库存数量", "reserved": "占用数量",
    },
    "inbound": {
        "order_ref": "采购单号", "sku": "商品编码", "location": "仓库", "units": "采购数量", "ordered_on": "下单日期",
        "expected_on": "预计到货日期", "received_on": "实际到货日期",
    },
    "locations": {"code": "仓库编码", "name": "仓库名称", "country": "国家"},
    "channels": {
        "code": "渠道", "name": "渠道名称", "location": "仓库", "platform_fee": "平台费率", "payment_fee": "支付费率",
        "advertising": "推广费率", "shipping": "运费", "currency": "币种",
    },
    "events": {
        "name": "活动名称", "kind": "活动类型", "starts_on": "开始日期", "ends_on": "结束日期",
        "percent_off": "折扣(%)",
        "channel": "渠道", "sku": "商品编码", "supplier": "供应商",
    },
    "components": {"kit": "套装编码", "sku": "商品编码", "units": "数量"},
}  # fmt: skip

CHINESE_WORDS: dict[str, dict[str, str]] = {
    "status": {
        "active": "在售", "discontinued": "停产", "completed": "交易成功", "cancelled": "交易关闭",
        "returned": "已退货",
    },
    "kind": {"promotion": "促销", "sale": "大促", "closure": "停工"},
}  # fmt: skip
"""Words in cells, by column."""
