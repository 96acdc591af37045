"""The list of known answers names tests that exist."""

import re
from pathlib import Path

HERE = Path(__file__).parent


def test_every_test_on_the_list_exists():
    named = re.findall(r"`(test_\w+)`", (HERE / "README.md").read_text(encoding="utf-8"))
    found = {name for file in HERE.glob("test_*.py") for name in re.findall(r"^def (test_\w+)", file.read_text(), re.M)}
    assert len(named) > 35 and set(named) <= found
