"""A product whose cost nobody knows is planned beside those whose cost is known."""

import numpy as np

from forecasting.planning.targets import sample_quantile


def test_a_level_that_is_not_known_has_no_quantile_and_spoils_no_other():
    values = np.array([[4.0, 1.0, 3.0, 2.0], [4.0, 1.0, 3.0, 2.0]])
    found = sample_quantile(values, np.array([0.5, np.nan]))
    assert found[0] == 2.5
    assert np.isnan(found[1])
