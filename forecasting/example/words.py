"""The vocabulary of the example firm: what a home-textiles maker in Guangdong calls its goods, in two languages."""

from dataclasses import dataclass

FIRM_NAME = "Lanting Home Textiles"
FIRM_NAME_ZH = "兰亭家纺"

Word = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of article: its names, its yearly shape, and its price relative to the category's."""

    name: str
    name_zh: str
    season: str
    price: float = 1.0


@dataclass(frozen=True, slots=True)
class Category:
    """One category: share of the range, prices in CNY, order lines a day of a typical product, units a line.

    price: (low, high) of the list price. lines: median retail order lines a day. extra: chance that a line holds one
    more unit (geometric). returned: share of retail lines that come back. suppliers: codes that make it.
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
    materials: tuple[Word, ...]
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
    ("Bamboo", "竹青"),
    ("Vermilion", "朱红"),
    ("Sky After Rain", "雨过天青"),
    ("Camel", "驼色"),
    ("Clay", "陶土"),
)

_BED_SIZES: tuple[Word, ...] = (
    ("150×200 cm", "150×200cm"),
    ("180×220 cm", "180×220cm"),
    ("200×230 cm", "200×230cm"),
    ("220×240 cm", "220×240cm"),
)

_COTTONS: tuple[Word, ...] = (
    ("Washed Cotton", "水洗棉"),
    ("Cotton Sateen", "贡缎"),
    ("Egyptian Cotton", "长绒棉"),
    ("Brushed Cotton", "磨毛"),
    ("Linen Blend", "棉麻"),
    ("Tencel", "天丝"),
    ("Bamboo Fibre", "竹纤维"),
    ("Seersucker", "泡泡纱"),
)

CATEGORIES: tuple[Category, ...] = (
    Category(
        "DUV", "Duvets & quilts", "被芯", 0.12, (189, 899), 0.30, 0.08, 0.045, 4, ("NHFZ", "JSWF"),
        (("Mulberry Silk", "桑蚕丝"), ("Goose Down", "鹅绒"), ("Duck Down", "鸭绒"), ("Soy Fibre", "大豆纤维"),
         ("Cotton", "新疆棉"), ("Wool", "羊毛"), ("Microfibre", "羽丝绒")),
        (Item("Winter Duvet", "冬被", "winter", 1.25), Item("Autumn Duvet", "春秋被", "autumn"),
         Item("All-Season Duvet", "四季被", "winter", 1.1), Item("Summer Quilt", "夏凉被", "summer", 0.6)),
        _BED_SIZES,
    ),
    Category(
        "BED", "Bed linen", "床品套件", 0.18, (129, 599), 0.35, 0.06, 0.055, 6, ("NHFZ", "SZYH"), _COTTONS,
        (Item("Duvet Cover", "被套", "linen"), Item("Jacquard Duvet Cover", "提花被套", "linen", 1.35),
         Item("Printed Duvet Cover", "印花被套", "linen", 0.9), Item("Quilted Bedspread", "绗缝床盖", "autumn", 1.3)),
        _BED_SIZES,
    ),
    Category(
        "SHT", "Sheets & pillowcases", "床单枕套", 0.16, (39, 229), 0.42, 0.30, 0.035, 12, ("NHFZ", "SZYH"), _COTTONS,
        (Item("Fitted Sheet", "床笠", "linen", 1.2), Item("Flat Sheet", "床单", "linen"),
         Item("Pillowcase", "枕套", "steady", 0.4), Item("Mattress Protector", "床垫保护罩", "steady", 1.1)),
        (("120×200 cm", "120×200cm"), ("150×200 cm", "150×200cm"), ("180×200 cm", "180×200cm"),
         ("48×74 cm", "48×74cm")),
    ),
    Category(
        "PIL", "Pillows & cushions", "枕芯靠垫", 0.12, (49, 359), 0.36, 0.25, 0.04, 6, ("JSWF", "NHFZ"),
        (("Latex", "乳胶"), ("Memory Foam", "记忆棉"), ("Buckwheat", "荞麦"), ("Feather", "羽毛"),
         ("Cassia Seed", "决明子"),
         ("Microfibre", "羽丝绒"), ("Velvet", "天鹅绒")),
        (Item("Pillow", "枕芯", "steady"), Item("Neck Pillow", "护颈枕", "steady", 1.1),
         Item("Cushion", "靠垫", "steady", 0.5), Item("Bolster", "抱枕", "autumn", 0.6)),
        (("40×60 cm", "40×60cm"), ("48×74 cm", "48×74cm"), ("45×45 cm", "45×45cm"), ("60×60 cm", "60×60cm")),
    ),
    Category(
        "TWL", "Towels & bath", "毛巾浴巾", 0.16, (15, 139), 0.52, 0.45, 0.02, 20, ("KRTM", "NHFZ"),
        (("Combed Cotton", "精梳棉"), ("Egyptian Cotton", "长绒棉"), ("Bamboo Fibre", "竹纤维"), ("Waffle", "华夫格"),
         ("Zero-Twist", "无捻纱"), ("Gauze", "纱布")),
        (Item("Hand Towel", "面巾", "steady", 0.5), Item("Bath Towel", "浴巾", "steady", 1.5),
         Item("Face Cloth", "方巾", "steady", 0.3), Item("Bath Mat", "地巾", "steady", 1.1),
         Item("Bathrobe", "浴袍", "winter", 2.6)),
        (("30×30 cm", "30×30cm"), ("34×75 cm", "34×75cm"), ("70×140 cm", "70×140cm"), ("80×160 cm", "80×160cm")),
    ),
    Category(
        "MAT", "Summer mats & cooling", "凉席夏凉", 0.08, (79, 499), 0.34, 0.06, 0.06, 5, ("ZJZY", "SZYH"),
        (("Rattan", "藤"), ("Bamboo", "竹"), ("Ice Silk", "冰丝"), ("Ramie", "苎麻"), ("Straw", "草编"),
         ("Mahjong Bamboo", "麻将竹")),
        (Item("Sleeping Mat", "凉席", "summer"), Item("Cooling Pillow Mat", "枕席", "summer", 0.35),
         Item("Cooling Blanket", "凉感毯", "summer", 0.9), Item("Mosquito Net", "蚊帐", "summer", 0.8)),
        _BED_SIZES,
    ),
    Category(
        "CUR", "Curtains & throws", "窗帘毯子", 0.10, (69, 459), 0.28, 0.20, 0.05, 6, ("SZYH", "NHFZ"),
        (("Blackout", "遮光"), ("Chenille", "雪尼尔"), ("Linen Blend", "棉麻"), ("Velvet", "天鹅绒"), ("Sheer", "纱"),
         ("Flannel", "法兰绒")),
        (Item("Curtain Panel", "窗帘", "linen"), Item("Throw", "盖毯", "winter", 0.7),
        Item("Door Curtain", "门帘", "steady", 0.5),
         Item("Sofa Cover", "沙发套", "autumn", 1.2)),
        (("140×220 cm", "140×220cm"), ("140×260 cm", "140×260cm"), ("130×160 cm", "130×160cm"),
         ("200×270 cm", "200×270cm")),
    ),
    Category(
        "SPR", "Spares & accessories", "配件辅料", 0.08, (3, 39), 0.035, 0.50, 0.01, 50, ("DGBZ", "SZYH"),
        (("Nylon", "尼龙"), ("Metal", "金属"), ("Resin", "树脂"), ("Elastic", "松紧"), ("Cotton", "棉质")),
        (Item("Replacement Zip", "备用拉链", "steady", 0.6), Item("Cushion Cover Insert", "替换内套", "steady", 1.6),
         Item("Curtain Hooks", "窗帘挂钩", "steady", 0.7), Item("Corner Straps", "床笠固定带", "steady"),
         Item("Storage Bag", "收纳袋", "steady", 1.4)),
        (("40 cm", "40cm"), ("60 cm", "60cm"), ("120 cm", "120cm"), ("set of 10", "10件装")),
    ),
)  # fmt: skip
