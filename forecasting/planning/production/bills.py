"""Bills of material as arrays: what goes into what, checked, ordered by levels, and exploded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting.planning.types import Floats, Ints
from forecasting.words import Said, say

Flags = NDArray[np.bool_]


class Circular(ValueError):
    """A product goes into itself; path holds the rows of the way round, first and last the same."""

    def __init__(self, path: Sequence[int]) -> None:
        super().__init__(f"a product goes into itself: {' > '.join(map(str, path))}")
        self.path = tuple(path)


@dataclass(frozen=True, slots=True)
class Bill:
    """What n items are made of, as e lines: int64 rows of parent and component, float64 units per parent's unit."""

    n: int
    parent: Ints
    component: Ints
    quantity: Floats

    @classmethod
    def of(cls, n: int, lines: Iterable[tuple[int, int, float]]) -> "Bill":
        """Make a bill from (parent, component, quantity); two lines of one pair add up. Raises Circular, ValueError."""
        summed: dict[tuple[int, int], float] = {}
        for parent, component, quantity in lines:
            if not (0 <= parent < n and 0 <= component < n):
                raise ValueError(f"rows {parent} and {component} of {n} items")
            if not (isfinite(quantity) and quantity > 0):
                raise ValueError(f"{quantity} is no quantity of a component")
            summed[parent, component] = summed.get((parent, component), 0.0) + quantity
        keys = sorted(summed)
        made = cls(
            n,
            np.array([parent for parent, _ in keys], np.int64),
            np.array([component for _, component in keys], np.int64),
            np.array([summed[key] for key in keys], np.float64),
        )
        path = circle(made)
        if path:
            raise Circular(path)
        return made

    @property
    def is_parent(self) -> Flags:
        """Tell which items have components, bool (n,)."""
        found = np.zeros(self.n, np.bool_)
        found[self.parent] = True
        return found

    @property
    def is_component(self) -> Flags:
        """Tell which items go into others, bool (n,)."""
        found = np.zeros(self.n, np.bool_)
        found[self.component] = True
        return found

    def under(self) -> list[list[tuple[int, float]]]:
        """List the components of each item as (row, quantity)."""
        found: list[list[tuple[int, float]]] = [[] for _ in range(self.n)]
        for parent, component, quantity in zip(
            self.parent.tolist(), self.component.tolist(), self.quantity.tolist(), strict=True
        ):
            found[parent].append((component, quantity))
        return found


def faults(ids: Sequence[str], lines: Iterable[tuple[str, str, float]]) -> list[Said]:
    """Say in words what is wrong with a bill: unknown skus, quantities that are none, and products in themselves."""
    known = {sku: row for row, sku in enumerate(ids)}
    found: list[Said] = []
    good: list[tuple[int, int, float]] = []
    for parent, component, quantity in lines:
        unknown = [sku for sku in (parent, component) if sku not in known]
        found += [say("%(sku)s is not on the list of products.", sku=sku) for sku in unknown]
        wrong = not (isfinite(quantity) and quantity > 0)
        if wrong:
            found.append(
                say(
                    "%(parent)s needs more than 0 of %(component)s, not %(quantity)s.",
                    parent=parent,
                    component=component,
                    quantity=f"{quantity:g}",
                )
            )
        if not unknown and not wrong:
            good.append((known[parent], known[component], quantity))
    try:
        Bill.of(len(ids), good)
    except Circular as error:
        found.append(told(error, ids))
    return found


def told(error: Circular, ids: Sequence[str]) -> Said:
    """Say which way round a product goes into itself."""
    path = " → ".join(ids[row] for row in error.path)
    return say("%(sku)s goes into itself: %(path)s. Take one of these lines out.", sku=ids[error.path[0]], path=path)


def circle(bill: Bill) -> list[int]:
    """Find a way from an item through its components back to itself, rows; empty when there is none."""
    under = [[component for component, _ in lines] for lines in bill.under()]
    state = [0] * bill.n  # 0 not seen, 1 on the way, 2 done
    for start in range(bill.n):
        if state[start]:
            continue
        path, left = [start], [iter(under[start])]
        state[start] = 1
        while path:
            row = next(left[-1], None)
            if row is None:
                state[path.pop()] = 2
                left.pop()
            elif state[row] == 1:
                return [*path[path.index(row) :], row]
            elif state[row] == 0:
                state[row] = 1
                path.append(row)
                left.append(iter(under[row]))
    return []


def low_level_codes(bill: Bill) -> Ints:
    """Number the levels, int64 (n,): 0 for what goes into nothing, else one more than the lowest of its parents.

    Planned in this order, every item knows all that is needed of it before it is planned itself.
    """
    codes = np.zeros(bill.n, np.int64)
    for _ in range(bill.n):
        before = codes.copy()
        np.maximum.at(codes, bill.component, codes[bill.parent] + 1)
        if np.array_equal(before, codes):
            break
    return codes


def flattened(bill: Bill, kits: ArrayLike) -> Bill:
    """Return a bill of kits only, straight to what is taken from shelves: kits within kits are taken apart.

    kits: bool (n,). An item that is made, not put together on sale, is taken whole.
    """
    is_kit = np.asarray(kits, np.bool_)
    under = bill.under()
    codes = low_level_codes(bill)
    taken: dict[int, dict[int, float]] = {}
    for row in sorted(np.flatnonzero(is_kit & bill.is_parent).tolist(), key=lambda row: (-int(codes[row]), row)):
        parts: dict[int, float] = {}
        for component, quantity in under[row]:
            for part, units in taken.get(component, {component: 1.0}).items():
                parts[part] = parts.get(part, 0.0) + quantity * units
        taken[row] = parts
    return Bill.of(bill.n, ((kit, part, units) for kit, parts in taken.items() for part, units in parts.items()))


def unkitted(bill: Bill, kits: ArrayLike) -> Bill:
    """Return the bill of what is made only; a kit among the components stands for its parts. kits: bool (n,)."""
    is_kit = np.asarray(kits, np.bool_)
    parts = flattened(bill, is_kit).under()
    return Bill.of(
        bill.n,
        (
            (parent, part, quantity * units)
            for parent, component, quantity in zip(
                bill.parent.tolist(), bill.component.tolist(), bill.quantity.tolist(), strict=True
            )
            if not is_kit[parent]
            for part, units in (parts[component] if is_kit[component] else [(component, 1.0)])
        ),
    )


def explode(flat: Bill, units: Floats) -> Floats:
    """Hand the units of kits to their parts: float64 (n, T) of demand on shelves, 0 for the kits themselves.

    units: (n, T), NaN = unknown. A part is known where it or a kit of it is known: sum over kits of units x quantity.
    """
    made = np.array(units, np.float64)
    kits = flat.is_parent
    made[kits] = 0.0
    for kit, part, quantity in zip(flat.parent.tolist(), flat.component.tolist(), flat.quantity.tolist(), strict=True):
        known = ~np.isnan(units[kit])
        made[part, known] = np.nan_to_num(made[part, known]) + units[kit, known] * quantity
    return made
