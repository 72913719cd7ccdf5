"""When a sign is raised, by table and by property; and what the clocks of a resolution show."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from statistics import median_low
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.models import Pause
from departments.worktime import Hours, Week, Worktime, days_between
from engagement.clocks import Clocks, Course, clocks, median
from engagement.signs import CODES, FEWEST, NO_RECORDS, SIGNS, Counts, Rule, Sign, is_raised, raised, touched

ALWAYS = Worktime(
    ZoneInfo("Asia/Karachi"), (Week(date(2000, 1, 1), dict.fromkeys(range(7), (Hours(0, 1440),))),), frozenset()
)
FIVE_DAYS = Worktime(
    ZoneInfo("Asia/Karachi"), (Week(date(2000, 1, 1), dict.fromkeys(range(5), (Hours(540, 1020),))),), frozenset()
)


def day(number: float) -> datetime:
    return datetime(2026, 3, 2, 5, tzinfo=UTC) + timedelta(days=number)


def sign(rule: Rule, threshold: Fraction | None = Fraction(1, 4)) -> Sign:
    return Sign("x", 1, "x", "x", rule, threshold, "x")


class TestRaised:
    @pytest.mark.parametrize(
        ("k", "n", "expected"),
        [
            (0, 0, False),
            (9, 9, False),
            (5, 10, False),
            (6, 10, True),
            (25, 100, False),
            (33, 100, False),
            (35, 100, True),
        ],
    )
    def test_above_by_its_whole_interval(self, k: int, n: int, expected: bool) -> None:
        assert is_raised(sign(Rule.ABOVE), Counts(k, n)) is expected

    @pytest.mark.parametrize(
        ("mine", "others", "expected"),
        [((9, 10), (0, 9), False), ((9, 10), (1, 10), True), ((5, 10), (4, 10), False), ((1, 10), (9, 10), False)],
    )
    def test_apart_from_the_others(self, mine: tuple[int, int], others: tuple[int, int], expected: bool) -> None:
        assert is_raised(sign(Rule.APART, None), Counts(*mine, others)) is expected

    def test_days_are_no_single_observations(self) -> None:
        assert is_raised(sign(Rule.DAYS), Counts(26, 100))
        assert not is_raised(sign(Rule.DAYS), Counts(25, 100))

    @pytest.mark.parametrize(
        ("late", "before", "expected"),
        [((2, 100), (20, 100), True), ((6, 100), (20, 100), False), ((5, 100), (20, 100), False),
         ((0, 100), (9, 10), False), ((0, 9), (20, 100), False), ((0, 10), (10, 0), False)],
    )  # fmt: skip
    def test_slower_than_before(self, late: tuple[int, int], before: tuple[int, int], expected: bool) -> None:
        assert is_raised(sign(Rule.SLOWER), Counts(*late, before)) is expected

    def test_one_is_enough_or_none(self) -> None:
        assert is_raised(sign(Rule.ANY, None), Counts(1, 1))
        assert not is_raised(sign(Rule.ANY, None), Counts(0, 5))
        assert not is_raised(sign(Rule.NEVER, None), Counts(50, 50))

    @given(st.integers(0, 200), st.integers(0, 200))
    def test_more_of_as_many_never_lowers_it(self, k: int, more: int) -> None:
        n = 200
        if is_raised(sign(Rule.ABOVE), Counts(k, n)):
            assert is_raised(sign(Rule.ABOVE), Counts(min(k + more, n), n))

    def test_in_the_order_of_the_method_with_the_figures_they_touch(self) -> None:
        found = raised({"beyond-five": Counts(50, 100), "held": Counts(50, 100), "canned": Counts(0, 100)})
        assert [each.code for each in found] == ["held", "beyond-five"]
        assert touched(found) == ["M1", "R6", "R7"]


class TestMethod:
    def test_every_sign_is_whole(self) -> None:
        assert len(CODES) == len(SIGNS)
        for each in SIGNS:
            assert str(each.title), each.code
            assert str(each.counts), each.code
            assert str(each.why), each.code
            needs = each.rule in (Rule.ABOVE, Rule.DAYS, Rule.SLOWER)
            assert (each.threshold is not None) == needs, each.code
            assert each.touches or each.rule is Rule.NEVER, each.code
        assert {each.row for each in SIGNS} | {row for row, _ in NO_RECORDS} == {*range(1, 12), 16, 17, 20, 21, 22}
        assert FEWEST == 10

    @given(
        st.builds(
            Counts, st.integers(0, 9), st.integers(0, 9), st.tuples(st.integers(0, 9), st.integers(0, 9)),
            st.lists(st.tuples(st.text(max_size=3), st.integers(0, 9), st.integers(0, 9)), max_size=3).map(tuple),
        )
    )  # fmt: skip
    def test_counts_are_read_as_they_were_written(self, counts: Counts) -> None:
        assert Counts.read(counts.as_json()) == counts

    def test_nothing_kept_is_nothing_counted(self) -> None:
        assert Counts.read(None) == Counts()


class TestClocks:
    def test_the_vector_of_the_method(self) -> None:
        """Received day 0, closed 6, reopened 12, closed 18 (held): G = 6, τ = 12."""
        course = Course(day(0), day(18), lapses=((day(6), day(12)),))
        assert clocks(course, ALWAYS) == Clocks(gross=18, paused=0, lapsed=6, own=12)
        assert clocks(course, ALWAYS).net == 12

    def test_pauses_are_taken_off_ten_days_at_most(self) -> None:
        def pause(start: float, end: float) -> Pause:
            return Pause(starts_at=day(start), ends_at=day(end))

        assert clocks(Course(day(0), day(30), (pause(1, 5),)), ALWAYS).net == 26
        assert clocks(Course(day(0), day(30), (pause(1, 8), pause(10, 20))), ALWAYS).paused == 10
        struck = Pause(starts_at=day(1), ends_at=day(5), contested_at=day(2))
        assert clocks(Course(day(0), day(30), (struck,)), ALWAYS).paused == 0

    def test_the_departments_own_clock_runs_while_it_holds_the_query(self) -> None:
        pause = Pause(starts_at=day(2), ends_at=day(4))
        course = Course(day(0), day(20), (pause,), ((day(12), day(14)),), held=((day(10), day(20)),))
        assert clocks(course, ALWAYS) == Clocks(gross=20, paused=2, lapsed=2, own=8)

    @given(st.integers(0, 60), st.lists(st.integers(0, 60), min_size=0, max_size=6).map(sorted))
    def test_net_is_never_more_than_gross_and_own_is_net_without_transfers(self, end: int, moments: list[int]) -> None:
        inside = [min(moment, end) for moment in moments]
        lapses = tuple((day(a), day(b)) for a, b in zip(inside[::2], inside[1::2], strict=False))
        took = clocks(Course(day(0), day(end), lapses=lapses), FIVE_DAYS)
        assert 0 <= took.net <= took.gross == days_between(FIVE_DAYS, day(0), day(end))
        assert took.own == took.net

    @given(st.integers(1, 60), st.data())
    def test_what_departments_held_adds_up_to_the_citizens_clock(self, end: int, data: st.DataObject) -> None:
        middle = data.draw(st.integers(0, end))
        first = clocks(Course(day(0), day(end), held=((day(0), day(middle)),)), FIVE_DAYS)
        second = clocks(Course(day(0), day(end), held=((day(middle), day(end)),)), FIVE_DAYS)
        assert first.own + second.own == first.gross

    @given(st.lists(st.integers(0, 50), min_size=1, max_size=40))
    def test_the_median_is_the_lower_one(self, days: list[int]) -> None:
        assert median({each: days.count(each) for each in days}) == median_low(days)

    def test_of_nothing_there_is_no_median(self) -> None:
        assert median({}) is None
