"""When a step is due and how it stands: the SQL expression against the words of measurement 2.6."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from complaints import deadlines, escalation
from complaints.deadlines import LATE, NOT_YET_DUE, ON_TIME, Ended, Standing, due_at, net_due_at
from complaints.models import Closure, Complaint, Duty
from complaints.outcomes import NEEDS_AN_ANSWER, OBJECTION_WINDOW, Outcome, held_closure, standing_closure
from departments.models import Rung
from departments.sops import Unit
from departments.worktime import Hours, Week, Worktime
from tests import lives
from tests.lives import MONDAY, day
from tests.world import World

KARACHI = ZoneInfo("Asia/Karachi")
OFFICE = Worktime(
    KARACHI, (Week(date(2000, 1, 1), {weekday: (Hours(540, 1020),) for weekday in range(5)}),), frozenset()
)


def end_of(*day_: int) -> datetime:
    return datetime(*day_, 23, 59, 59, 999999, tzinfo=KARACHI)  # type: ignore[misc]


class TestDueAt:
    @pytest.mark.parametrize(
        ("received", "holidays", "due"),
        [
            (datetime(2026, 1, 2, 20, tzinfo=KARACHI), [], end_of(2026, 1, 7)),
            (datetime(2026, 1, 2, 20, tzinfo=KARACHI), [date(2026, 1, 5)], end_of(2026, 1, 8)),
            (datetime(2026, 1, 3, 9, tzinfo=KARACHI), [], end_of(2026, 1, 7)),
        ],
    )
    def test_the_vectors_of_the_measurement(self, received: datetime, holidays: list[date], due: datetime) -> None:
        office = Worktime(KARACHI, OFFICE.weeks, frozenset(holidays))
        assert due_at(3, Unit.WORKING_DAYS, received, office) == due

    def test_calendar_days_count_every_date(self) -> None:
        received = datetime(2026, 1, 2, 20, tzinfo=KARACHI)
        assert due_at(30, Unit.CALENDAR_DAYS, received, OFFICE) == end_of(2026, 2, 1)

    def test_hours_are_open_hours(self) -> None:
        friday = datetime(2026, 1, 2, 16, tzinfo=KARACHI)
        assert due_at(4, Unit.WORKING_HOURS, friday, OFFICE) == datetime(2026, 1, 5, 12, tzinfo=KARACHI)

    @pytest.mark.parametrize("unit", ["", "fortnights"])
    def test_no_unit_no_date(self, unit: str) -> None:
        with pytest.raises(ValueError, match="is no unit of time"):
            due_at(1, unit, MONDAY, OFFICE)


class TestNetDueAt:
    @given(limit=st.integers(1, 40), off=st.integers(0, 60), start=st.integers(0, 10**6))
    def test_days_off_are_a_longer_limit(self, limit: int, off: int, start: int) -> None:
        begun = MONDAY + timedelta(minutes=start)
        promised = due_at(limit, Unit.WORKING_DAYS, begun, OFFICE)
        net = net_due_at(promised, begun, limit, Unit.WORKING_DAYS, off, OFFICE)
        assert net == due_at(limit + off, Unit.WORKING_DAYS, begun, OFFICE)
        assert net >= promised

    @given(off=st.integers(0, 60))
    def test_a_date_told_never_moves_earlier(self, off: int) -> None:
        told = day(400)
        assert net_due_at(told, MONDAY, 5, Unit.WORKING_DAYS, off, OFFICE) == told

    @pytest.mark.parametrize(("limit", "unit"), [(None, ""), (28, Unit.CALENDAR_DAYS), (8, Unit.WORKING_HOURS)])
    def test_other_promises_move_by_the_same_days(self, limit: int | None, unit: str) -> None:
        promised = datetime(2026, 3, 6, 12, tzinfo=KARACHI)
        assert net_due_at(promised, MONDAY, limit, unit, 0, OFFICE) == promised
        assert net_due_at(promised, MONDAY, limit, unit, 1, OFFICE) == end_of(2026, 3, 9)


MOMENTS = st.one_of(st.none(), st.integers(0, 12))


@pytest.mark.django_db
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(due=st.integers(0, 12), ended=MOMENTS, how=st.sampled_from(Ended.values), pause=MOMENTS, rest=st.integers(1, 6))
def test_the_standing_is_what_the_measurement_says(
    world: World, due: int, ended: int | None, how: str, pause: int | None, rest: int
) -> None:
    """Every combination of moments, read at every moment, against the sentences."""
    complaint = Complaint.objects.first() or lives.filed(world)
    Duty.objects.filter(complaint=complaint).update(
        due_at=day(due),
        ended_at=None if ended is None else day(ended),
        ended_as="" if ended is None else how,
        paused_at=None if pause is None else day(pause),
        paused_until=None if pause is None else day(pause + rest),
        next_rung_at=None,
    )
    for number in range(13):
        expected = spoken(number, due, ended, how, pause, rest)
        stood = Duty.objects.as_of(day(number)).values_list("standing", flat=True)
        assert set(stood) == {expected}, f"on day {number}"
        assert expected in ON_TIME | LATE | NOT_YET_DUE | {Standing.RELEASED}


def spoken(at: int, due: int, ended: int | None, how: str, pause: int | None, rest: int) -> str:
    if ended is not None and ended <= at:
        if ended > due or how == Ended.CLOSED:
            return Standing.LATE
        return Standing.MET if how == Ended.DONE else Standing.RELEASED
    if pause is not None and pause <= at < pause + rest:
        return Standing.PAUSED
    return Standing.OVERDUE if at > due else Standing.RUNNING


@pytest.mark.django_db
def test_owed_is_what_existed_then(world: World) -> None:
    complaint = lives.filed(world, at=day(0))
    row = lives.duty(complaint, "R3")
    Duty.objects.filter(pk=row.pk).update(replaced_at=day(2), next_rung_at=None)
    for when, there in ((day(-1), False), (day(0), True), (day(1.9), True), (day(2), False)):
        found = Complaint.objects.filter(deadlines.owed(when, "duties__"), duties__code="R3").exists()
        assert found is there
        assert Duty.objects.as_of(when).filter(pk=row.pk).exists() is there


@pytest.mark.django_db
def test_by_a_path_it_reads_the_same(world: World) -> None:
    complaint = lives.filed(world)
    row = Complaint.objects.filter(duties__code="R3").annotate(stands=deadlines.standing(day(60), "duties__")).get()
    assert (row, row.stands) == (complaint, Standing.OVERDUE)


class TestLadder:
    RUNGS = [
        Rung(level=0, after=0, unit=Unit.WORKING_HOURS),
        Rung(level=1, after=4, unit=Unit.WORKING_HOURS),
        Rung(level=2, after=2, unit=Unit.WORKING_DAYS),
    ]

    def test_each_rung_counts_from_the_due_moment(self) -> None:
        due = end_of(2026, 1, 2)
        reached = [escalation.rung_at(rung, due, OFFICE) for rung in self.RUNGS]
        assert reached == [due, datetime(2026, 1, 5, 13, tzinfo=KARACHI), end_of(2026, 1, 6)]

    def test_where_there_is_no_ladder_nobody_climbs(self) -> None:
        assert escalation.first_rung_at([], end_of(2026, 1, 2), OFFICE) is None
        assert escalation.first_rung_at(self.RUNGS[1:], end_of(2026, 1, 2), OFFICE) == datetime(
            2026, 1, 5, 13, tzinfo=KARACHI
        )

    def test_what_is_climbed_is_climbed(self) -> None:
        assert [rung.level for rung in escalation.rungs_from(self.RUNGS, 1)] == [1, 2]
        assert list(escalation.rungs_from(self.RUNGS, 3)) == []


class TestOutcomes:
    def test_the_window_is_thirty_days_and_some_outcomes_need_an_answer(self) -> None:
        assert timedelta(days=30) == OBJECTION_WINDOW
        assert set(Outcome) - NEEDS_AN_ANSWER == {Outcome.WITHDRAWN, Outcome.NOT_REACHED}

    @pytest.mark.django_db
    def test_standing_and_held_by_a_path_and_by_the_moment(self, world: World) -> None:
        complaint = lives.concluded(world)
        Closure.objects.update(concluded_at=day(1), delivered_at=day(2), voided_at=day(40), void_reason="x")
        for when, stands, held in ((0, 0, 0), (1, 1, 0), (31, 1, 0), (32, 1, 1), (39, 1, 1), (40, 0, 0)):
            by_path = Complaint.objects.filter(pk=complaint.pk)
            assert by_path.filter(standing_closure(day(when), "closures__")).count() == stands
            assert by_path.filter(held_closure(day(when), "closures__")).count() == held
            assert Closure.objects.filter(held_closure(day(when))).count() == held


def test_moments_are_utc() -> None:
    assert due_at(1, Unit.WORKING_DAYS, MONDAY, OFFICE).tzinfo == UTC
