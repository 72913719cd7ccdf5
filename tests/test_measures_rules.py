"""Waiting, differences, standardised rates, depth: the vectors of measurement 2.11; SciPy and lifelines judge."""

from collections import Counter
from fractions import Fraction
from math import hypot, inf, isclose

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from lifelines.utils import median_survival_times, restricted_mean_survival_time
from scipy.stats import binomtest

from engagement.depth import Contribution, Depth, Pair, Relation, depth, depth_of, exchanges, relations
from engagement.newcombe import difference, rate
from engagement.standardising import (
    Cells,
    Queued,
    Selective,
    compare,
    jumps,
    selection,
)
from engagement.survival import (
    Median,
    Waits,
    curve,
    incidence,
    median,
    merged,
    restricted_mean,
    still_waiting,
    within,
)


def waits(times: str, never: int = 0) -> Waits:
    """Read times like "6,6,7+": with a plus the case was still waiting."""
    each = times.split(",")
    answered = Counter(int(time) for time in each if not time.endswith("+"))
    left = Counter(int(time[:-1]) for time in each if time.endswith("+"))
    return Waits(answered, left, never=never)


FREIREICH = waits("6,6,6,6+,7,9+,10,10+,11+,13,16,17+,19+,20+,22,23,25+,32+,32+,34+,35+")
SMALL = waits("1,1,2,2,3,6,12+,15+,20+,25+")


class TestWaiting:
    def test_the_vector_of_freireich(self) -> None:
        points = curve(FREIREICH)
        found = {point.day: round(float(point.still), 4) for point in points}
        assert found == {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
        assert median(FREIREICH, points) == Median(23, 13, None, 35)
        assert points[-1].lower == pytest.approx(0.1881, abs=5e-5)
        assert points[-1].upper == pytest.approx(0.6801, abs=5e-5)
        assert restricted_mean(points, 20) == pytest.approx(16.117, abs=5e-4)

    def test_the_small_vector(self) -> None:
        points = curve(SMALL)
        assert still_waiting(points, 3) == Fraction(1, 2)
        assert still_waiting(points, 6) == Fraction(2, 5)
        assert still_waiting(points, 0) == 1
        assert median(SMALL, points).day == 3, "exactly one half is reached, which floating point can miss"
        assert restricted_mean(points, 20) == 9.5
        assert within(points, 5)[0] == 0.5
        assert within(points, 0) == (0.0, 0.0, 0.0)

    def test_never_answered_stays_in_the_count_for_ever(self) -> None:
        few = Waits({1: 2, 5: 1}, never=4, followed=60)
        assert still_waiting(curve(few), 90) == Fraction(4, 7)
        assert median(few, curve(few)) == Median(None, 1, None, 60), "more than 60 days"
        assert curve(Waits(never=3)) == ()
        assert median(Waits(never=3, followed=9), ()) == Median(None, None, None, 9)

    def test_where_nobody_is_left_the_upper_end_stays(self) -> None:
        points = curve(waits("1,2"))
        assert (points[-1].still, points[-1].lower, points[-1].upper) == (0, 0, points[0].upper)

    def test_many_withdrawals_are_told(self) -> None:
        assert not Waits({1: 19}, {2: 1}, {2: 1}).withdraw_too_often
        assert Waits({1: 18}, {2: 1}, {2: 1}).withdraw_too_often

    def test_small_steps_are_drawn_together(self) -> None:
        points = merged(curve(waits("1,1,1,2,2,3,3,4,9+")), 5)
        assert [(point.day, point.still) for point in points] == [(2, Fraction(4, 9))]


people = st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["answered", "waiting", "withdrawn"])), min_size=1,
                  max_size=120)  # fmt: skip


def grouped(cases: list[tuple[int, str]], never: int = 0) -> Waits:
    answered = Counter(day for day, fate in cases if fate == "answered")
    left = Counter(day for day, fate in cases if fate != "answered")
    return Waits(answered, left, Counter(day for day, fate in cases if fate == "withdrawn"), never)


@settings(max_examples=30, deadline=None)
@given(people, st.integers(0, 20))
def test_the_curve_is_that_of_lifelines(cases: list[tuple[int, str]], never: int) -> None:
    waited = [day for day, _ in cases] + [1000] * never
    happened = [fate == "answered" for _, fate in cases] + [False] * never
    judge = KaplanMeierFitter().fit(waited, happened)
    found = grouped(cases, never)
    points = curve(found)
    for day in range(45):
        assert float(still_waiting(points, day)) == pytest.approx(judge.predict(day), abs=1e-9)
    band = judge.confidence_interval_
    for point in points:
        if point.still:
            assert (point.lower, point.upper) == pytest.approx(band.loc[point.day].to_list(), abs=1e-6)
        assert 0 <= point.lower <= point.still <= point.upper <= 1
    near = [point for point in points if point.still != Fraction(1, 2) and abs(float(point.still) - 0.5) < 1e-9]
    assume(not near)
    if not any(point.still == Fraction(1, 2) for point in points):
        assert median(found, points).day == (
            None if judge.median_survival_time_ == inf else judge.median_survival_time_
        )
        lower, upper = median_survival_times(band).iloc[0]
        if points and points[-1].still:
            assert median(found, points).lower == (None if lower == inf else lower)
            assert median(found, points).upper == (None if upper == inf else upper)
    assert restricted_mean(points, 20) == pytest.approx(restricted_mean_survival_time(judge, t=20), abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(people)
def test_the_cumulative_incidence_is_that_of_lifelines(cases: list[tuple[int, str]]) -> None:
    """Where answers and withdrawals fall on one day lifelines takes them at once, and we take the answers first; so
    the withdrawals are put half a day later for it."""
    code = {"answered": 1, "waiting": 0, "withdrawn": 2}
    later = {"answered": 0, "withdrawn": 1, "waiting": 2}
    assume(any(fate == "answered" for _, fate in cases))
    waited = [day * 3 + later[fate] + 1 for day, fate in cases]
    judge = AalenJohansenFitter(calculate_variance=False).fit(waited, [code[fate] for _, fate in cases], 1)
    curve_of_judge = judge.cumulative_density_.iloc[:, 0]
    found = grouped(cases)
    for day in (0, 3, 10, 20, 40):
        before = curve_of_judge[curve_of_judge.index <= day * 3 + 3]
        assert incidence(found, day) == pytest.approx(float(before.iloc[-1]), abs=1e-9)
        if not found.withdrawn:
            assert incidence(found, day) == pytest.approx(within(curve(found), day)[0], abs=1e-9)


class TestDifferences:
    @pytest.mark.parametrize(
        ("a", "b", "expected"),
        [((56, 70), (48, 80), (0.200, 0.052, 0.334)), ((270, 300), (45, 90), (0.400, 0.292, 0.505))],
    )
    def test_the_vectors(self, a: tuple[int, int], b: tuple[int, int], expected: tuple[float, ...]) -> None:
        found = difference(rate(*a), rate(*b))
        assert (found.size, found.lower, found.upper) == pytest.approx(expected, abs=5e-4)
        assert found.excludes_none
        assert difference(rate(*b), rate(*a)).excludes_none

    def test_without_a_case_there_is_no_share(self) -> None:
        with pytest.raises(ValueError, match="Without a case"):
            rate(0, 0)

    @given(st.integers(1, 300), st.integers(1, 300), st.data())
    def test_are_made_of_scipys_intervals(self, n: int, m: int, data: st.DataObject) -> None:
        k, j = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
        one, other = (binomtest(*counts).proportion_ci(method="wilson") for counts in ((k, n), (j, m)))
        found = difference(rate(k, n), rate(j, m))
        size = k / n - j / m
        assert found.lower == pytest.approx(max(size - hypot(k / n - one.low, other.high - j / m), -1), abs=1e-6)
        assert found.upper == pytest.approx(min(size + hypot(one.high - k / n, j / m - other.low), 1), abs=1e-6)
        assert -1 <= found.lower <= found.size <= found.upper <= 1


drawn_cells = st.dictionaries(st.sampled_from("xyz"), st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1)
PHONE: Cells = {"complaint": (60, 120), "question": (36, 40)}
FACEBOOK: Cells = {"complaint": (12, 20), "question": (130, 140)}


class TestStandardising:
    def test_the_vector(self) -> None:
        facebook, phone = compare({"phone": PHONE, "facebook": FACEBOOK}).groups
        assert (phone.raw.share, facebook.raw.share) == pytest.approx((0.600, 0.8875))
        assert phone.standardised is not None
        assert facebook.standardised is not None
        assert (phone.standardised.share, facebook.standardised.share) == pytest.approx((0.725, 0.785), abs=1e-3)

    def test_unequal_beyond_chance_is_flagged(self) -> None:
        assert not compare({"phone": PHONE, "facebook": FACEBOOK}).is_flagged, "0.92 of it"
        found = compare({"a": {"x": (270, 300)}, "b": {"x": (45, 90)}})
        assert found.is_flagged
        assert (found.lowest, found.highest) == (found.groups[1], found.groups[0])
        assert found.ratio == pytest.approx(0.5 / 0.9)
        chance = compare({"a": {"x": (20, 30)}, "b": {"x": (15, 30)}})
        assert chance.ratio == pytest.approx(0.75)
        assert not chance.is_flagged

    def test_fewer_than_thirty_are_not_compared(self) -> None:
        found = compare({"a": {"x": (29, 29)}, "b": {"x": (0, 30)}, "c": {"x": (0, 0)}, "d": {"x": (1, 30)}})
        assert [group.name for group in found.groups] == ["a", "b", "d"]
        assert found.groups[0].standardised is None
        assert found.lowest == found.groups[1]
        assert found.ratio == 0
        assert compare({"a": {"x": (29, 29)}}).ratio is None
        assert compare({}).groups == ()

    def test_nobody_answered_anywhere_has_no_ratio(self) -> None:
        found = compare({"a": {"x": (0, 30)}, "b": {"x": (0, 30)}})
        assert found.ratio is None
        assert not found.is_flagged

    def test_only_kinds_that_all_have_are_compared(self) -> None:
        found = compare({"a": {"x": (10, 30), "y": (5, 10)}, "b": {"x": (20, 40), "z": (1, 20)}})
        assert found.covered == pytest.approx(70 / 100)
        assert [group.standardised for group in found.groups] == [rate(10, 30), rate(20, 40)]
        nothing = compare({"a": {"x": (10, 30)}, "b": {"y": (20, 40)}})
        assert (nothing.covered, nothing.lowest, nothing.is_flagged) == (0, None, False)

    @given(drawn_cells, drawn_cells)
    def test_is_the_mean_of_its_parts_with_one_kind_just_the_rate(
        self, one: dict[str, tuple[int, int]], other: dict[str, tuple[int, int]]
    ) -> None:
        groups = {
            name: {kind: (k, k + missed) for kind, (k, missed) in cells.items()}
            for name, cells in (("a", one), ("b", other))
        }
        found = compare(groups)
        for group in found.groups:
            if group.standardised is not None:
                shares = [k / n for k, n in groups[group.name].values() if n]
                assert min(shares) - 1e-9 <= group.standardised.share <= max(shares) + 1e-9
                assert group.standardised.lower <= group.standardised.share <= group.standardised.upper
                if len(shares) == 1:
                    assert isclose(group.standardised.lower, group.raw.lower, abs_tol=1e-9)


class TestSelectiveReply:
    def test_the_example_is_possible_and_not_flagged(self) -> None:
        found = selection({"web": (56, 70)}, {"web": (48, 80)})
        assert found.verdict is Selective.POSSIBLE
        assert found.raw is not None
        assert (found.raw.size, found.raw.lower, found.raw.upper) == pytest.approx((0.2, 0.052, 0.334), abs=5e-4)
        assert found.standardised == found.raw

    def test_each_verdict(self) -> None:
        assert selection({"web": (270, 300)}, {"web": (45, 90)}).verdict is Selective.FLAGGED
        assert selection({"web": (50, 100)}, {"web": (50, 100)}).verdict is Selective.NONE
        assert selection({"web": (29, 29)}, {"web": (0, 100)}).verdict is Selective.TOO_FEW
        assert selection({}, {"web": (0, 100)}).verdict is Selective.TOO_FEW

    def test_the_mix_of_cases_explains_or_not(self) -> None:
        """Answered alike on each channel: the favoured only came by the better one."""
        favoured: Cells = {"web": (180, 200), "mail": (10, 20)}
        others: Cells = {"web": (18, 20), "mail": (100, 200)}
        found = selection(favoured, others)
        assert found.raw is not None
        assert found.raw.lower > 0.1
        assert found.verdict is Selective.NONE
        apart = selection({"web": (180, 200)}, {"mail": (100, 200)})
        assert (apart.standardised, apart.verdict) == (None, Selective.FLAGGED)

    @given(st.lists(st.tuples(st.integers(0, 30), st.none() | st.integers(0, 15), st.none() | st.integers(0, 30),
                              st.booleans()), max_size=40))  # fmt: skip
    def test_a_jump_is_an_answer_while_an_older_case_is_past_due(
        self, drawn: list[tuple[int, int | None, int | None, bool]]
    ) -> None:
        queue = [
            Queued(
                received,
                None if limit is None else received + limit,
                None if lasted is None else received + lasted,
                answered and lasted is not None,
            )
            for received, limit, lasted, answered in drawn
        ]
        answers = [case for case in queue if case.is_answered and case.left_at is not None]
        jumped = [
            case
            for case in answers
            if any(
                older.received_at < case.received_at
                and older.due_at is not None
                and case.left_at is not None
                and older.due_at < case.left_at
                and (older.left_at is None or older.left_at > case.left_at)
                for older in queue
            )
        ]
        assert jumps(queue) == (len(jumped), len(answers))


class TestDepth:
    @pytest.mark.parametrize(
        ("told", "answered", "rated", "talked", "expected"),
        [
            (False, False, False, 0, Depth.UNANSWERED),
            (False, False, True, 2, Depth.UNANSWERED),
            (True, False, False, 3, Depth.TOLD),
            (True, True, False, 1, Depth.ANSWERED),
            (False, True, True, 1, Depth.TALKED),
            (True, True, False, 2, Depth.TALKED),
        ],
    )
    def test_of_a_conversation(self, told: bool, answered: bool, rated: bool, talked: int, expected: Depth) -> None:
        assert depth(told=told, answered=answered, rated=rated, exchanges=talked) is expected

    def test_of_a_contribution(self) -> None:
        assert depth_of(Contribution(1, is_adopted=False)) is Depth.DISPOSED
        assert depth_of(Contribution(1, is_adopted=True)) is Depth.ADOPTED

    @pytest.mark.parametrize(
        ("letters", "expected"),
        [("", 0), ("o", 1), ("oo", 1), ("c", 0), ("co", 1), ("oco", 2), ("ooccoc", 2), ("ococo", 3)],
    )
    def test_exchanges(self, letters: str, expected: int) -> None:
        assert exchanges(letter == "c" for letter in letters) == expected

    def test_relations(self) -> None:
        assert relations(Pair(1)) == [Relation.ONE_OFF]
        assert relations(Pair(2)) == [Relation.RETURNING]
        assert relations(Pair(1, feedback=1)) == [Relation.FEEDBACK, Relation.ONE_OFF]
        assert relations(Pair(1, exchanges=2)) == [Relation.ONE_OFF]
        assert relations(Pair(3, 1, 3)) == [Relation.COLLABORATIVE, Relation.FEEDBACK, Relation.RETURNING]
        assert relations(Pair(0, high=1)) == [Relation.COLLABORATIVE]
