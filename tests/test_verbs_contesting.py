"""An answer that the citizen calls none: who may say so, until when, who judges it, and what it then counts."""

from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from complaints import closing, contesting, correspondence, drafting, routing
from complaints.actors import Voice
from complaints.answers import contest_until, substantive
from complaints.chain import EventKind
from complaints.contesting import contest_answer, judge_answer
from complaints.models import Complaint, Contest, Letter, Notice
from complaints.models.letters import LetterKind
from complaints.stages import Position
from complaints.tracking import Contested, as_seen_by_citizen
from complaints.triage import Desk, Queue, Wanted
from complaints.visibility import visible_to
from departments.errors import Invalid, NotAllowed, NotReady, Stale
from departments.roles import Role
from tests import lives
from tests.api import caller
from tests.lives import BY_PHONE, HOSTILE, day, minute
from tests.tracking import act, offers, opened, shown
from tests.world import World, make_official, make_world

pytestmark = pytest.mark.django_db


def told(world: World, complaint: Complaint, at: datetime) -> Letter:
    """Say the last answer to the citizen, and return it."""
    letter = complaint.letters.filter(kind__in=("substantive", "refusal"), delivered_at=None).latest("pk")
    correspondence.deliver(complaint, by=world.officer, at=at, letter=letter)
    letter.refresh_from_db()
    return letter


def answered(world: World, **changes: Any) -> tuple[Complaint, Letter]:
    """In response, with an answer that was said on the telephone at minute 45."""
    complaint = lives.answered(world, reach=BY_PHONE, **changes)
    return complaint, told(world, complaint, minute(45))


def is_real(letter: Letter, at: datetime) -> bool:
    return Letter.objects.filter(substantive(at), pk=letter.pk).exists()


class TestContest:
    def test_it_counts_no_more_until_it_is_upheld_and_the_past_stays(self, world: World) -> None:
        complaint, letter = answered(world)
        assert (is_real(letter, minute(44)), is_real(letter, minute(45))) == (False, True)
        contest = contest_answer(complaint, by=Voice.CITIZEN, at=day(3), reason=" Which Friday? ")
        assert (contest.letter, contest.contested_at, contest.reason) == (letter, day(3), "Which Friday?")
        assert (is_real(letter, day(2)), is_real(letter, day(3))) == (True, False)
        judge_answer(complaint, by=world.monitor, at=day(5), letter=letter, verdict="upheld")
        assert [is_real(letter, day(number)) for number in (2, 4, 5)] == [True, False, True]
        contest.refresh_from_db()
        assert (contest.judged_at, contest.judged_by, contest.upheld) == (day(5), world.monitor, True)
        kinds = lives.kinds(complaint)
        assert kinds[-2:] == [EventKind.ANSWER_CONTESTED, EventKind.ANSWER_JUDGED]

    def test_struck_it_never_was_one_and_the_office_may_answer_anew(self, world: World) -> None:
        complaint, letter = answered(world)
        contest_answer(complaint, by=world.intake, at=day(1))
        judge_answer(complaint, by=world.monitor, at=day(2), letter=letter, verdict="struck")
        assert not is_real(letter, day(9))
        again = lives.answer(world, complaint, at=day(3))
        correspondence.deliver(complaint, by=world.officer, at=day(3), letter=again)
        assert is_real(again, day(3))
        contest_answer(complaint, by=Voice.CITIZEN, at=day(4))
        assert not is_real(again, day(4))

    def test_what_was_owed_stays_as_it_was_settled(self, world: World) -> None:
        complaint, letter = answered(world)
        before = list(complaint.duties.order_by("pk").values())
        contest_answer(complaint, by=Voice.CITIZEN, at=day(1))
        judge_answer(complaint, by=world.monitor, at=day(2), letter=letter, verdict="struck")
        assert list(complaint.duties.order_by("pk").values()) == before

    @pytest.mark.parametrize("position", [p for p in Position if p not in (Position.CONTENT, Position.ENDED)])
    def test_wherever_the_citizen_may_write(self, world: World, position: Position) -> None:
        complaint = lives.BRING[position](world, reach=BY_PHONE)
        told(world, complaint, minute(90))
        contest_answer(complaint, by=Voice.CITIZEN, at=day(1))
        assert lives.position(complaint) is position

    def test_also_after_it_was_opened_again(self, world: World) -> None:
        complaint = lives.concluded(world, reach=BY_PHONE)
        told(world, complaint, minute(60))
        closing.object_to(complaint, by=Voice.CITIZEN, at=minute(70), reason="Nobody came.")
        assert lives.position(complaint) is Position.CONTENT
        contest_answer(complaint, by=Voice.CITIZEN, at=minute(80))

    def test_ten_working_days_to_the_last_moment(self, world: World) -> None:
        for at, in_time in ((timedelta(0), True), (timedelta(microseconds=1), False)):
            complaint, letter = answered(world)
            assert letter.delivered_at is not None
            last = contest_until(letter.delivered_at, world.calendar.worktime())
            if in_time:
                contest_answer(complaint, by=Voice.CITIZEN, at=last + at)
                continue
            with pytest.raises(NotReady, match="ten working days"):
                contest_answer(complaint, by=Voice.CITIZEN, at=last + at)

    def test_there_must_be_one_that_arrived(self, world: World) -> None:
        for complaint in (lives.owned(world), lives.answered(world, reach=BY_PHONE), lives.asked(world)):
            with pytest.raises(NotReady, match="No answer has arrived"):
                contest_answer(complaint, by=Voice.CITIZEN, at=day(1))

    def test_once(self, world: World) -> None:
        complaint, letter = answered(world)
        contest_answer(complaint, by=Voice.CITIZEN, at=day(1))
        with pytest.raises(NotReady, match="contested already"):
            contest_answer(complaint, by=Voice.CITIZEN, at=day(1))
        judge_answer(complaint, by=world.monitor, at=day(2), letter=letter, verdict="upheld")
        with pytest.raises(NotReady, match="contested already"):
            contest_answer(complaint, by=Voice.CITIZEN, at=day(2))

    def test_only_the_answer_that_came_last(self, world: World) -> None:
        """By when they reached the citizen, whatever was sent first."""
        complaint = lives.answered(world, reach=BY_PHONE)
        first = complaint.letters.get(kind=LetterKind.SUBSTANTIVE)
        second = lives.answer(world, complaint, at=day(1))
        correspondence.deliver(complaint, by=world.officer, at=day(2), letter=second)
        correspondence.deliver(complaint, by=world.officer, at=day(3), letter=first)
        assert contest_answer(complaint, by=Voice.CITIZEN, at=day(4)).letter == first
        assert is_real(second, day(5))

    def test_a_follow_up_is_no_answer_to_contest(self, world: World) -> None:
        complaint, letter = answered(world)
        drafting.draft(complaint, by=world.officer, at=day(1), text="On Friday.", kind=LetterKind.FOLLOW_UP)
        drafting.approve(complaint, by=world.approver, at=day(1))
        follow_up = drafting.send(complaint, by=world.officer, at=day(1))
        correspondence.deliver(complaint, by=world.officer, at=day(1), letter=follow_up)
        assert contest_answer(complaint, by=Voice.CITIZEN, at=day(2)).letter == letter

    def test_while_another_department_thinks(self, world: World) -> None:
        complaint, letter = answered(world)
        closing.conclude(complaint, by=world.officer, at=day(1), outcome="answered")
        closing.object_to(complaint, by=Voice.CITIZEN, at=day(2), reason="Nobody came.")
        routing.transfer(complaint, by=world.intake, at=day(3), to=make_world("beta").department, reason="Theirs.")
        contest_answer(complaint, by=Voice.CITIZEN, at=day(4))
        judge_answer(complaint, by=world.monitor, at=day(5), letter=letter, verdict="upheld")

    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_reason_is_kept_as_text(self, world: World, name: str) -> None:
        complaint, _letter = answered(world)
        contest_answer(complaint, by=Voice.CITIZEN, at=day(1), reason=HOSTILE[name])
        assert "\0" not in Contest.objects.get().reason

    def test_a_reason_too_long_is_refused(self, world: World) -> None:
        complaint, _letter = answered(world)
        with pytest.raises(Invalid) as refusal:
            contest_answer(complaint, by=Voice.CITIZEN, at=day(1), reason="x" * 20_001)
        assert refusal.value.field == "reason"
        assert not Contest.objects.exists()

    def test_both_look_at_what_was_seen(self, world: World) -> None:
        complaint, letter = answered(world)
        with pytest.raises(Stale):
            contest_answer(complaint, by=Voice.CITIZEN, at=day(1), seen=1)
        contest_answer(complaint, by=Voice.CITIZEN, at=day(1), seen=complaint.version)
        with pytest.raises(Stale):
            judge_answer(complaint, by=world.monitor, at=day(1), letter=letter, verdict="struck", seen=1)


class TestJudgement:
    def test_only_a_contested_answer_of_this_query_once(self, world: World) -> None:
        complaint, letter = answered(world)
        other, theirs = answered(world)
        contest_answer(other, by=Voice.CITIZEN, at=day(1))
        for answer in (letter, theirs, Letter(pk=0)):
            with pytest.raises(NotReady, match="not contested"):
                judge_answer(complaint, by=world.monitor, at=day(2), letter=answer, verdict="upheld")
        judge_answer(other, by=world.monitor, at=day(2), letter=theirs, verdict="struck")
        with pytest.raises(NotReady, match="judged already"):
            judge_answer(other, by=world.monitor, at=day(3), letter=theirs, verdict="upheld")

    @pytest.mark.parametrize("verdict", ["", "maybe", None, True, "UPHELD"])
    def test_the_verdict_is_one_of_two(self, world: World, verdict: Any) -> None:
        complaint, letter = answered(world)
        contest_answer(complaint, by=Voice.CITIZEN, at=day(1))
        with pytest.raises(Invalid) as refusal:
            judge_answer(complaint, by=world.monitor, at=day(2), letter=letter, verdict=verdict)
        assert refusal.value.field == "verdict"

    def test_who_wrote_or_approved_it_does_not_judge(self, world: World) -> None:
        complaint, letter = answered(world)
        contest_answer(complaint, by=Voice.CITIZEN, at=day(1))
        for person in (world.officer, world.approver):
            lives.also(person, Role.MONITOR, world)
            with pytest.raises(NotAllowed, match="Who wrote or approved"):
                judge_answer(complaint, by=person, at=day(2), letter=letter, verdict="upheld")
        Letter.objects.filter(pk=letter.pk).update(approval=None)
        judge_answer(complaint, by=world.monitor, at=day(2), letter=letter, verdict="upheld")

    def test_owner_and_monitors_are_told_and_the_owner_of_the_verdict(self, world: World) -> None:
        complaint, letter = answered(world)
        Notice.objects.all().delete()
        contest_answer(complaint, by=Voice.CITIZEN, at=day(1))
        judge_answer(complaint, by=world.monitor, at=day(2), letter=letter, verdict="struck")
        notices = set(Notice.objects.values_list("kind", "recipient"))
        assert notices == {
            (EventKind.ANSWER_CONTESTED, world.officer.pk),
            (EventKind.ANSWER_CONTESTED, world.monitor.pk),
            (EventKind.ANSWER_JUDGED, world.officer.pk),
        }

    def test_the_monitors_section_sees_it_and_has_it_in_its_queue(self, world: World) -> None:
        complaint, letter = answered(world)
        inspector = make_official("alpha.inspector", Role.MONITOR, world.department, world.monitoring)
        seen = Complaint.objects.filter(visible_to(inspector, at=day(2)))
        assert not seen.exists()
        contest_answer(complaint, by=Voice.CITIZEN, at=day(1))
        assert seen.get() == complaint
        central = make_official("central.monitor", Role.MONITOR)
        for person, waits in ((inspector, 1), (world.monitor, 1), (central, 1), (world.head, 0)):
            assert Desk(person, at=day(2)).counted(Queue.MINE) == waits, person
        assert [e.complaint for e in Desk(inspector, at=day(2)).page(Queue.MINE, Wanted()).rows] == [complaint]
        judge_answer(complaint, by=inspector, at=day(2), letter=letter, verdict="upheld")
        assert Desk(inspector, at=day(2)).counted(Queue.MINE) == 0

    def test_another_department_has_nothing_to_judge(self, world: World) -> None:
        complaint, _letter = answered(world)
        contest_answer(complaint, by=Voice.CITIZEN, at=day(1))
        assert Desk(make_world("beta").monitor, at=day(2)).counted(Queue.MINE) == 0


def test_a_sentence_stands_for_every_hindrance(world: World) -> None:
    _complaint, letter = answered(world)
    assert contesting.why_not(contesting.last_answer([]), world.calendar.worktime(), day(1))
    assert contesting.why_not(Letter(delivered_at=None), world.calendar.worktime(), day(1))
    assert not contesting.why_not(letter, world.calendar.worktime(), day(1))


class TestCitizensPage:
    @pytest.fixture(autouse=True)
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: day(1))

    def test_it_is_said_noted_and_judged(self, world: World) -> None:
        complaint, letter = answered(world)
        browser = opened(complaint)
        assert "contest_answer" in offers(shown(browser))
        body = act(browser, "contest_answer", reason="Which Friday?").content.decode()
        assert "Noted. It does not count as an answer" in body
        assert "You said that this is no answer." in body
        assert "contest_answer" not in offers(body)
        contest = Contest.objects.get()
        assert (contest.letter, contest.reason) == (letter, "Which Friday?")
        judge_answer(complaint, by=world.monitor, at=day(1), letter=letter, verdict="struck")
        assert "you are right: it does not count" in shown(browser)
        with translation.override("en"):
            assert world.monitor.username not in shown(browser)

    def test_a_second_click_is_no_second_contest(self, world: World) -> None:
        complaint, _letter = answered(world)
        browser = opened(complaint)
        body = shown(browser)
        for _click in range(2):
            answer = act(browser, "contest_answer", body)
            assert answer.status_code == 200
            assert "Noted." in answer.content.decode()
        assert complaint.events.filter(kind=EventKind.ANSWER_CONTESTED).count() == 1

    def test_what_is_seen_changes_with_the_verdict(self, world: World) -> None:
        complaint, letter = answered(world)

        def seen() -> tuple[str, Contested | None, bool]:
            case = as_seen_by_citizen(Complaint.objects.get(pk=complaint.pk), at=day(2))
            said = next(said for said in case.conversation if said.kind == "substantive")
            return case.seen, said.contest, "contest_answer" in case.acts

        before = seen()
        contest_answer(complaint, by=Voice.CITIZEN, at=day(1))
        contested = seen()
        judge_answer(complaint, by=world.monitor, at=day(1), letter=letter, verdict="upheld")
        judged = seen()
        assert len({before[0], contested[0], judged[0]}) == 3
        assert [before[1:], contested[1:], judged[1:]] == [
            (None, True),
            (Contested.OPEN, False),
            (Contested.UPHELD, False),
        ]

    def test_after_ten_working_days_it_is_not_offered(self, world: World) -> None:
        complaint, _letter = answered(world)
        assert "contest_answer" not in as_seen_by_citizen(complaint, at=day(30)).acts

    def test_contests_cost_no_question_more(self, world: World) -> None:
        complaint, letter = answered(world)
        with CaptureQueriesContext(connection) as before:
            as_seen_by_citizen(Complaint.objects.get(pk=complaint.pk), at=day(1))
        contest_answer(complaint, by=Voice.CITIZEN, at=day(1))
        judge_answer(complaint, by=world.monitor, at=day(1), letter=letter, verdict="upheld")
        with CaptureQueriesContext(connection) as after:
            as_seen_by_citizen(Complaint.objects.get(pk=complaint.pk), at=day(1))
        assert len(after) == len(before)


class TestDeskPage:
    @pytest.fixture(autouse=True)
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: day(1))

    def page(self, client: Client, person: Any, complaint: Complaint, move: str = "") -> str:
        client.force_login(person)
        response = client.get(f"/desk/{complaint.reference}/{move}")
        assert response.status_code == 200
        return unescape(response.content.decode())

    def post(self, client: Client, complaint: Complaint, move: str, **typed: Any) -> Any:
        complaint.refresh_from_db()
        return client.post(f"/desk/{complaint.reference}/{move}/", {"version": complaint.version, **typed})

    def test_taken_down_by_one_and_judged_by_another(self, client: Client, world: World) -> None:
        complaint, letter = answered(world)
        assert "/judge_answer/" not in self.page(client, world.monitor, complaint)
        assert "/contest_answer/" in self.page(client, world.intake, complaint)
        assert self.post(client, complaint, "contest_answer", reason="Which Friday?").status_code == 302
        body = self.page(client, world.officer, complaint)
        assert "The citizen says that this is no answer (" in body
        assert "Monitoring has not judged it yet." in body
        assert "Which Friday?" in body
        assert "This answer was contested already." in body
        body = self.page(client, world.monitor, complaint)
        assert 'class="govuk-button" role="button"' in body.split("/judge_answer/")[0]  # it is the next step
        assert "Answer of " in self.page(client, world.monitor, complaint, "judge_answer/")
        done = self.post(client, complaint, "judge_answer", letter=letter.pk, verdict="struck")
        assert done.status_code == 302
        body = self.page(client, world.officer, complaint)
        assert "Judged: it is none" in body
        assert "Contested answer judged: it does not count" in body

    def test_upheld_is_said(self, client: Client, world: World) -> None:
        complaint, letter = answered(world)
        contest_answer(complaint, by=Voice.CITIZEN, at=minute(50))
        judge_answer(complaint, by=world.monitor, at=minute(51), letter=letter, verdict="upheld")
        assert "Judged: it is one" in self.page(client, world.officer, complaint)

    def test_nothing_to_judge_is_said(self, client: Client, world: World) -> None:
        complaint, _letter = answered(world)
        assert "No answer is contested." in self.page(client, world.monitor, complaint)

    def test_bad_input_is_a_sentence(self, client: Client, world: World) -> None:
        complaint, letter = answered(world)
        contest_answer(complaint, by=Voice.CITIZEN, at=minute(50))
        _other, theirs = answered(world)
        client.force_login(world.monitor)
        for typed, said in (
            ({"letter": theirs.pk, "verdict": "struck"}, "Choose the answer."),
            ({"letter": "x", "verdict": "struck"}, "Choose the answer."),
            ({"letter": letter.pk, "verdict": "maybe"}, "Choose your judgement."),
            ({}, "Choose the answer."),
        ):
            response = self.post(client, complaint, "judge_answer", **typed)
            assert response.status_code == 400
            assert said in response.content.decode()


class TestApi:
    def test_contested_and_judged_by_number(self, world: World) -> None:
        complaint, letter = answered(world)
        _other, theirs = answered(world)
        intake, monitor = caller(world.intake), caller(world.monitor)
        Letter.objects.update(delivered_at=lives.day(0))
        assert intake.move(complaint, "contest_answer", reason="Late").status_code == 409  # long ago by the real clock
        contest_answer(complaint, by=Voice.CITIZEN, at=day(1), reason="Which Friday?")
        foreign = monitor.move(complaint, "judge_answer", letter=theirs.pk, verdict="upheld")
        assert (foreign.status_code, list(foreign.json()["fields"])) == (400, ["letter"])
        answer = monitor.move(complaint, "judge_answer", letter=letter.pk, verdict="upheld")
        assert answer.status_code == 200, answer.content
        shown = next(row for row in answer.json()["letters"] if row["id"] == letter.pk)
        assert (shown["own_share"], shown["contest"]["reason"]) == (1.0, "Which Friday?")
        assert shown["contest"]["upheld"] is True
        assert [row["contest"] for row in answer.json()["letters"] if row["id"] != letter.pk] == [None]
