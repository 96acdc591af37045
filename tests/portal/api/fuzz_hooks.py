"""What Schemathesis is told beside the description: ids of another firm, and that none of them may be found."""

import os
import random

import schemathesis

FOREIGN = [one for one in os.environ.get("FOREIGN_IDS", "").split(",") if len(one) == 36]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Ask for another firm's rows in half of the calls."""
    if path_parameters and FOREIGN and random.random() < 0.5:
        for name in path_parameters:
            if name.endswith("_id"):
                path_parameters[name] = random.choice(FOREIGN)
    return path_parameters


@schemathesis.check
def nothing_of_others(ctx, response, case):
    """Fail where another firm's row answers."""
    asked = set((case.path_parameters or {}).values())
    assert not (asked & set(FOREIGN) and response.status_code < 300), "another firm's row was found"
