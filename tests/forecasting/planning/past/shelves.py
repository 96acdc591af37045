"""The example firm as a replay sees it: one row a shelf, true demand known, its own buyers as an arm."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from forecasting.engine.calendars import make_calendar
from forecasting.engine.oneoffs import TIMES, OrderLines, one_offs
from forecasting.engine.types import Calendar, DemandPanel
from forecasting.example import generate
from forecasting.example.buyers import MEMORY, Buyers, Suppliers, put_up
from forecasting.example.careful import CarefulBuyers
from forecasting.example.dates import window_of
from forecasting.example.demand import Expected
from forecasting.example.life import draw_catalogue
from forecasting.example.panels import buckets
from forecasting.example.partners import MAKERS, PLACES
from forecasting.planning import ItemTerms, StockState
from forecasting.planning.leadtimes import Receipts, learn
from forecasting.planning.past.history import History
from forecasting.planning.types import Suppliers as Terms

TODAY = date(2026, 11, 22)


@dataclass
class Case:
    """All that a replay of the firm takes; `rule` orders as its buyers do."""

    panel: DemandPanel
    terms: ItemTerms
    stock0: StockState
    history: History
    rule: object
    start: date
    end: date
    calendar: Calendar


@dataclass
class _Weeks:
    """The whole weeks of the firm's days: which days, the first of them, and the shelves that hold stock."""

    keep: np.ndarray
    whole: np.ndarray
    periods: int
    start: date

    @property
    def shift(self):
        return int(np.argmax(self.whole))

    def each(self, values):
        """Lay days out by week: (shelves, weeks, 7)."""
        return values[self.keep][:, self.whole].reshape(len(self.keep), self.periods, 7)

    def total(self, values):
        return self.each(values).sum(axis=2).astype(float)


def firm_case(products, weeks, seed, buyers="gut", years=2.5):
    """Generate a firm and set up the replay of its last weeks."""
    firm = generate(products=products, seed=seed, today=TODAY, years=years, buyers=buyers)
    truth, window = firm.truth, window_of(TODAY, years)
    catalogue = draw_catalogue(products, seed, window)
    shelves = put_up(catalogue)
    expected = Expected(_grid(truth, catalogue.n, truth.expected, window.warm), None)
    hands = (
        Buyers(catalogue, shelves, seed, window)
        if buyers == "gut"
        else CarefulBuyers(catalogue, shelves, expected, (seed, window))
    )
    bucket, start, periods = buckets(firm.start, (firm.until - firm.start).days + 1, "W")
    when = _Weeks(np.flatnonzero(~truth.kit), bucket >= 0, periods, start)
    keep, first = when.keep, periods - weeks
    origin = when.shift + 7 * first  # visible day on which the replay opens
    closing = when.each(truth.closing)[:, :, -1].astype(float)
    opens = start + timedelta(7 * first)
    stock0, received = _opening(firm, truth, keep, closing[:, first - 1], opens)
    bulk = np.minimum(truth.bulk, truth.sold)
    eves = [window.warm + origin + 7 * t - 1 for t in range(weeks)]
    history = History(
        stock=closing[:, first:],
        arrived=when.total(truth.received - np.minimum(truth.bulk, truth.received))[:, first:],
        moved=when.total(truth.restocked)[:, first:],
        took=_took(catalogue, shelves, keep, seed, window, origin, weeks),
        sold=when.total(truth.sold - bulk + truth.used)[:, first:],
        wanted=when.total(_wanted(firm, truth))[:, first:],
        offered=np.stack([(hands.opens <= d) & (hands.stops > d) for d in eves], axis=1)[keep],
        inbound_received=received,
    )
    past = (truth.sold + truth.used)[keep][:, :origin]
    rule = _Hands(hands, (keep, window.warm + origin), past, when.total(bulk)[:, first:], (catalogue, shelves))
    panel = _panel(truth, when, catalogue, shelves, _apart(firm, truth, when, first))
    terms = _terms(firm, catalogue, shelves.product[keep], shelves.place[keep], opens)
    feasts = make_calendar("CN", start, TODAY.replace(year=TODAY.year + 2))
    return Case(panel, terms, stock0, history, rule, opens, start + timedelta(7 * (periods - 1)), feasts)


def _wanted(firm, truth):
    """What customers wanted of each shelf, one-off orders left out, parts of kits included: (shelves, days)."""
    wanted = truth.demand.astype(float).copy()
    row = {(sku, place): i for i, (sku, place) in enumerate(zip(truth.skus, truth.locations, strict=True))}
    for kit, part, units in firm.components.iter_rows():
        for place in set(truth.locations):
            if (kit, place) in row and (part, "FOSHAN") in row:
                wanted[row[part, "FOSHAN"]] += truth.demand[row[kit, place]] * units
    return wanted


def _apart(firm, truth, when, first):
    """One-off orders as the firm is asked about them: found on the lines of that week's close, (shelves, weeks)."""
    lines = firm.sales.filter(pl.col("status") != "cancelled")
    code = {name: lines[name].rank("dense").to_numpy().astype(np.int64) for name in ("sku", "customer_ref")}
    day = (lines["sold_at"].dt.date() - firm.start).dt.total_days().to_numpy().astype(np.int64)
    units = lines["units"].to_numpy().astype(float)
    row = {(truth.skus[i], truth.locations[i]): at for at, i in enumerate(when.keep)}
    shelf = np.array([row.get(key, -1) for key in zip(lines["sku"], lines["location"].cast(str), strict=True)])
    week = (day - when.shift) // 7
    out = np.zeros((len(when.keep), when.periods), np.float32)
    for t in range(first - 1, when.periods):
        known = np.flatnonzero((week <= t) & _near(code, (week == t) & (units > TIMES), t >= first))
        found = one_offs(OrderLines(code["sku"][known], code["customer_ref"][known], day[known], units[known]))
        mine = known[found & (shelf[known] >= 0) & (week[known] >= (0 if t == first - 1 else t))]
        np.add.at(out, (shelf[mine], week[mine]), units[mine])
    return out


def _near(code, large, only):
    """Lines that bear on whether a large one is a one-off: those of its product and of its customer."""
    if not only:
        return np.ones(len(large), bool)
    return np.isin(code["sku"], code["sku"][large]) | np.isin(code["customer_ref"], code["customer_ref"][large])


def _panel(truth, when, catalogue, shelves, apart):
    """The panel that the firm's own records tell: what left each shelf but for one-offs, NaN where it was empty."""
    keep = when.keep
    taken, stocked = when.total(truth.sold + truth.used) - apart, when.each(truth.stocked).mean(axis=2)
    begun = np.maximum.accumulate((taken > 0) | when.each(truth.live).any(axis=2), axis=1)
    units = np.where(begun & ((taken > 0) | (stocked >= 0.5)), taken, np.nan).astype(np.float32)
    product, place = shelves.product[keep], shelves.place[keep]
    groups = np.stack([catalogue.category[product], catalogue.supplier[product], place], axis=1).astype(np.int32)
    return DemandPanel(
        tuple(f"{truth.skus[i]}@{truth.locations[i]}" for i in keep),
        when.start,
        "W",
        units,
        stocked=np.where(np.isnan(units), 0, stocked).astype(np.float32),
        groups=groups,
        group_names=("category", "supplier", "location"),
    )


def _grid(truth, n, values, warm):
    found = np.zeros((len(PLACES), n, warm + values.shape[1]), np.float32)
    shelf = 0
    for code, here in enumerate(PLACES):
        rows = [i for i, name in enumerate(truth.locations) if name == here.code]
        at = np.arange(n) if code == 0 else _overseas(truth, n)
        found[code, at, warm:] = values[rows]
        shelf += len(rows)
    return found


def _overseas(truth, n):
    place = {sku: i for i, sku in enumerate(truth.skus[:n])}
    return [place[sku] for sku in truth.skus[n:]]


def _opening(firm, truth, keep, on_hand, opens):
    row = {(truth.skus[i], truth.locations[i]): at for at, i in enumerate(keep)}
    rows, units, day, came = [], [], [], []
    for _ref, sku, place, _s, n, ordered, expected, received in firm.inbound.iter_rows():
        if ordered < opens and (received is None or received >= opens):
            at = row[sku, place]
            if _is_bulk(firm, truth, sku, place, n, expected, received):
                continue
            rows.append(at)
            units.append(float(n))
            day.append(np.datetime64(max(expected, opens)))
            came.append(np.datetime64(received or expected))
    return (
        StockState(on_hand, np.array(rows, np.int64), np.array(units), np.array(day, "datetime64[D]")),
        np.array(came, "datetime64[D]"),
    )


def _is_bulk(firm, truth, sku, place, units, expected, received):
    """One-off orders are made to order: expected and received on the day they are shipped."""
    if received != expected:
        return False
    day = (received - firm.start).days
    shelf = next(i for i, (s, p) in enumerate(zip(truth.skus, truth.locations, strict=True)) if s == sku and p == place)
    return 0 <= day < truth.bulk.shape[1] and truth.bulk[shelf, day] >= units


def _took(catalogue, shelves, keep, seed, window, origin, weeks):
    """Days that an order of each week's eve would take: the suppliers' own chance, drawn apart from what happened."""
    suppliers = Suppliers(seed + 1000, window)
    took = np.zeros((len(keep), weeks))
    supplier, place = catalogue.supplier[shelves.product[keep]], shelves.place[keep]
    for t in range(weeks):
        day = window.warm + origin + 7 * t - 1
        for s in range(len(MAKERS)):
            for p in range(len(PLACES)):
                took[(supplier == s) & (place == p), t] = suppliers.deliver(s, p, day)[1] - day - 1
    return np.maximum(took, 0)


def _terms(firm, catalogue, product, place, opens):
    """What the firm knew on the day: stated terms, closures, and lead times as received until then, by place."""
    codes = {maker.code: code for code, maker in enumerate(MAKERS)}
    here = {where.code: code for code, where in enumerate(PLACES)}
    row = {(sku, where): i for i, (sku, where) in enumerate(_names(firm, product, place))}
    came = [r for r in firm.inbound.iter_rows() if r[7] is not None and r[7] < opens and r[7] > r[5]]
    days = np.array([(r[5], r[6], r[7]) for r in came], "datetime64[D]")
    rows = np.array([row[r[1], r[2]] for r in came], np.int64)
    supplier = catalogue.supplier[product].astype(np.int64)
    stated = np.array([MAKERS[s].lead_days + PLACES[w].travel_days for s, w in zip(supplier, place, strict=True)])
    spread = np.array([MAKERS[s].lead_sd_days for s in supplier])
    shut = [
        [(r["starts_on"], r["ends_on"]) for r in firm.events.iter_rows(named=True) if r["supplier"] == maker.code]
        for maker in MAKERS
    ]
    line = supplier + len(codes) * np.array([here[PLACES[w].code] for w in place])
    found = learn(Receipts(*days.T, rows), line, stated.astype(float), spread.astype(float), shut * len(here))
    review = np.array([max(MAKERS[s].review_days, 14 * w) for s, w in zip(supplier, place, strict=True)])
    return ItemTerms.of(
        len(product),
        unit_cost=catalogue.cost[product],
        unit_price=catalogue.price[product],
        lead_time_days=np.where(np.isnan(found.mean), stated, found.mean),
        lead_time_sd_days=np.where(np.isnan(found.sd), spread, found.sd),
        lead_samples=found.samples,
        review_days=review,
        moq=catalogue.moq[product],
        pack_size=catalogue.pack[product],
        holding_rate=0.2,
        supplier=supplier,
        suppliers=Terms.of(len(MAKERS), closures=tuple(map(tuple, shut))),
    )


def _names(firm, product, place):
    skus = firm.products["sku"].to_list()
    return [(skus[p], PLACES[w].code) for p, w in zip(product, place, strict=True)]


class _Hands:
    """The firm's buyers, ordering on the eve of each week of the replay from what they themselves sold."""

    def __init__(self, buyers, where, sold, bulk, firm):
        self.buyers, (self.keep, self.origin), self.bulk = buyers, where, bulk
        self.catalogue, self.shelves = catalogue, shelves = firm
        keep, origin = where
        self.rate = buyers.rate.copy()
        daily = np.zeros((shelves.n, sold.shape[1]))
        daily[keep] = sold
        for d in range(sold.shape[1]):
            live = catalogue.launch[shelves.product] <= origin - sold.shape[1] + d
            self.rate[live] += (daily[live, d] - self.rate[live]) / MEMORY

    def __call__(self, moment):
        rate, buyers = self.rate.copy(), self.buyers
        for t in range(moment.t):
            day = self.origin + 7 * t
            live = self.catalogue.launch[self.shelves.product[self.keep]] <= day
            at = self.keep[live]
            rate[at] += ((moment.sold[live, t] + self.bulk[live, t]) / 7 - rate[at]) * (1 - (1 - 1 / MEMORY) ** 7)
        buyers.rate = rate
        buyers.on_order = np.zeros(self.shelves.n, np.int64)
        buyers.on_order[self.keep] = moment.due.sum(axis=1)
        on_hand = np.zeros(self.shelves.n, np.int64)
        on_hand[self.keep] = moment.on_hand
        day = self.origin + 7 * moment.t - 1
        out = np.zeros(self.shelves.n)
        for s in range(len(MAKERS)):
            for p in range(len(PLACES)):
                rows = np.intersect1d(buyers._due(day, s, p), self.keep[moment.rows])
                if len(rows):
                    out[rows] = buyers._wanted(day, rows, on_hand[rows])
        return out[self.keep]
