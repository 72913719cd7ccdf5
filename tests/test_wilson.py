"""The Wilson interval: the vectors of the specification, and what must hold for every share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.wilson import wilson

TRIALS = st.integers(1, 10_000_000)


@pytest.mark.parametrize(
    ("successes", "trials", "lower", "upper"),
    [
        (0, 10, 0, 0.2775),
        (5, 5, 0.5655, 1),
        (8, 10, 0.4902, 0.9433),
        (9, 10, 0.5958, 0.9821),
        (61, 96, 0.5357, 0.7248),
        (84, 100, 0.7558, 0.8990),
        (7, 9, 0.4526, 0.9368),
    ],
)
def test_the_published_vectors(successes: int, trials: int, lower: float, upper: float) -> None:
    assert [round(bound, 4) for bound in wilson(successes, trials)] == [lower, upper]


def test_of_nothing_nothing_is_known() -> None:
    assert wilson(0, 0) == (0, 1)


@given(st.data(), TRIALS)
def test_it_lies_between_none_and_all_and_around_the_share(data: st.DataObject, trials: int) -> None:
    successes = data.draw(st.integers(0, trials))
    lower, upper = wilson(successes, trials)
    assert 0 <= lower <= successes / trials <= upper <= 1
    assert lower < upper


@given(st.data(), TRIALS)
def test_failures_mirror_successes(data: st.DataObject, trials: int) -> None:
    successes = data.draw(st.integers(0, trials))
    lower, upper = wilson(successes, trials)
    assert wilson(trials - successes, trials) == pytest.approx((1 - upper, 1 - lower), abs=1e-12)


@given(st.data(), st.integers(1, 10_000), st.integers(2, 100))
def test_the_same_share_of_more_is_surer(data: st.DataObject, trials: int, times: int) -> None:
    successes = data.draw(st.integers(0, trials))
    lower, upper = wilson(successes, trials)
    surer_lower, surer_upper = wilson(successes * times, trials * times)
    assert surer_upper - surer_lower < upper - lower


@pytest.mark.parametrize(("successes", "trials"), [(-1, 3), (4, 3), (0, -1)])
def test_what_is_no_share_is_refused(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match=f"{successes} of {trials}"):
        wilson(successes, trials)
