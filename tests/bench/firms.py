"""The replay on generated firms, true demand known: `python -m tests.bench.firms [80/7 120/9/careful …]`.

Products, seed and, unless they buy by gut, the kind of buyers. Stock at cost that Lagom saves at the other's fill, with
its 90 % interval, beside what the firm did and beside its buyers' rule lived again.
"""

import sys

from forecasting.planning import Own, Policy, replay
from tests.forecasting.planning.past.shelves import firm_case

FIRMS = ["80/7", "120/7", "120/8", "120/9", "200/11", "80/7/careful", "120/7/careful"]


def main(firms: list[str]) -> None:
    """Live a year of each firm again and print what it shows."""
    for name in firms:
        products, seed, *buyers = name.split("/")
        case = firm_case(int(products), 52, int(seed), buyers[0] if buyers else "gut")
        own = Own(history=case.history, rule=case.rule, calendar=case.calendar)
        found = replay(case.panel, case.terms, case.stock0, policy=Policy(), start=case.start, end=case.end, own=own)
        for each in found.comparisons[:2]:
            equal, cost = each.equal[0], each.difference("total_cost")
            fill = f"fill {each.arm.figures['fill']:.3f} -> {each.lagom.figures['fill']:.3f}"
            saved = f"saved {equal.saved:+.0%} ({equal.low:+.0%} to {equal.high:+.0%}): {equal.verdict}"
            print(f"{name:14} {each.name:7} {fill}  {saved}; all costs {cost.relative:+.0%}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:] or FIRMS)
