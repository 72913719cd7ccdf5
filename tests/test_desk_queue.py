"""The queues: who sees what in which order, how they are filtered, searched and turned, and what they cost."""

from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints import closing, contesting, correspondence, drafting, pausing, routing
from complaints.models import Complaint, Duty, StageEntry
from complaints.references import reference_from
from complaints.triage import Desk, Mark, Queue, Wanted
from departments.models import Appointment, User
from departments.roles import Role
from tests import lives
from tests.world import FOUNDED, World, make_official

pytestmark = pytest.mark.django_db
TUESDAY = lives.day(1)
NO_MARKS = ["", "x", "1", "1-", "-1", "1-x", "٣-١", "9" * 30 + "-1", "1-" + "9" * 30, "1--1"]


def seen(official: User, queue: Queue, at: datetime = TUESDAY, **wanted: str) -> list[Complaint]:
    fresh = User.objects.get(pk=official.pk)
    return [entry.complaint for entry in Desk(fresh, at=at).page(queue, Wanted(**wanted)).rows]


def page_of(client: Client, official: User, address: str = "/desk/") -> str:
    client.force_login(official)
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store, private"
    return unescape(response.content.decode())


class TestOrder:
    def test_overdue_longest_first_then_due_soonest(self, world: World) -> None:
        late = lives.filed(world, at=lives.day(-30))
        later = lives.filed(world, at=lives.day(-20))
        soon = lives.filed(world, at=lives.day(0), reason="question")
        assert seen(world.head, Queue.DEPARTMENT) == [late, later, soon]

    def test_the_order_follows_the_duties_through_a_life(self, world: World) -> None:
        """What the queue sorts by is the earliest date still owed, after every verb."""
        for bring in (lives.filed, lives.owned, lives.answered, lives.concluded, lives.monitored, lives.asked):
            complaint = bring(world)
            entry = StageEntry.objects.get(complaint=complaint, left_at=None)
            owed = Duty.objects.open().filter(complaint=complaint).order_by("due_at").first()
            assert owed is not None
            assert entry.due_at == owed.due_at, bring.__name__
            assert entry.department == world.department

    def test_pages_follow_each_other_without_a_gap_and_back(self, world: World) -> None:
        for number in range(60):
            lives.filed(world, at=lives.day(-number // 7))
        desk = Desk(world.head, at=lives.day(1))
        first = desk.page(Queue.DEPARTMENT, Wanted())
        second = desk.page(Queue.DEPARTMENT, Wanted(), after=first.after)
        third = desk.page(Queue.DEPARTMENT, Wanted(), after=second.after)
        every = [entry.pk for page in (first, second, third) for entry in page.rows]
        expected = StageEntry.objects.filter(left_at=None).order_by("due_at", "pk").values_list("pk", flat=True)
        assert every == list(expected)
        assert (first.before, third.after) == (None, None)
        back = desk.page(Queue.DEPARTMENT, Wanted(), before=third.before)
        assert [entry.pk for entry in back.rows] == [entry.pk for entry in second.rows]
        top = desk.page(Queue.DEPARTMENT, Wanted(), before=back.before)
        assert [entry.pk for entry in top.rows] == [entry.pk for entry in first.rows]
        assert top.before is None

    @pytest.mark.parametrize(
        "written", ["", "x", "1", "1-", "-1", "1-x", "٣-١", "9" * 30 + "-1", "1-" + "9" * 30, "1--1"]
    )
    def test_what_is_no_mark_is_the_first_page(self, client: Client, world: World, written: str) -> None:
        complaint = lives.filed(world)
        page = page_of(client, world.head, f"/desk/?queue=department&before={written}")
        assert complaint.reference in page or Mark.read(written) is not None
        assert client.get(f"/desk/?queue=department&after={written}").status_code == 200


class TestWhose:
    def test_mine_is_what_i_own_and_what_waits_for_my_decision(self, world: World, other: World) -> None:
        own = lives.owned(world)
        drafted = lives.owned(world)
        drafting.draft(drafted, by=world.officer, at=lives.minute(20), text="A draft.")
        offered = lives.offered(other, world.department)
        contested = lives.asked(world)
        pausing.contest_pause(contested, by=lives.Voice.CITIZEN, at=lives.minute(40))
        struck = lives.answered(world, reach=lives.BY_PHONE)
        answer = struck.letters.get(kind="substantive")
        correspondence.deliver(struck, by=world.officer, at=lives.minute(45), letter=answer)
        contesting.contest_answer(struck, by=lives.Voice.CITIZEN, at=lives.minute(46))
        assert set(seen(world.officer, Queue.MINE)) == {own, drafted, contested, struck}
        assert seen(world.approver, Queue.MINE) == [drafted]
        assert seen(world.intake, Queue.MINE) == [offered]
        assert set(seen(world.monitor, Queue.MINE)) == {contested, struck}
        assert set(seen(world.head, Queue.MINE)) == {drafted, offered}
        drafting.approve(drafted, by=world.approver, at=lives.minute(50))
        assert seen(world.approver, Queue.MINE) == []

    def test_who_takes_queries_for_the_centre_decides_every_offer(self, world: World, other: World) -> None:
        offered = {lives.offered(other, world.department), lives.offered(world, other.department)}
        lives.owned(world)
        assert set(seen(make_official("centre.intake", Role.INTAKE), Queue.MINE)) == offered

    def test_the_unassigned_are_a_queue_of_their_own(self, client: Client, world: World) -> None:
        lives.owned(world)
        unassigned = lives.filed(world)
        assert seen(world.officer, Queue.UNASSIGNED) == [unassigned]
        page = page_of(client, world.officer, "/desk/?queue=unassigned")
        assert unassigned.reference in page
        assert "Unassigned" in page

    def test_a_section_sees_its_own(self, world: World) -> None:
        there = make_official("alpha.there", Role.OFFICER, world.department, world.other)
        here = lives.filed(world)
        moved = lives.filed(world)
        routing.route(moved, by=world.intake, at=lives.minute(5), section=world.other)
        assert Desk(there, at=lives.day(1)).queues == (Queue.MINE, Queue.UNASSIGNED, Queue.SECTION)
        assert seen(there, Queue.SECTION) == [moved]
        assert seen(there, Queue.UNASSIGNED) == [moved]
        assert seen(there, Queue.DEPARTMENT) == []
        assert here in seen(world.head, Queue.DEPARTMENT)

    def test_another_department_changes_nothing(self, client: Client, world: World, other: World) -> None:
        lives.owned(world)
        before = page_of(client, world.head, "/desk/?queue=department")
        for _ in range(3):
            lives.owned(other)
        lives.filed(other, at=lives.day(-40))
        after = page_of(client, world.head, "/desk/?queue=department")
        plain = [_without_tokens(page) for page in (before, after)]
        assert plain[0] == plain[1]

    def test_the_centre_sees_all_and_says_whose(self, client: Client, world: World, other: World) -> None:
        mine, theirs = lives.filed(world), lives.filed(other)
        page = page_of(client, world.centre, "/desk/?queue=all")
        assert mine.reference in page
        assert theirs.reference in page
        assert str(other.department) in page

    def test_without_a_post_there_is_nothing(self, client: Client, world: World) -> None:
        lives.filed(world)
        nobody = User.objects.create(username="nobody", is_superuser=True)
        assert "You hold no post" in page_of(client, nobody)
        assert Desk(nobody, at=lives.day(1)).page(Queue.ALL, Wanted()).rows == []

    def test_a_post_that_ended_gives_nothing(self, client: Client, world: World) -> None:
        lives.owned(world)
        Appointment.objects.filter(user=world.officer).update(until=FOUNDED + timedelta(days=1))
        assert "You hold no post" in page_of(client, world.officer)

    def test_what_has_ended_is_in_no_queue(self, world: World) -> None:
        lives.ended(world)
        assert seen(world.head, Queue.DEPARTMENT, lives.day(90)) == []


class TestFilters:
    def test_by_stage_reason_channel_and_standing(self, world: World) -> None:
        by_phone = lives.owned(world, channel=world.channels["phone"], by=world.intake, reason="question")
        answered = lives.answered(world)
        paused = lives.asked(world)
        late = lives.filed(world, at=lives.day(-30))
        at = lives.minute(45)
        find = lambda **wanted: set(seen(world.head, Queue.DEPARTMENT, at, **wanted))  # noqa: E731
        assert find(channel="phone") == {by_phone}
        assert find(reason="question") == {by_phone}
        assert find(stage="response") == {answered}
        assert find(stage="content") == {by_phone, paused, late}
        assert find(standing="overdue") == {late}
        assert find(standing="running") == {by_phone, answered, paused}
        assert find(standing="running", stage="response", reason="complaint", channel="web") == {answered}

    def test_paused_are_those_whose_first_date_stands_still(self, world: World) -> None:
        complaint = lives.answered(world)
        lives.question(world, complaint, at=lives.minute(50))
        assert seen(world.head, Queue.DEPARTMENT, standing="paused") == [complaint]
        assert seen(world.head, Queue.DEPARTMENT, standing="running") == []

    @pytest.mark.parametrize("name", ["stage", "standing", "reason", "channel", "queue"])
    @pytest.mark.parametrize("value", ["", "nonsense", "met", "' OR 1=1 --", "\0", "x" * 5000])
    def test_an_unknown_value_filters_nothing(self, client: Client, world: World, name: str, value: str) -> None:
        complaint = lives.owned(world)
        client.force_login(world.officer)
        response = client.get("/desk/", {name: value})
        assert response.status_code == 200
        assert complaint.reference in response.content.decode()


class TestSearch:
    def test_a_reference_leads_to_its_query(self, client: Client, world: World) -> None:
        complaint = lives.filed(world)
        client.force_login(world.officer)
        for spoken in (
            complaint.reference,
            complaint.reference.replace("-", " "),
            complaint.reference.replace("-", ""),
        ):
            assert client.get("/desk/", {"q": spoken}).url == f"/desk/{complaint.reference}/"  # type: ignore[attr-defined]

    def test_a_wrong_digit_is_told(self, client: Client, world: World) -> None:
        reference = lives.filed(world).reference
        wrong = reference[:-1] + str((int(reference[-1]) + 1) % 10)
        assert "look for a wrong or a missing one" in page_of(client, world.officer, f"/desk/?q={wrong}")

    def test_anothers_reference_and_nobodys_read_the_same(self, client: Client, world: World, other: World) -> None:
        theirs = lives.filed(other).reference
        nobodys = reference_from(7)
        pages = [page_of(client, world.officer, f"/desk/?q={reference}") for reference in (theirs, nobodys)]
        assert "You have no query with this reference." in pages[0]
        assert _without_tokens(pages[0]).replace(theirs, "") == _without_tokens(pages[1]).replace(nobodys, "")

    @pytest.mark.parametrize("typed", lives.HOSTILE.values(), ids=list(lives.HOSTILE))
    def test_hostile_words_find_nothing(self, client: Client, world: World, typed: str) -> None:
        client.force_login(world.officer)
        response = client.get("/desk/", {"q": typed.encode("utf-8", "replace").decode()})
        assert response.status_code == 200
        assert "<script>alert" not in response.content.decode()


class TestWords:
    def test_a_row_says_how_it_stands(self, client: Client, world: World) -> None:
        complaint = lives.filed(world, at=timezone.now() - timedelta(days=60))
        page = page_of(client, world.head, "/desk/?queue=department")
        assert "overdue by" in page
        assert "working days" in page
        assert complaint.reference in page

    def test_a_long_text_is_shortened_and_a_hostile_one_escaped(self, client: Client, world: World) -> None:
        lives.filed(world, text="<script>alert(1)</script> " + "well " * 2000, at=timezone.now())
        client.force_login(world.head)
        raw = client.get("/desk/?queue=department").content.decode()
        assert "<script>alert" not in raw
        assert "&lt;script&gt;" in raw
        assert len(raw) < 20_000


class TestCost:
    def test_the_same_questions_for_few_and_for_many(self, client: Client, world: World) -> None:
        def fill(count: int) -> None:
            for _ in range(count):
                complaint = lives.owned(world)
                drafting.draft(complaint, by=world.officer, at=lives.minute(20), text="A draft.")

        def cost(official: User) -> int:
            client.force_login(official)
            client.get("/desk/")
            with CaptureQueriesContext(connection) as asked:
                client.get("/desk/")
            return len(asked)

        fill(2)
        officials = (world.officer, world.head, world.intake)
        few = [cost(official) for official in officials]
        fill(40)
        assert [cost(official) for official in officials] == few
        assert max(few) <= 13  # one of them for the districts to choose from

    def test_counts_stop_at_a_hundred(self, client: Client, world: World) -> None:
        first = lives.filed(world)
        entry = StageEntry.objects.get(complaint=first)
        rows = []
        for number in range(120):
            copy = Complaint.objects.get(pk=first.pk)
            copy.pk, copy.reference, copy.code_hmac, copy.idempotency_key = None, f"x{number}", f"x{number}", None
            copy.save()
            rows.append(StageEntry(**{**_fields(entry), "complaint": copy}))
        StageEntry.objects.bulk_create(rows)
        assert "100+" in page_of(client, world.head, "/desk/?queue=department")


def _fields(entry: StageEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in ("stage", "department", "section", "owner", "due_at", "entered_at")}


def _without_tokens(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)


def test_a_reopened_query_comes_back_with_its_old_date(world: World) -> None:
    complaint = lives.monitored(world)
    closing.object_to(complaint, by=lives.Voice.CITIZEN, at=lives.day(3), reason="Nobody came.")
    assert seen(world.officer, Queue.MINE, lives.day(4)) == [complaint]
