"""The goods of the example firm: what a home-textiles maker in Guangdong sells, in English and Chinese."""

from dataclasses import dataclass

FIRM_NAME = "Lanting Home Textiles"
FIRM_NAME_ZH = "兰亭家纺"

Word = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of article: names, yearly shape, price against the category's.

    cloths: rows of the category's list; sizes: smallest first; empty = all of the category's.
    """

    name: str
    name_zh: str
    season: str
    price: float = 1.0
    cloths: tuple[int, ...] = ()
    sizes: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """One category: its share of the range, prices, pace, cloths and articles.

    price: (low, high) of the list price in CNY. lines: median retail order lines a day of a product. extra: chance
    that a line holds one more unit (geometric). returned: share of retail lines that come back. pack: units a carton.
    suppliers: codes of those who make it. cloths: dearest first. sizes: smallest first.
    """

    code: str
    name: str
    name_zh: str
    share: float
    price: tuple[float, float]
    lines: float
    extra: float
    returned: float
    pack: int
    suppliers: tuple[str, ...]
    cloths: tuple[Word, ...]
    items: tuple[Item, ...]
    sizes: tuple[Word, ...]


COLOURS: tuple[Word, ...] = (
    ("Snow White", "雪白"),
    ("Sage", "豆绿"),
    ("Celadon", "青瓷"),
    ("Mist Grey", "雾灰"),
    ("Rice Paper", "米白"),
    ("Osmanthus", "桂花黄"),
    ("Lotus Pink", "藕粉"),
    ("Indigo", "靛蓝"),
    ("Ink", "墨黑"),
    ("Plum", "梅紫"),
    ("Tea Brown", "茶褐"),
    ("Bamboo Green", "竹青"),
    ("Vermilion", "朱红"),
    ("Sky After Rain", "天青"),
    ("Camel", "驼色"),
    ("Clay", "陶土"),
)


def _sizes(*sizes: str) -> tuple[Word, ...]:
    """Write sizes in both languages."""
    return tuple((f"{size} cm", f"{size}cm") for size in sizes)


_COTTONS: tuple[Word, ...] = (
    ("Egyptian Cotton", "长绒棉"),
    ("Tencel", "天丝"),
    ("Cotton Sateen", "贡缎"),
    ("Linen Blend", "棉麻"),
    ("Bamboo Fibre", "竹纤维"),
    ("Washed Cotton", "水洗棉"),
    ("Brushed Cotton", "磨毛"),
    ("Seersucker", "泡泡纱"),
)

_DUVETS = Category(
    code="DUV",
    name="Duvets & quilts",
    name_zh="被芯",
    share=0.12,
    price=(189, 699),
    lines=0.30,
    extra=0.08,
    returned=0.045,
    pack=4,
    suppliers=("NHFZ", "JSWF"),
    cloths=(
        ("Mulberry Silk", "桑蚕丝"),
        ("Goose Down", "鹅绒"),
        ("Duck Down", "鸭绒"),
        ("Wool", "羊毛"),
        ("Soy Fibre", "大豆纤维"),
        ("Xinjiang Cotton", "新疆棉"),
        ("Microfibre", "羽丝绒"),
    ),
    items=(
        Item("Winter Duvet", "冬被", "winter", 1.3),
        Item("Spring & Autumn Duvet", "春秋被", "autumn"),
        Item("All-Season Duvet", "四季被", "winter", 1.1),
        Item("Summer Quilt", "夏凉被", "summer", 0.55, (0, 4, 5, 6)),
    ),
    sizes=_sizes("150×200", "180×220", "200×230", "220×240"),
)

_BED = Category(
    code="BED",
    name="Bed linen",
    name_zh="床品套件",
    share=0.18,
    price=(129, 399),
    lines=0.35,
    extra=0.06,
    returned=0.055,
    pack=6,
    suppliers=("NHFZ", "SZYH"),
    cloths=_COTTONS,
    items=(
        Item("Duvet Cover", "被套", "linen"),
        Item("Jacquard Duvet Cover", "提花被套", "linen", 1.35, (0, 1, 2, 4)),
        Item("Printed Duvet Cover", "印花被套", "linen", 0.9),
        Item("Quilted Bedspread", "绗缝床盖", "autumn", 1.3),
    ),
    sizes=_sizes("150×200", "180×220", "200×230", "220×240"),
)

_SHEETS = Category(
    code="SHT",
    name="Sheets & pillowcases",
    name_zh="床单枕套",
    share=0.16,
    price=(59, 199),
    lines=0.42,
    extra=0.30,
    returned=0.035,
    pack=12,
    suppliers=("NHFZ", "SZYH"),
    cloths=_COTTONS,
    items=(
        Item("Fitted Sheet", "床笠", "linen", 1.2),
        Item("Flat Sheet", "床单", "linen"),
        Item("Pillowcase", "枕套", "steady", 0.35, (), _sizes("48×74", "50×90")),
        Item("Mattress Protector", "床垫保护罩", "steady", 1.1, (1, 4, 5, 6)),
    ),
    sizes=_sizes("120×200", "150×200", "180×200", "200×220"),
)

_PILLOWS = Category(
    code="PIL",
    name="Pillows & cushions",
    name_zh="枕芯靠垫",
    share=0.12,
    price=(59, 259),
    lines=0.36,
    extra=0.25,
    returned=0.04,
    pack=6,
    suppliers=("JSWF", "NHFZ"),
    cloths=(
        ("Latex", "乳胶"),
        ("Feather", "羽毛"),
        ("Memory Foam", "记忆棉"),
        ("Velvet", "天鹅绒"),
        ("Buckwheat", "荞麦"),
        ("Cassia Seed", "决明子"),
        ("Microfibre", "羽丝绒"),
    ),
    items=(
        Item("Pillow", "枕芯", "steady", 1.0, (0, 1, 2, 4, 5, 6)),
        Item("Neck Pillow", "护颈枕", "steady", 1.1, (0, 2, 4, 5)),
        Item("Cushion", "靠垫", "steady", 0.5, (1, 3, 6), _sizes("45×45", "50×50", "60×60")),
        Item("Bolster", "抱枕", "autumn", 0.6, (1, 3, 6), _sizes("20×60", "25×90")),
    ),
    sizes=_sizes("30×50", "40×60", "48×74"),
)

_TOWELS = Category(
    code="TWL",
    name="Towels & bath",
    name_zh="毛巾浴巾",
    share=0.16,
    price=(19, 89),
    lines=0.52,
    extra=0.45,
    returned=0.02,
    pack=20,
    suppliers=("KRTM", "NHFZ"),
    cloths=(
        ("Egyptian Cotton", "长绒棉"),
        ("Zero-Twist", "无捻纱"),
        ("Bamboo Fibre", "竹纤维"),
        ("Combed Cotton", "精梳棉"),
        ("Waffle", "华夫格"),
        ("Gauze", "纱布"),
    ),
    items=(
        Item("Hand Towel", "面巾", "steady", 0.5, (), _sizes("34×75", "40×80")),
        Item("Bath Towel", "浴巾", "steady", 1.5, (), _sizes("70×140", "80×160")),
        Item("Face Cloth", "方巾", "steady", 0.3, (), _sizes("30×30")),
        Item("Bath Mat", "地巾", "steady", 1.1, (0, 2, 3, 4), _sizes("45×70", "50×80")),
        Item("Bathrobe", "浴袍", "winter", 2.8, (0, 3, 4), (("M", "M码"), ("L", "L码"), ("XL", "XL码"))),
    ),
    sizes=_sizes("34×75", "70×140"),
)

_MATS = Category(
    code="MAT",
    name="Summer mats & cooling",
    name_zh="凉席夏凉",
    share=0.08,
    price=(99, 399),
    lines=0.34,
    extra=0.06,
    returned=0.06,
    pack=5,
    suppliers=("ZJZY", "SZYH"),
    cloths=(
        ("Rattan", "藤编"),
        ("Mahjong Bamboo", "麻将竹"),
        ("Ramie", "苎麻"),
        ("Ice Silk", "冰丝"),
        ("Bamboo", "竹编"),
        ("Rush", "蔺草"),
    ),
    items=(
        Item("Sleeping Mat", "凉席", "summer"),
        Item("Pillow Mat", "枕席", "summer", 0.35, (), _sizes("40×60", "48×74")),
        Item("Cooling Blanket", "凉感毯", "summer", 0.9, (2, 3)),
        Item("Mosquito Net", "蚊帐", "summer", 0.8, (2, 3)),
    ),
    sizes=_sizes("120×195", "150×195", "180×200"),
)

_CURTAINS = Category(
    code="CUR",
    name="Curtains & throws",
    name_zh="窗帘毯子",
    share=0.10,
    price=(79, 329),
    lines=0.28,
    extra=0.20,
    returned=0.05,
    pack=6,
    suppliers=("SZYH", "NHFZ"),
    cloths=(
        ("Chenille", "雪尼尔"),
        ("Velvet", "天鹅绒"),
        ("Linen Blend", "棉麻"),
        ("Blackout", "遮光"),
        ("Flannel", "法兰绒"),
        ("Sheer", "轻纱"),
    ),
    items=(
        Item("Curtain Panel", "窗帘", "linen", 1.0, (0, 1, 2, 3, 5)),
        Item("Throw", "盖毯", "winter", 0.7, (0, 1, 4), _sizes("130×160", "150×200")),
        Item("Door Curtain", "门帘", "steady", 0.5, (2, 3, 5), _sizes("85×180", "100×200")),
        Item("Sofa Cover", "沙发套", "autumn", 1.2, (0, 1, 2), _sizes("90×180", "90×240", "90×300")),
    ),
    sizes=_sizes("140×220", "140×260", "200×270"),
)

_SPARES = Category(
    code="SPR",
    name="Spares & accessories",
    name_zh="配件辅料",
    share=0.08,
    price=(5, 29),
    lines=0.035,
    extra=0.50,
    returned=0.01,
    pack=50,
    suppliers=("DGBZ", "SZYH"),
    cloths=(("Metal", "金属"), ("Cotton", "棉质"), ("Resin", "树脂"), ("Nylon", "尼龙"), ("Elastic", "松紧")),
    items=(
        Item("Replacement Zip", "备用拉链", "steady", 0.6, (0, 2, 3), _sizes("40", "60", "120", "180")),
        Item("Cushion Insert Cover", "替换内套", "steady", 1.6, (1, 3), _sizes("45×45", "50×50", "60×60")),
        Item("Curtain Hooks", "窗帘挂钩", "steady", 0.7, (0, 2), (("set of 10", "10只装"), ("set of 20", "20只装"))),
        Item("Sheet Corner Straps", "床笠固定带", "steady", 1.0, (3, 4), (("set of 4", "4条装"),)),
        Item("Storage Bag", "收纳袋", "steady", 1.4, (1, 3), _sizes("50×60", "60×80")),
    ),
    sizes=_sizes("40", "60"),
)

CATEGORIES: tuple[Category, ...] = (_DUVETS, _BED, _SHEETS, _PILLOWS, _TOWELS, _MATS, _CURTAINS, _SPARES)
DUVETS, BED, SHEETS, PILLOWS, TOWELS, MATS, CURTAINS, SPARES = range(8)


def cloths_of(category: int, kind: int) -> tuple[int, ...]:
    """List the cloths that an article comes in, as rows of its category's list."""
    return CATEGORIES[category].items[kind].cloths or tuple(range(len(CATEGORIES[category].cloths)))


def sizes_of(category: int, kind: int) -> tuple[Word, ...]:
    """List the sizes that an article comes in, smallest first."""
    return CATEGORIES[category].items[kind].sizes or CATEGORIES[category].sizes
