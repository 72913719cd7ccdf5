"""Between full counts procedures keep up with the records, and always come to what a full count comes to."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.models import Closure, Duty
from complaints.sweep import sweep
from departments.models import Calendar, Department, Rung
from engagement import figures, tallies
from engagement.compliance import Row, added, count
from engagement.figures import procedures_at, procedures_now
from engagement.models import Tally
from engagement.periods import Quarter
from engagement.tallies import keep_up, tally
from engagement.tasks import keep_up_with_the_records
from engagement.touched import touched
from messaging import heartbeats
from tests.histories import ALL, BEGIN, Lives, holiday, played
from tests.lives import MONDAY, concluded, day, filed
from tests.world import departments_now, make_world

pytestmark = pytest.mark.django_db

QUARTER = Quarter.of(BEGIN.date())
# A declared holiday makes another calendar, which is a full count's part.
VERBS = [verb for verb in ALL if verb is not holiday]


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "QUICK", 0)


def in_full(quarter: Quarter, at: datetime) -> dict[int, list[list[Any]]]:
    """The rows of each department by a count of all records."""
    found: dict[int, list[list[Any]]] = {each.pk: [] for each in departments_now()}
    for row in count(departments_now(), quarter.start, quarter.end, at):
        found[row.department].append(list(row[1:]))
    return found


def kept(quarter: Quarter) -> dict[int, list[list[Any]]]:
    return dict(Tally.objects.filter(quarter=str(quarter)).values_list("department", "rows"))


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", played(41, 42))
def test_comes_to_what_a_full_count_comes_to(seed: int) -> None:
    """Counted once, while there was nothing; from then on only what was touched."""
    lives = Lives(seed)
    quarters = [QUARTER, QUARTER.next]
    tally(departments_now(), quarters, at=lives.at)
    steps_with_news = 0
    for number in range(260):
        lives.live(VERBS)
        if number % 13 == 12:
            before = kept(QUARTER.next)
            assert keep_up(departments_now(), at=lives.at) == 6
            for quarter in quarters:
                assert kept(quarter) == in_full(quarter, lives.at), (number, quarter)
            steps_with_news += before != kept(QUARTER.next)
    assert steps_with_news > 8
    sides = {(row[1], row[2]) for rows in kept(QUARTER.next).values() for row in rows}
    assert {("M2", "late"), ("R5", "late"), ("R7", "late"), ("R6", "late")} <= sides


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", played(51, 52))
def test_dates_pass_while_nothing_is_written(seed: int) -> None:
    """No sweep, no verb: due dates, the day after them, escalations and the thirty days pass by themselves."""
    lives, quarter = Lives(seed), QUARTER.next
    for _ in range(90):
        lives.live(VERBS)
    tally(departments_now(), [quarter], at=lives.at)
    at, changes = lives.at, 0
    for _ in range(40):
        at += lives.random.choice([3, 20, 30, 70]) * timedelta(hours=1)
        before = kept(quarter)
        keep_up(departments_now(), at=at)
        assert kept(quarter) == in_full(quarter, at), at
        changes += before != kept(quarter)
    assert changes > 6


def test_a_closure_holds_by_silence_from_its_thirtieth_day() -> None:
    concluded(make_world("alpha"))
    quarter = Quarter.of(MONDAY.date())
    Closure.objects.update(delivered_at=day(1))
    tally(departments_now(), [quarter], at=day(2))
    held = []
    for number in range(28, 34):
        keep_up(departments_now(), at=day(number))
        assert kept(quarter) == in_full(quarter, day(number)), number
        held.append(sum(row[3] for rows in kept(quarter).values() for row in rows if row[1:3] == ["R7", "on_time"]))
    assert held == [0, 0, 0, 1, 1, 1]


def test_a_procedure_without_a_ladder_flags_nothing_and_is_counted_all_the_same() -> None:
    world = make_world("alpha")
    Rung.objects.all().delete()
    Duty.objects.update(next_rung_at=None)
    filed(world)
    Duty.objects.update(next_rung_at=None)
    quarter = Quarter.of(MONDAY.date())
    tally(departments_now(), [quarter], at=day(0))
    late = []
    for number in range(1, 40):
        keep_up(departments_now(), at=day(number))
        assert kept(quarter) == in_full(quarter, day(number)), number
        late.append(sum(row[3] for rows in kept(quarter).values() for row in rows if row[2] == "late"))
    assert late[0] < late[-1]


def test_a_page_shows_as_of_when_it_kept_up() -> None:
    world = make_world("alpha")
    concluded(world)
    quarter = Quarter.of(MONDAY.date())
    tally(departments_now(), [quarter], at=day(1))
    keep_up(departments_now(), at=day(30))
    [found] = procedures_now(departments_now(), quarter, day(30))
    assert found.counted_at == day(30)
    assert [found] == procedures_at(departments_now(), quarter, day(30))
    assert Tally.objects.get().counted_at == day(1), "the families are as of the full count"
    assert not list(tallies.differing(departments_now()))


def test_the_nightly_check_finds_what_went_wrong_in_between() -> None:
    world = make_world("alpha")
    filed(world)
    quarter = Quarter.of(MONDAY.date())
    tally(departments_now(), [quarter], at=day(1))
    keep_up(departments_now(), at=day(2))
    wrong = Tally.objects.get()
    wrong.rows[0][3] += 1
    wrong.save()
    keep_up(departments_now(), at=day(3))
    assert [each.rows_at for each in tallies.differing(departments_now())] == [day(3)]
    tally(departments_now(), [quarter], at=day(3))
    assert not list(tallies.differing(departments_now()))


def test_what_a_full_count_has_to_do_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world("alpha")
    filed(world)
    quarter = Quarter.of(MONDAY.date())
    tally(departments_now(), [quarter], at=day(1))
    monkeypatch.setattr(tallies, "MOST_TOUCHED", 0)
    filed(world, at=day(1) + timedelta(hours=1))
    assert keep_up(departments_now(), at=day(2)) == 0
    monkeypatch.undo()
    Tally.objects.update(method_version=0)
    assert keep_up(departments_now(), at=day(2)) == 0
    Tally.objects.update(method_version=1)
    Calendar.objects.update(revision=F("revision") + 1)
    assert keep_up(departments_now(), at=day(2)) == 0
    Calendar.objects.update(revision=F("revision") - 1)
    assert keep_up(departments_now(), at=day(2)) == 1
    assert keep_up(departments_now(), at=day(2)) == 0, "nothing is brought up twice, or back"
    assert keep_up(departments_now(), at=day(1)) == 0


def test_who_was_slower_writes_nothing() -> None:
    world = make_world("alpha")
    filed(world)
    quarter = Quarter.of(MONDAY.date())
    tally(departments_now(), [quarter], at=day(1))
    slower = Tally.objects.get()
    keep_up(departments_now(), at=day(3))
    assert tallies._move_on(slower, [Row(world.department.pk, 1, "R1", "late", 7)], day(2)) == 0
    assert Tally.objects.get().rows_at == day(3)


def test_costs_the_same_number_of_queries_however_much_there_is() -> None:
    world = make_world("alpha")
    quarter = Quarter.of(MONDAY.date())

    def queries(at: datetime) -> int:
        with CaptureQueriesContext(connection) as caught:
            keep_up(departments_now(), at=at)
        return len(caught)

    concluded(world)
    tally(departments_now(), [quarter], at=day(0))
    few = queries(day(20))
    for _ in range(6):
        filed(world, at=day(21))
    sweep(at=day(40))
    assert len(touched(day(20), day(40))) == 7
    assert queries(day(40)) == few


def test_in_parts_it_comes_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "AT_ONCE", 2)
    world = make_world("alpha")
    quarter = Quarter.of(MONDAY.date())
    tally(departments_now(), [quarter], at=day(0) - timedelta(hours=1))
    for _ in range(5):
        filed(world)
    keep_up(departments_now(), at=day(9))
    assert kept(quarter) == in_full(quarter, day(9))


def test_rows_are_added_place_by_place() -> None:
    one = [Row(1, 1, "R1", "late", 2, "duties"), Row(1, 1, "R2", "late", 1, "duties")]
    other = [Row(1, 1, "R1", "late", 3, "duties"), Row(1, 1, "R2", "late", -1, "duties")]
    assert added(one, other) == [Row(1, 1, "R1", "late", 5, "duties")]


def test_the_task_leaves_word() -> None:
    filed(make_world("alpha"))
    Department.objects.update(live_since=timezone.now() - timedelta(hours=1))
    call_command("tally", "--all")
    Tally.objects.update(rows_at=F("rows_at") - timedelta(hours=1), counted_at=F("counted_at") - timedelta(hours=1))
    keep_up_with_the_records()
    assert heartbeats.detail("keep_up") == "1 tallies kept up"


def test_the_command_keeps_up_what_is_not_due(capsys: pytest.CaptureFixture[str]) -> None:
    filed(make_world("alpha"))
    Department.objects.update(live_since=MONDAY)
    call_command("tally", "--at", day(1).isoformat())
    Tally.objects.update(took=1000)
    call_command("tally", "--at", (day(1) + timedelta(hours=1)).isoformat())
    assert "No quarter is due; 1 tallies were kept up." in capsys.readouterr().out
    call_command("tally", "--check")
