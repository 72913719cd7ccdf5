"""H2: how citizens judged in twelve months and what followed, counted by hand (engagement/ratings.py)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints import closing, drafting
from complaints.actors import Voice
from complaints.models import Citizen, Complaint, ContactPoint, Letter
from departments.models import User
from engagement.cases import Cases
from engagement.evidence import Ratings
from engagement.ladder import YEAR
from engagement.periods import Quarter
from engagement.ratings import rated
from tests.lives import concluded, day, minute
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
MARCH = Quarter(2026, 1)


@pytest.fixture
def alpha() -> World:
    return make_world("alpha")


def judged(world: World, stars: int, *, at: datetime, citizen: Citizen | None = None, **changes: Any) -> Complaint:
    complaint = concluded(world, **changes)
    if citizen is not None:
        Complaint.objects.filter(pk=complaint.pk).update(citizen=citizen)
    closing.rate(complaint, by=Voice.CITIZEN, at=at, stars=stars)
    return complaint


def followed_up(world: World, complaint: Complaint, at: datetime) -> None:
    """A letter of substance, sent and delivered at `at`."""
    letter = complaint.letters.get(kind="substantive")
    letter.pk = None
    letter.approval = None
    letter.kind, letter.sent_at, letter.delivered_at = "follow_up", at, at
    letter.save()


def found(world: World, quarter: Quarter = MARCH, at: datetime | None = None) -> Ratings:
    return rated([world.department], quarter, at or day(60))[world.department.pk]


class TestTotals:
    def test_citizens_are_counted_once_and_nobody_apart(self, alpha: World) -> None:
        one, two = Citizen.objects.create(name="One"), Citizen.objects.create(name="Two")
        judged(alpha, 5, at=day(1), citizen=one)
        judged(alpha, 4, at=day(1), citizen=one)
        judged(alpha, 3, at=day(2), citizen=two)
        judged(alpha, 5, at=day(2), anonymity="unknown")
        assert found(alpha) == Ratings(ratings=4, raters=2, anonymous=1)

    def test_who_has_an_officials_address_is_left_out(self, alpha: World) -> None:
        User.objects.filter(pk=alpha.officer.pk).update(email="Officer@Alpha.example")
        official, citizen = Citizen.objects.create(), Citizen.objects.create()
        ContactPoint.objects.create(citizen=official, kind="email", address="officer@alpha.example")
        ContactPoint.objects.create(citizen=citizen, kind="email", address="citizen@alpha.example")
        judged(alpha, 1, at=day(1), citizen=official)
        judged(alpha, 5, at=day(1), citizen=citizen)
        assert found(alpha) == Ratings(ratings=1, raters=1, staff=1)

    def test_what_an_official_took_down_is_told_apart(self, alpha: World) -> None:
        complaint = concluded(alpha)
        closing.rate(complaint, by=alpha.intake, at=day(1), stars=5)
        assert found(alpha).taken_down == 1

    def test_twelve_months_as_of_a_moment(self, alpha: World) -> None:
        judged(alpha, 5, at=day(1), citizen=Citizen.objects.create())
        assert found(alpha, at=day(0)).ratings == 0
        assert found(alpha, Quarter(2026, 4), day(400)).ratings == 1
        assert found(alpha, Quarter(2027, 1), day(400)).ratings == 0
        assert found(alpha, Quarter(2025, 4), day(400)).ratings == 0

    def test_of_the_department_that_held_it(self, alpha: World) -> None:
        beta = make_world("beta")
        judged(alpha, 5, at=day(1))
        both = rated([alpha.department, beta.department], MARCH, day(9))
        assert [both[each.department.pk].ratings for each in (alpha, beta)] == [1, 0]


class TestBadOnes:
    def test_followed_up_in_time_late_never_or_with_time_left(self, alpha: World) -> None:
        # Rated on Monday 2 March: the tenth working day ends on Monday 16 March.
        in_time, late = judged(alpha, 2, at=minute(60)), judged(alpha, 1, at=minute(60))
        judged(alpha, 1, at=minute(60))
        judged(alpha, 3, at=minute(60))
        followed_up(alpha, in_time, day(14))
        followed_up(alpha, late, day(15))
        assert (found(alpha, at=day(14)).followed, found(alpha, at=day(14)).waiting) == (1, 2)
        assert found(alpha) == Ratings(ratings=4, raters=0, anonymous=4, bad=3, followed=1)

    def test_only_what_comes_after_the_judgement_and_arrives(self, alpha: World) -> None:
        complaint = judged(alpha, 1, at=day(1))
        followed_up(alpha, complaint, day(1) - timedelta(minutes=1))
        assert found(alpha).followed == 0
        followed_up(alpha, complaint, day(2))
        assert found(alpha).followed == 1
        Letter.objects.filter(sent_at=day(2)).update(delivered_at=None)
        assert found(alpha).followed == 0
        Letter.objects.filter(sent_at=day(2)).update(kind="interim", delivered_at=day(2))
        assert found(alpha).followed == 0


class TestTheRowsBehind:
    def test_say_for_each_judgement_how_it_was_counted(self, alpha: World) -> None:
        User.objects.filter(pk=alpha.officer.pk).update(email="officer@alpha.example")
        official = Citizen.objects.create()
        ContactPoint.objects.create(citizen=official, kind="email", address="officer@alpha.example")
        judged(alpha, 1, at=minute(60), citizen=official)
        judged(alpha, 3, at=minute(61))
        followed_up(alpha, judged(alpha, 2, at=minute(62)), day(14))
        followed_up(alpha, judged(alpha, 2, at=minute(63)), day(15))

        def sides(at: datetime) -> list[tuple[str, str]]:
            rows = Cases("H2", alpha.department, MARCH, at, YEAR).everything(alpha.head, now=at)
            return [(str(row.side), str(row.why)) for row in rows]

        settled = [("left_out", "staff"), ("total", "good"), ("success", "followed")]
        assert sides(day(16)) == [*settled, ("failure", "not_followed")]
        assert sides(day(14)) == [*settled, ("waiting", "may_follow")]


def test_a_drafted_follow_up_counts(alpha: World) -> None:
    complaint = judged(alpha, 1, at=day(1))
    closing.object_to(complaint, by=Voice.CITIZEN, at=day(2), reason="Not solved.")
    drafting.draft(complaint, by=alpha.officer, at=day(3), text="A new pump was bought.")
    drafting.approve(complaint, by=alpha.approver, at=day(3))
    letter = drafting.send(complaint, by=alpha.officer, at=day(3))
    Letter.objects.filter(pk=letter.pk).update(delivered_at=day(3))
    assert found(alpha).followed == 1
