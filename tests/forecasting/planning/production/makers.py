"""Small works for tests: items with everything that is not asked about set to nothing."""

import numpy as np

from forecasting.planning.production import Items


def items(n, weeks, **known):
    """n items over weeks; what is not given is 0, lots are single units, one week of cover, all made."""
    shapes = {"demand": (n, weeks), "receipts": (n, weeks)}
    values = {}
    for name in ("demand", "on_hand", "receipts", "safety", "proposed", "least", "pack"):
        shape = shapes.get(name, (n,))
        values[name] = np.broadcast_to(np.asarray(known.pop(name, 0), float), shape).copy()
    values["lead"] = np.broadcast_to(np.asarray(known.pop("lead", 1), int), (n,)).copy()
    values["cover"] = np.broadcast_to(np.asarray(known.pop("cover", 1), int), (n,)).copy()
    values["made"] = np.broadcast_to(np.asarray(known.pop("made", True), bool), (n,)).copy()
    return Items(**values, **known)
