"""How counts become a figure, and steps a stage: the weakest mandatory step, never a mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.names import Name
from departments.plans import uniform_steps
from departments.sops import Reason, Stage
from engagement.rollup import StageFigure, StepFigure, in_one_order, met, weakest

CODES = st.sampled_from("ABCDEFGH")


def step(code: str, on_time: int = 0, late: int = 0, **more: object) -> StepFigure:
    fields = {"mandatory": True, "stage": Stage.RESPONSE.value, **more}
    return StepFigure(code, Name(en=code), on_time=on_time, late=late, **fields)  # type: ignore[arg-type]


def test_only_what_fell_due_makes_the_share() -> None:
    figure = step("R3", 61, 35, not_yet_due=7, released=2)
    assert (figure.n, figure.share) == (96, 61 / 96)
    assert [round(bound, 4) for bound in figure.interval] == [0.5357, 0.7248]
    assert figure.meets_standard is False


def test_without_data_there_is_neither_share_nor_verdict() -> None:
    figure = step("R3", not_yet_due=5, released=1)
    assert (figure.n, figure.share, figure.interval, figure.meets_standard) == (0, None, (0, 1), None)


@pytest.mark.parametrize(("on_time", "late", "meets"), [(4, 1, True), (8, 2, True), (799_999, 200_001, False)])
def test_the_standard_is_four_in_five_without_rounding(on_time: int, late: int, meets: bool) -> None:
    assert step("R1", on_time, late).meets_standard is meets


def test_the_weakest_mandatory_step_speaks_for_the_stage() -> None:
    steps = (step("R1", 9, 1), step("R2", 1, 2), step("R3", 2, 4), step("R4"), step("K1", 0, 9, mandatory=False))
    assert weakest(steps) is steps[1], "of equal shares the first in the order of the procedure"
    assert StageFigure(Stage.RESPONSE, steps).weakest is steps[1]


def test_no_step_is_weakest_while_none_has_data() -> None:
    assert weakest([step("R4"), step("K1", 0, 9, mandatory=False)]) is None


def test_mandatory_steps_with_data_are_counted_against_the_standard() -> None:
    steps = [step("C1", 9, 1), step("R1", 1, 9), step("R4"), step("K1", 5, mandatory=False), step("M1", not_yet_due=3)]
    counted = met(steps)
    assert (counted.met, counted.of, counted.without_data) == (1, 2, ("R4", "M1"))


def test_procedures_of_all_reasons_fall_into_one_order() -> None:
    orders = [[line.code for line in uniform_steps(reason)] for reason in Reason]
    merged = ["C1", "C3", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "K1", "K2", "M1", "M2", "M3", "M4", "M5", "K3"]
    assert in_one_order(orders) == merged
    assert in_one_order(reversed(orders)) == merged


@given(st.lists(st.lists(CODES, unique=True)))
def test_one_order_has_everything_once(sequences: list[list[str]]) -> None:
    order = in_one_order(sequences)
    assert len(order) == len(set(order))
    assert set(order) == {code for sequence in sequences for code in sequence}


@given(st.permutations("ABCDEFGH"), st.lists(st.sets(CODES)))
def test_one_order_keeps_the_order_that_all_agree_on(agreed: list[str], chosen: list[set[str]]) -> None:
    sequences = [agreed, *([code for code in agreed if code in some] for some in chosen)]
    assert in_one_order(sequences) == agreed
