"""One example firm for all tests of this folder, and a small one."""

from datetime import date

import pytest

from forecasting.example import Firm, generate

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def firm() -> Firm:
    return generate(today=TODAY)


@pytest.fixture(scope="session")
def small() -> Firm:
    return generate(products=24, years=1.2, today=TODAY)
