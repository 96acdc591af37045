"""Net requirements of a published example: Heizer & Render, Operations Management, Speaker Kits, Inc."""

import numpy as np

from forecasting.planning.production import Bill, Items, low_level_codes, require

NAMES = "ABCDEFG"
MADE_OF = {"A": {"B": 2, "C": 3}, "B": {"D": 2, "E": 2}, "C": {"E": 2, "F": 2}, "F": {"D": 2, "G": 1}}
ON_HAND = {"A": 10, "B": 15, "C": 20, "D": 10, "E": 10, "F": 5, "G": 0}
LEAD = {"A": 1, "B": 2, "C": 1, "D": 1, "E": 2, "F": 3, "G": 2}
RELEASES = {  # week: units
    "A": {7: 40},
    "B": {5: 65},
    "C": {6: 100},
    "D": {2: 380, 4: 130},
    "E": {3: 120, 4: 200},
    "F": {3: 195},
    "G": {1: 195},
}


def test_speaker_kits_are_released_lot_for_lot_as_in_the_book():
    bill = Bill.of(7, [(NAMES.index(p), NAMES.index(c), q) for p, parts in MADE_OF.items() for c, q in parts.items()])
    demand = np.zeros((7, 9))
    demand[0, 8] = 50
    nothing = np.zeros(7)
    found = require(
        bill,
        Items(
            demand=demand,
            on_hand=np.array([ON_HAND[name] for name in NAMES], float),
            receipts=np.zeros((7, 9)),
            safety=nothing,
            proposed=nothing,
            least=nothing,
            pack=nothing,
            lead=np.array([LEAD[name] for name in NAMES]),
            cover=np.ones(7, np.int64),
            made=np.ones(7, np.bool_),
        ),
    )
    released = {name: {} for name in NAMES}
    for order in found.orders:
        released[NAMES[order.item]][order.week] = order.units
    assert released == RELEASES
    assert low_level_codes(bill).tolist() == [0, 1, 1, 3, 2, 2, 3]
