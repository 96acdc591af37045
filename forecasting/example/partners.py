"""Who the example firm deals with: its suppliers, its warehouses, and the channels that it sells through."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Maker:
    """One supplier: stated lead time and its spread in days, how it really delivers, and when it closes.

    slow: true mean lead time divided by the stated one. spread: log-sd of the true one. late: chance that a delivery
    takes half as long again or more. closes: days closed before and after Chinese New Year's Day.
    """

    code: str
    name: str
    name_zh: str
    lead_days: int
    lead_sd_days: int
    review_days: int
    slow: float
    spread: float
    late: float
    closes: tuple[int, int]


MAKERS: tuple[Maker, ...] = (
    Maker("NHFZ", "Nanhai Weaving Mill", "南海纺织厂", 21, 3, 7, 1.05, 0.12, 0.08, (12, 16)),
    Maker("SZYH", "Shenzhen Yinhua Printing", "深圳印花厂", 16, 3, 7, 1.15, 0.20, 0.14, (10, 14)),
    Maker("JSWF", "Jiangsu Down & Fibre", "江苏羽绒纤维", 28, 4, 7, 1.05, 0.12, 0.08, (15, 18)),
    Maker("ZJZY", "Zhejiang Bamboo Works", "浙江竹艺", 25, 5, 14, 1.10, 0.18, 0.10, (14, 16)),
    Maker("DGBZ", "Dongguan Packaging & Trims", "东莞包装辅料", 9, 2, 7, 1.0, 0.15, 0.06, (8, 12)),
    Maker("KRTM", "Karachi Terry Mills", "卡拉奇毛巾厂", 48, 7, 14, 1.1, 0.15, 0.12, (0, 0)),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One warehouse: extra days that goods travel to reach it, and days between its reviews by the buyers."""

    code: str
    name: str
    name_zh: str
    country: str
    travel_days: int


PLACES: tuple[Place, ...] = (
    Place("FOSHAN", "Foshan factory warehouse", "佛山工厂仓", "CN", 0),
    Place("LA-3PL", "Los Angeles third-party warehouse", "洛杉矶海外仓", "US", 32),
)


@dataclass(frozen=True, slots=True)
class Outlet:
    """One channel: where it ships from, its price against the list price, and its costs as shares of the money paid.

    shipping: CNY per order line, paid by the firm.
    """

    code: str
    name: str
    name_zh: str
    place: int
    price: float
    platform_fee: float
    payment_fee: float
    advertising: float
    shipping: float


OUTLETS: tuple[Outlet, ...] = (
    Outlet("own-shop", "Own shop", "官网商城", 0, 0.96, 0.0, 0.006, 0.09, 9.0),
    Outlet("tmall", "Tmall flagship", "天猫旗舰店", 0, 1.0, 0.05, 0.006, 0.11, 7.5),
    Outlet("amazon", "Amazon", "亚马逊", 1, 1.45, 0.15, 0.0, 0.08, 28.0),
    Outlet("wholesale", "Wholesale", "批发", 0, 0.66, 0.0, 0.002, 0.01, 15.0),
)
OWN, TMALL, AMAZON, WHOLESALE = range(4)
RETAIL = (OWN, TMALL, AMAZON)
