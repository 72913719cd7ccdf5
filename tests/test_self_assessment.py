"""Officials judge their quarter, sealed: the window, who is asked, what is told, and the head's remark."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from departments.errors import Invalid, NotAllowed, NotReady
from departments.models import Appointment, User
from departments.roles import Role
from engagement.assessing import assess, may_remark, remark, runs_its_engagement
from engagement.hearing import officials, remarks
from engagement.models import Remark, SelfAssessment
from engagement.periods import Quarter
from engagement.scale import Level
from tests.lives import HOSTILE
from tests.world import World, make_calendar, make_official, make_world

pytestmark = pytest.mark.django_db
Q1 = Quarter(2026, 1)
# In Karachi (UTC+5): midnight between 24 and 25 March, and between 31 March and 1 April.
OPENS = datetime(2026, 3, 24, 19, tzinfo=UTC)
CLOSES = datetime(2026, 3, 31, 19, tzinfo=UTC)
INSIDE = OPENS + timedelta(days=2)
AFTER = CLOSES + timedelta(days=1)
TICK = timedelta(microseconds=1)


def judged(world: World, by: User, level: str = "high", at: datetime = INSIDE, evidence: str = "We answer.") -> None:
    assess(world.department, Q1, by=by, at=at, level=level, evidence=evidence)


class TestAssess:
    def test_an_answer_is_kept_with_its_sentence(self, world: World) -> None:
        judged(world, world.officer)
        kept = SelfAssessment.objects.get()
        assert (kept.official, kept.quarter, kept.level, kept.evidence, kept.given_at) == (
            world.officer, "2026Q1", "high", "We answer.", INSIDE,
        )  # fmt: skip
        assert "high" not in str(kept)

    @pytest.mark.parametrize("at", [OPENS, CLOSES - TICK])
    def test_from_the_first_to_the_last_moment_of_the_week(self, world: World, at: datetime) -> None:
        judged(world, world.officer, at=at)

    @pytest.mark.parametrize("at", [OPENS - TICK, CLOSES])
    def test_not_a_moment_before_or_after(self, world: World, at: datetime) -> None:
        with pytest.raises(NotReady, match="25 March 2026 to 31 March 2026"):
            judged(world, world.officer, at=at)
        assert not SelfAssessment.objects.exists()

    def test_the_week_is_the_departments_own(self) -> None:
        west = make_world("west", calendar=make_calendar("west", "America/Lima"))
        with pytest.raises(NotReady):
            judged(west, west.officer, at=OPENS)
        judged(west, west.officer, at=CLOSES + timedelta(hours=9))

    @pytest.mark.parametrize("post", ["intake", "officer", "approver", "monitor", "head", "administrator"])
    def test_everybody_in_a_post_is_asked(self, world: World, post: str) -> None:
        judged(world, getattr(world, post))

    @pytest.mark.parametrize("post", ["auditor", "centre"])
    def test_who_only_looks_on_is_not(self, world: World, post: str) -> None:
        with pytest.raises(NotAllowed, match="hold a post in Alpha"):
            judged(world, getattr(world, post))

    def test_a_post_in_a_section_is_enough(self, world: World) -> None:
        judged(world, make_official("alpha.clerk", Role.OFFICER, world.department, world.section))

    def test_nobody_of_elsewhere_or_whose_post_ended_or_account_is_closed(self, world: World) -> None:
        stranger = make_world("beta").officer
        Appointment.objects.filter(user=world.officer).update(until=INSIDE)
        User.objects.filter(pk=world.officer2.pk).update(is_active=False)
        world.officer2.refresh_from_db()
        for who in (stranger, world.officer, world.officer2):
            assert not runs_its_engagement(who, world.department, INSIDE)
            with pytest.raises(NotAllowed):
                judged(world, who)

    @pytest.mark.parametrize(
        ("level", "evidence", "field"),
        [("medium-high", "We answer.", "level"), ("", "We answer.", "level"), ("high", "  ", "evidence"),
         ("high", "a\nb", "evidence"), ("high", "x" * 501, "evidence")],
    )  # fmt: skip
    def test_what_cannot_be_is_refused_at_its_input(self, world: World, level: str, evidence: str, field: str) -> None:
        with pytest.raises(Invalid) as refusal:
            judged(world, world.officer, level, evidence=evidence)
        assert refusal.value.field == field

    def test_the_time_has_a_zone(self, world: World) -> None:
        with pytest.raises(Invalid):
            judged(world, world.officer, at=datetime(2026, 3, 26, 9))


class TestOfficials:
    def test_the_last_word_of_each_counts(self, world: World) -> None:
        for post in ("officer", "officer2", "head"):
            judged(world, getattr(world, post), "high")
        judged(world, world.head, "medium", at=INSIDE + timedelta(hours=1))
        assert SelfAssessment.objects.count() == 4
        found = officials([world.department], Q1, AFTER)
        assert found == {world.department.pk: {Level.HIGH: 2, Level.MEDIUM: 1}}

    def test_of_two_nothing_is_told(self, world: World) -> None:
        for post in ("officer", "head"):
            judged(world, getattr(world, post))
        assert officials([world.department], Q1, AFTER) == {world.department.pk: None}

    def test_sealed_until_the_window_is_closed(self, world: World) -> None:
        for post in ("officer", "officer2", "head"):
            judged(world, getattr(world, post))
        assert officials([world.department], Q1, CLOSES - TICK) == {world.department.pk: None}
        assert officials([world.department], Q1, CLOSES) == {world.department.pk: {Level.HIGH: 3}}

    def test_departments_and_quarters_stay_apart(self, world: World) -> None:
        beta = make_world("beta")
        for post in ("officer", "officer2", "head"):
            judged(beta, getattr(beta, post))
        assert officials([world.department, beta.department], Q1, AFTER)[world.department.pk] is None
        assert officials([beta.department], Quarter(2025, 4), AFTER) == {beta.department.pk: None}

    def test_one_query_whatever_there_is(self, world: World) -> None:
        beta = make_world("beta")
        for each in (world, beta):
            for post in ("officer", "officer2", "head"):
                judged(each, getattr(each, post))
        with CaptureQueriesContext(connection) as queries:
            officials([world.department, beta.department], Q1, AFTER)
        assert len(queries) == 1


class TestRemark:
    def test_only_the_head_signs(self, world: World) -> None:
        for post in ("officer", "administrator", "centre", "monitor"):
            assert not may_remark(getattr(world, post), world.department, AFTER)
            with pytest.raises(NotAllowed, match="Only the head"):
                remark(world.department, Q1, by=getattr(world, post), at=AFTER, text="No.")
        assert not may_remark(make_world("beta").head, world.department, AFTER)

    def test_the_last_one_stands(self, world: World) -> None:
        remark(world.department, Q1, by=world.head, at=AFTER, text="First.")
        remark(world.department, Q1, by=world.head, at=AFTER + timedelta(days=1), text="Second.")
        there = remarks([world.department], Q1, AFTER + timedelta(days=2))
        assert there[world.department.pk].text == "Second."
        assert remarks([world.department], Q1, AFTER)[world.department.pk].text == "First."
        assert str(there[world.department.pk]) == f"{world.department.pk} 2026Q1"

    def test_not_before_it_is_read(self, world: World) -> None:
        with pytest.raises(NotReady, match="not read yet"):
            remark(world.department, Q1, by=world.head, at=INSIDE, text="Early.")

    @pytest.mark.parametrize("text", ["", " \n", "x" * 1001])
    def test_it_says_something_and_not_too_much(self, world: World, text: str) -> None:
        with pytest.raises(Invalid):
            remark(world.department, Q1, by=world.head, at=AFTER, text=text)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    moment = [INSIDE]
    monkeypatch.setattr(timezone, "now", lambda: moment[0])
    return moment


def page(client: Client, who: User, address: str, status: int = 200, **body: str) -> str:
    client.force_login(who)
    answer = client.post(address, body) if body else client.get(address)
    assert answer.status_code == status, answer.content.decode()[:500]
    return re.sub(r"[\u2066-\u2069]", "", answer.content.decode())


ASSESS = "/dashboard/alpha/assess/"


class TestPages:
    def test_one_radio_and_one_sentence_and_thanks(self, client: Client, world: World, now: list[datetime]) -> None:
        first = page(client, world.officer, ASSESS)
        assert "One-way" in first
        assert "Seal my answer" in first
        page(client, world.officer, ASSESS, 302, level="high", evidence="We answer every letter.")
        again = page(client, world.officer, ASSESS)
        assert "nobody is shown who gave it" in again
        assert "your answer is in" in again
        assert "We answer every letter." not in again
        assert SelfAssessment.objects.count() == 1

    def test_what_is_wrong_is_said_and_what_was_typed_stays(
        self, client: Client, world: World, now: list[datetime]
    ) -> None:
        found = page(client, world.officer, ASSESS, 400, level="", evidence="We answer every letter.")
        assert "Choose LOW, MEDIUM or HIGH." in found
        assert "We answer every letter." in found
        assert "Error:" in found
        assert "too long" not in page(client, world.officer, ASSESS, 400, level="low", evidence="")
        assert "500 are allowed" in page(client, world.officer, ASSESS, 400, level="low", evidence="x" * 600)

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_texts_break_nothing(self, client: Client, world: World, now: list[datetime], text: str) -> None:
        client.force_login(world.officer)
        answer = client.post(ASSESS, {"level": "high", "evidence": text.encode("utf-8", "surrogatepass")})
        assert answer.status_code in (302, 400)

    @pytest.mark.parametrize("at", [OPENS - TICK, AFTER])
    def test_outside_the_week_it_says_when(
        self, client: Client, world: World, now: list[datetime], at: datetime
    ) -> None:
        now[0] = at
        found = page(client, world.officer, ASSESS)
        assert "The question opens on" in found
        assert "Seal my answer" not in found
        assert not page(client, world.officer, ASSESS, 409, level="high", evidence="Late.").count("Seal my answer")

    def test_who_looks_on_is_told_so_and_strangers_nothing(
        self, client: Client, world: World, now: list[datetime]
    ) -> None:
        for who in (world.auditor, world.centre):
            assert "they do not run its engagement" in page(client, who, ASSESS, 403)
            page(client, who, ASSESS, 403, level="high", evidence="We answer.")
        page(client, make_world("beta").officer, ASSESS, 404)
        page(client, world.officer, "/dashboard/nowhere/assess/", 404)
        assert not SelfAssessment.objects.exists()

    def test_a_clerk_of_a_section_finds_it_from_the_closed_dashboard(
        self, client: Client, world: World, now: list[datetime]
    ) -> None:
        clerk = make_official("alpha.clerk", Role.OFFICER, world.department, world.section)
        assert ASSESS in page(client, clerk, "/dashboard/", 403)
        assert "Seal my answer" in page(client, clerk, ASSESS)

    def test_the_dashboard_says_when_it_is_open(self, client: Client, world: World, now: list[datetime]) -> None:
        for address in ("/dashboard/", "/dashboard/alpha/"):
            assert ASSESS in page(client, world.officer, address)
            assert ASSESS not in page(client, world.auditor, address)
        now[0] = AFTER
        assert ASSESS not in page(client, world.officer, "/dashboard/")

    def test_the_heads_remark(self, client: Client, world: World, now: list[datetime]) -> None:
        now[0] = AFTER
        address = "/dashboard/alpha/remark/"
        assert "January to March 2026" in page(client, world.head, address)
        assert "it is empty" in page(client, world.head, address, 400, text="\u200b")
        assert "Write the remark." in page(client, world.head, address, 400, text="")
        page(client, world.head, address, 302, text="We opened a counter in March.")
        assert "We opened a counter in March." in page(client, world.officer, address, 403)
        page(client, world.officer, address, 403, text="Me too.")
        assert Remark.objects.count() == 1
        for wrong in ("2026Q2", "2026", "x", "9999Q4"):
            page(client, world.head, f"{address}?quarter={wrong}", 404)
        page(client, make_world("beta").head, address, 404)


def test_a_level_is_one_of_three(world: World) -> None:
    with pytest.raises(ValidationError):
        SelfAssessment(
            department=world.department, quarter="2026Q1", official=world.officer, level="x", evidence="x",
            given_at=INSIDE,
        ).full_clean()  # fmt: skip
