"""Print the benchmarks' tables: python -m tests.bench [accuracy|speed|parallel|api …] [--data …] [--write FILE]."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from tests.bench.accuracy import against, engine_run, figures
from tests.bench.datasets import DATA, DATASETS, shortened
from tests.bench.peers import LEVELS

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


OWN = ("data set", "products × periods, horizon", "RMSSE", "unit-weighted", "pinball", "bias %", "% under .5 .8 .9 .95")
PEERS = ("data set", "peer", "sample", "its RMSSE by units", "ours", "gain %", "pinball gain %", "s per product")


def row(*cells: object) -> str:
    """Write one row of a table."""
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def accuracy(names: list[str], quick: bool) -> Iterator[str]:
    """Compare with every peer on every data set; gains are of the engine over the peer, on the peer's sample."""
    if not DATA.exists():
        yield f"The data sets are absent ({DATA.name} beside the project), so accuracy was not measured."
        return
    yield from (row(*OWN), row(*["---"] * len(OWN)))
    lines = []
    for name in names or list(DATASETS):
        data = shortened(DATASETS[name]()) if quick else DATASETS[name]()
        run = engine_run(data)
        own = figures(data, run.mean, run.quantiles, run.actual)
        size = "{} × {}, {}".format(*data.panel.units.shape, data.horizon)
        errors = [f"{own[metric]:.3f}" for metric in ("rmsse", "wrmsse", "pinball")]
        under = " ".join(f"{100 * own[f'cov{level}']:.1f}" for level in LEVELS)
        yield row(name, size, *errors, f"{100 * own['bias']:+.1f}", under)
        for peer, (theirs, ours, took, count, broken) in against(data, run).items():
            gain = [f"{100 * (1 - ours[metric] / theirs[metric]):+.1f}" for metric in ("wrmsse", "pinball")]
            pair = [f"{found['wrmsse']:.3f}" for found in (theirs, ours)]
            sample = f"{count} of {count + broken}" if broken else count
            lines.append(row(name, peer, sample, *pair, *gain, f"{took:.3f}"))
    yield from ("", row(*PEERS), row(*["---"] * len(PEERS)), *lines)


def speed(names: list[str], quick: bool) -> Iterator[str]:
    """Measure 1,000 and 10,000 products × 730 days, horizon 28, nine levels, one process; and peers, one by one.

    quick: 200 and 2,000 products, and three of the peers' ten.
    """
    from tests.bench.speed import apart, one_by_one

    yield row("products × 730 days", "processor s", "of it fit", "keeping", "a day later", "plan", "wall s", "peak MB")
    yield row("---", *["---:"] * 7)
    found = {}
    sizes = (200, 2000) if quick else (1000, 10_000)
    for products in sizes:
        took = found[products] = apart(products)
        cells = (took.whole, took.fit, took.kept, took.again, took.plan, took.wall)
        yield row(f"{products:,}", *(f"{cell:.1f}" for cell in cells), f"{took.megabytes:.0f}")
    small, large = (found[products] for products in sizes)
    yield ""
    yield f"Ten times the products take {large.whole / small.whole:.1f} times as long; a day later, with what was kept,"
    shares = [round(100 * took.again / took.whole) for took in (large, small)]
    yield f"{shares[0]} % of a whole run ({sizes[0]:,}: {shares[1]} %);"
    yield f"quantiles differ from those of products tested anew by {100 * large.off[0]:.1f} % (median) and"
    yield f"{100 * large.off[1]:.1f} % (ninth decile). The plan takes {100 * large.plan / large.whole:.0f} % of the"
    yield f"forecast's time. Load of the machine: {os.getloadavg()[0]:.1f}."
    count = 3 if quick else 10
    yield from ("", row(f"peer, {count} of the same products", "processor s per 1,000", "engine is faster by"))
    yield row("---", "---:", "---:")
    for name, took in one_by_one(count).items():
        yield row(name, f"{1000 * took:.0f}", f"{sizes[0] * took / small.whole:.0f} ×")


def parallel(names: list[str], quick: bool) -> Iterator[str]:
    """Measure chunks of products on one worker and on two: 4,000 products by 500, quick: 800 by 100."""
    from tests.bench import speed as measures

    products, size = (800, 100) if quick else (4000, 500)
    one, two, free = measures.parallel(products, size)
    yield f"{products:,} products in chunks of {size} after the fit: {one:.1f} s on one worker, {two:.1f} s on two: "
    yield f"{one / two:.2f} ×; by processor seconds of the busier of the two {free:.2f} ×."
    yield f"Load of the machine: {os.getloadavg()[0]:.1f}."


def api(names: list[str], quick: bool) -> Iterator[str]:
    """Measure the API on the real stack: sales in, the plan out, each beside a peer that only does the database's part.

    No worker takes part: rows are loaded in the call itself.
    """
    from tests.bench import api as measures
    from tests.bench.stack import servers, site

    with servers(), site() as running:
        found = list(measures.sales(running))
        peer = sum(found[-1].spent.values())
        yield row("80,000 sales, 10,000 a call", "rows/s", "server s", "database s", "client s", "processor × peer")
        yield row("---", *["---:"] * 5)
        for one in found:
            spent = [f"{one.spent[side]:.2f}" for side in ("server", "database", "client")]
            yield row(one.way, f"{one.pace:,.0f}", *spent, f"{sum(one.spent.values()) / peer:.1f}")
        yield from ("", row("1,000 of 1,100 products planned", "ms, median"), row("---", "---:"))
        for what, took in measures.plan(running):
            yield row(what, f"{took:.0f}")
    yield from ("", f"Load of the machine: {os.getloadavg()[0]:.1f}.")


SECTIONS: dict[str, Callable[[list[str], bool], Iterator[str]]] = {
    "accuracy": accuracy,
    "speed": speed,
    "parallel": parallel,
    "api": api,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], default=[])
    parser.add_argument("--data", nargs="*", choices=list(DATASETS), default=[])
    parser.add_argument("--quick", action="store_true", help="samples of products and the last origin alone: minutes")
    parser.add_argument("--write", type=Path, help="put the tables between the marks in this file")
    wanted = parser.parse_args()
    lines = []
    for name in wanted.sections or list(SECTIONS):
        for line in chain((f"### {name.capitalize()}", ""), SECTIONS[name](wanted.data, wanted.quick), ("",)):
            print(line, flush=True)
            lines.append(line)
    if wanted.write:
        text = wanted.write.read_text(encoding="utf-8")
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        wanted.write.write_text(before + BEGIN + "\n\n" + "\n".join(lines) + "\n" + END + after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
