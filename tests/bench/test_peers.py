import numpy as np

from tests.bench.peers import broken


def test_a_peer_whose_interval_explodes_or_that_has_no_answer_has_broken_down():
    past = np.array([[1.0, 4.0], [1.0, np.nan], [2.0, 3.0], [0.0, 0.0]])
    said = {"mean": np.full((4, 1, 1), 2.0), "quantiles": np.array([40.0, 10.1, np.nan, 5.0]).reshape(4, 1, 1, 1)}
    assert broken(said, past).tolist() == [False, True, True, False]
