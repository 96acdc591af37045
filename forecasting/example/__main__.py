"""Writes the example firm from a shell: python -m forecasting.example --out DIR."""

import argparse
import sys
from datetime import UTC, date, datetime

from forecasting.example.generate import generate
from forecasting.example.write import write, write_truth


def main(arguments: list[str] | None = None) -> int:
    """Generate and write the firm; return 0, or 2 with one line that says what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m forecasting.example", description=__doc__)
    parser.add_argument("--out", required=True, help="folder for the files that the firm would upload")
    parser.add_argument("--products", type=int, default=400)
    parser.add_argument("--years", type=float, default=2.5)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--today", type=date.fromisoformat, default=datetime.now(UTC).date(), help="the day after the last sale"
    )
    parser.add_argument("--dialect", choices=("en", "zh"), default="en")
    parser.add_argument("--truth", help="another folder, for the true demand (Parquet)")
    said = parser.parse_args(arguments)
    try:
        firm = generate(products=said.products, seed=said.seed, today=said.today, years=said.years)
        written = write(firm, said.out, dialect=said.dialect)
    except (ValueError, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    for kind, path in written.items():
        print(f"{kind}: {len(getattr(firm, kind))} rows in {path}")
    if said.truth:
        print(f"truth: {write_truth(firm, said.truth)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
