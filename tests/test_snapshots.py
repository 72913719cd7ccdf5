"""Frozen quarters: when, as of when, once, never changed; and what is restated later."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from complaints import closing
from complaints.actors import Voice
from complaints.models import Closure, Letter
from departments.models import Calendar
from engagement import figures, methods, snapshots, tallies
from engagement.freezing import Difference, Status, differences, digest, frozen_at, last_provisional_day
from engagement.frozen import frozen, status_of
from engagement.gathering import gathered
from engagement.methods import METHODS, Method
from engagement.models import Restatement, Snapshot
from engagement.periods import Quarter
from engagement.snapshots import due_to_freeze, freeze, restate
from engagement.stated import levels_at
from engagement.tasks import freeze_quarters
from engagement.trails import inputs_hashes, written_since
from messaging import heartbeats
from tests.lives import concluded, day, filed
from tests.moulds import moulded
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
FIRST = Quarter(2026, 1)
MOMENT = datetime(2026, 5, 15, 18, 59, 59, 999999, tzinfo=UTC)  # the end of 15 May in Karachi
LIVE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
@moulded
def alpha() -> World:
    world = make_world("alpha", at=LIVE)
    for _ in range(12):
        concluded(world)
    delivered()
    return world


def delivered() -> None:
    """Let every answer and closing notice have arrived when it was sent."""
    Letter.objects.filter(kind="substantive").update(delivered_at=F("sent_at"))
    Closure.objects.update(delivered_at=F("concluded_at"))


def frozen_now(world: World, at: datetime = MOMENT) -> Snapshot:
    for due in due_to_freeze([world.department], at):
        freeze(due, at=at)
    return Snapshot.objects.get(quarter="2026Q1", method_version=1)


class TestRules:
    def test_forty_five_days_after_its_end(self) -> None:
        assert last_provisional_day(FIRST) == date(2026, 5, 15)
        assert frozen_at(FIRST, "Asia/Karachi") == MOMENT
        assert frozen_at(FIRST, "UTC") == MOMENT + timedelta(hours=5)
        assert last_provisional_day(Quarter(2025, 4)) == date(2026, 2, 14)

    def test_a_digest_tells_lists_apart(self) -> None:
        assert len(digest([])) == 64
        assert len({digest([]), digest([""]), digest(["a", "b"]), digest(["b", "a"]), digest(["ab"])}) == 5

    def test_differences_are_named(self) -> None:
        before: dict[str, Any] = {"level": 1, "gates": {"M1": 1, "M2": 2}, "steps": {"M1": 3}}
        now: dict[str, Any] = {"level": 2, "gates": {"M1": 1, "M2": 3}, "steps": {"R1": 4}}
        assert differences(before, before) == []
        assert differences(before, now) == [
            Difference("level", 1, 2),
            Difference("g:M2", 2, 3),
            Difference("s:M1", 3, None),
            Difference("s:R1", None, 4),
        ]

    def test_without_a_snapshot_it_is_provisional(self) -> None:
        assert status_of(None) is Status.PROVISIONAL


class TestFreezing:
    def test_not_a_moment_before(self, alpha: World) -> None:
        assert list(due_to_freeze([alpha.department], MOMENT - timedelta(microseconds=1))) == []
        [due] = due_to_freeze([alpha.department], MOMENT)
        assert (due.quarter, due.moment, due.departments) == (FIRST, MOMENT, (alpha.department,))

    def test_as_of_exactly_that_moment_however_late_it_is_called(self, alpha: World) -> None:
        early = frozen_now(alpha)
        beta = make_world("beta", at=LIVE)
        concluded(beta)
        kept = early.results
        later = MOMENT + timedelta(days=40)
        complaint = concluded(alpha)  # backdated by the clock of the test, so that the count would be another now
        assert complaint.pk
        freeze(next(due_to_freeze([alpha.department, beta.department], later)), at=later)
        early.refresh_from_db()
        assert early.results == kept
        assert early.frozen_at == Snapshot.objects.get(department=beta.department).frozen_at == MOMENT

    def test_once(self, alpha: World) -> None:
        [due] = due_to_freeze([alpha.department], MOMENT)
        assert freeze(due, at=MOMENT) == 1
        assert freeze(due, at=MOMENT) == 0
        assert list(due_to_freeze([alpha.department], MOMENT)) == []

    def test_what_is_kept_is_what_was_counted(self, alpha: World) -> None:
        snapshot = frozen_now(alpha)
        [found] = gathered([alpha.department], FIRST, MOMENT).values()
        assert frozen([alpha.department], FIRST, MOMENT)[alpha.department.pk].evidence == found
        assert snapshot.results["gates"]["M1"] == {"verdict": "pass", "k": 12, "n": 12, "months": 3}
        assert snapshot.results["level"] == {"proven": "LOW", "possible": "HIGH", "is_rated": True, "is_stable": True}
        assert snapshot.results["steps"]["R1"]["on_time"] == 12
        assert snapshot.inputs_hash == inputs_hashes([alpha.department], FIRST, MOMENT)[alpha.department.pk]
        assert snapshot.calendar_revision == alpha.calendar.revision

    def test_the_fingerprint_changes_with_any_trail_and_not_with_what_comes_later(self, alpha: World) -> None:
        before = inputs_hashes([alpha.department], FIRST, MOMENT)
        filed(alpha, at=MOMENT + timedelta(days=1))
        assert inputs_hashes([alpha.department], FIRST, MOMENT) == before
        filed(alpha, at=day(5))
        assert inputs_hashes([alpha.department], FIRST, MOMENT) != before
        beta = make_world("beta", at=LIVE)
        assert inputs_hashes([beta.department], FIRST, MOMENT) == {beta.department.pk: digest([])}

    def test_the_database_lets_nobody_change_it(self, alpha: World) -> None:
        snapshot = frozen_now(alpha)
        restated = Restatement.objects.create(
            snapshot=snapshot, counted_at=MOMENT, results={}, differences=[], reasons={}
        )
        for row in (snapshot, restated):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                type(row).objects.filter(pk=row.pk).update(results={})
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                type(row).objects.filter(pk=row.pk)._raw_delete("default")

    def test_only_quarters_in_which_the_department_took_queries(self, alpha: World) -> None:
        late = make_world("late", at=datetime(2026, 4, 2, tzinfo=UTC))
        never = make_world("never", live=False)
        found = list(due_to_freeze([alpha.department, late.department, never.department], MOMENT + timedelta(days=100)))
        assert [(str(due.quarter), [each.code for each in due.departments]) for due in found] == [
            ("2026Q1", ["alpha"]),
            ("2026Q2", ["alpha", "late"]),
        ]

    def test_a_new_method_is_kept_beside_the_old_for_one_quarter(
        self, alpha: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        two = Method(2, {**METHODS[0].thresholds, "M1": Fraction(99, 100)}, FIRST)
        monkeypatch.setattr(snapshots, "METHODS", (*METHODS, two))
        monkeypatch.setattr(snapshots, "methods_for", lambda quarter: methods.methods_for(quarter, (*METHODS, two)))
        [due] = due_to_freeze([alpha.department], MOMENT)
        assert freeze(due, at=MOMENT) == 2
        verdicts = dict(Snapshot.objects.values_list("method_version", "results__gates__M1__verdict"))
        assert verdicts == {1: "pass", 2: "unproven"}


class TestRestating:
    def test_what_is_the_same_is_not_restated(self, alpha: World) -> None:
        frozen_now(alpha)
        assert restate([alpha.department], at=MOMENT + timedelta(days=1)) == 0
        assert frozen([alpha.department], FIRST, MOMENT)[alpha.department.pk].status is Status.FINAL

    def test_a_later_fact_stands_beside_what_was_frozen(self, alpha: World) -> None:
        snapshot = frozen_now(alpha)
        concluded(alpha)
        late = MOMENT + timedelta(days=3)
        assert restate([alpha.department], at=late) == 1
        assert restate([alpha.department], at=late + timedelta(days=1)) == 0, "known already"
        restated = Restatement.objects.get()
        changed = {each["what"]: each for each in restated.differences}
        assert changed["g:M1"]["before"]["n"] == 12
        assert (changed["g:M1"]["now"]["k"], changed["g:M1"]["now"]["n"]) == (12, 13)
        snapshot.refresh_from_db()
        assert snapshot.results["gates"]["M1"]["n"] == 12
        found = frozen([alpha.department], FIRST, late)[alpha.department.pk]
        assert (found.status, found.restated) == (Status.RESTATED, restated)
        assert frozen([alpha.department], FIRST, MOMENT)[alpha.department.pk].status is Status.FINAL, "as of then"

    def test_the_reasons_are_what_came_into_the_trails(self, alpha: World) -> None:
        complaint = concluded(alpha)
        frozen_now(alpha)
        late = MOMENT + timedelta(days=3)
        closing.rate(complaint, by=Voice.CITIZEN, at=late, stars=5)
        later = written_since(alpha.department, FIRST, MOMENT, late)
        assert (later.queries, later.kinds) == (1, {"rated": 1})
        assert written_since(alpha.department, FIRST, late, late).queries == 0

    def test_what_comes_back_to_the_same_is_final_again(self, alpha: World) -> None:
        frozen_now(alpha)
        some = Letter.objects.filter(kind="substantive")
        some.update(delivered_at=None)
        restate([alpha.department], at=MOMENT + timedelta(days=1))
        delivered()
        late = MOMENT + timedelta(days=2)
        assert restate([alpha.department], at=late) == 1
        found = frozen([alpha.department], FIRST, late)[alpha.department.pk]
        assert found.restated is not None
        assert (found.restated.differences, found.status) == ([], Status.FINAL)

    def test_a_changed_calendar_is_named(self, alpha: World) -> None:
        frozen_now(alpha)
        concluded(alpha)
        Calendar.objects.filter(pk=alpha.calendar.pk).update(revision=alpha.calendar.revision + 1)
        alpha.department.calendar.revision += 1
        assert restate([alpha.department], at=MOMENT + timedelta(days=1)) == 1
        assert Restatement.objects.get().reasons["calendar_changed"]

    def test_where_counting_takes_long_the_last_count_will_do(
        self, alpha: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        frozen_now(alpha)
        concluded(alpha)
        monkeypatch.setattr(figures, "QUICK", 0)
        late = MOMENT + timedelta(days=2)
        assert restate([alpha.department], at=late) == 0, "not counted yet"
        tallies.tally([alpha.department], [FIRST], at=MOMENT - timedelta(days=1))
        assert restate([alpha.department], at=late) == 0, "counted before it was frozen"
        tallies.tally([alpha.department], [FIRST], at=MOMENT + timedelta(days=1))
        assert restate([alpha.department], at=late) == 1
        assert Restatement.objects.get().counted_at == MOMENT + timedelta(days=1)

    def test_pages_state_what_was_frozen(self, alpha: World) -> None:
        frozen_now(alpha)
        concluded(alpha)
        late = MOMENT + timedelta(days=2)
        restate([alpha.department], at=late)
        [stated] = levels_at([alpha.department], FIRST, late)
        assert stated.evidence is not None
        assert (stated.evidence.received, stated.counted_at, stated.status) == (12, MOMENT, "restated")
        [then] = levels_at([alpha.department], FIRST, late, late)
        assert then.evidence is not None
        assert then.evidence.received == 13


class TestCalling:
    def test_the_command(
        self, alpha: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(timezone, "now", lambda: MOMENT + timedelta(days=1))
        call_command("freeze", "--at", day(30).isoformat())
        assert "No quarter is due to be frozen." in capsys.readouterr().out
        call_command("freeze")
        out = capsys.readouterr().out
        assert "1 of 1: 2026Q1 frozen for 1 departments" in out
        assert "Nothing frozen is otherwise now." in out
        concluded(alpha)
        call_command("freeze")
        assert "1 restated." in capsys.readouterr().out
        with pytest.raises(CommandError, match="has not come yet"):
            call_command("freeze", "--at", "2999-01-01T00:00")

    def test_every_night(self, alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(timezone, "now", lambda: MOMENT + timedelta(days=1))
        freeze_quarters()
        assert heartbeats.detail("freeze") == "1 frozen, 0 restated"
        freeze_quarters()
        assert heartbeats.detail("freeze") == "0 frozen, 0 restated"
