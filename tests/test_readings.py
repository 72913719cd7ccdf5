"""The reports of the three readings and of what citizens say: words, pictures, small cells, and what they cost."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from xml.etree import ElementTree as ET

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints import closing
from complaints.actors import Voice
from complaints.demo import growth
from complaints.intake import Reachable
from departments.models import User
from engagement import charts, tallies
from engagement.assessing import assess, remark
from engagement.calling import Answers, draw, take_answers
from engagement.charts import Reading, Words
from engagement.dashboard.exhibits import Asked
from engagement.dashboard.reports import readings
from engagement.difference import RecordsReading
from engagement.models import CallBack, CallDraw, SelfAssessment
from engagement.periods import Quarter
from engagement.scale import Level
from tests.lives import concluded, day, filed
from tests.moulds import moulded
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
Q1 = Quarter(2026, 1)
WEEK = datetime(2026, 3, 27, 6, tzinfo=UTC)
NOW = datetime(2026, 4, 20, 6, tzinfo=UTC)
PEOPLE = ("officer", "officer2", "approver", "monitor", "head", "intake", "administrator")


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    moment = [NOW]
    monkeypatch.setattr(timezone, "now", lambda: moment[0])
    return moment


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the records say that MEDIUM is the most that is possible."""

    def records(asked: Asked) -> dict[int, RecordsReading]:
        return {each.pk: RecordsReading(Level.LOW, Level.MEDIUM) for each in asked.departments}

    monkeypatch.setattr(readings, "records", records)


@moulded
def lived(code: str = "alpha", *, said: tuple[int, int, int] = (6, 9, 9), high: int = 6) -> World:
    """A department with `said` citizens at LOW, MEDIUM and HIGH, and seven officials of whom `high` say HIGH."""
    world = make_world(code)
    for number in range(sum(said)):
        filed(world, channel=world.channels["phone"], by=world.intake, reach=Reachable("phone", f"+92300{number:05}"))
    for number, post in enumerate(PEOPLE):
        level = "high" if number < high else "medium"
        assess(world.department, Q1, by=getattr(world, post), at=WEEK, level=level, evidence="We answer.")
    made = draw(world.department, Q1, seed="s", at=NOW - timedelta(days=15))
    low, medium, _high = said
    for number, call in enumerate(made.calls.order_by("number")):
        answers = Answers("no", satisfaction=1, explained=False)
        if number >= low:
            answers = Answers("yes", could_say=True, used="no", satisfaction=4, explained=True)
        if number >= low + medium:
            answers = Answers("partly", could_say=True, used="yes", satisfaction=5, explained=True)
        take_answers(call, answers, by=world.monitor, at=NOW - timedelta(days=10))
    return world


def plain(page: str) -> str:
    words = re.sub(r"[\u2066-\u2069]|</?(?:bdi|span)[^>]*>", "", page).replace("\u00a0", " ")
    return " ".join(re.sub(r"<[^>]+>", " ", words).split())


def seen(client: Client, address: str, who: User | None = None, status: int = 200) -> str:
    if who is not None:
        client.force_login(who)
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def pictures(page: str) -> Iterator[ET.Element]:
    for text in re.findall(r"<svg xmlns.*?</svg>", page, re.DOTALL):
        yield ET.fromstring(text)


READINGS = "/{}/alpha/readings/?quarter=2026Q1"
CITIZENS = "/{}/alpha/citizens/?quarter=2026Q1"


@pytest.mark.usefixtures("read")
class TestReadings:
    def test_three_sentences_and_the_difference(self, client: Client) -> None:
        world = lived()
        for where, who in (("performance", None), ("dashboard", world.officer)):
            page = seen(client, READINGS.format(where), who)
            words = plain(page)
            assert "Records: at least LOW, at most MEDIUM." in words
            assert "Of 7 officials: 6 HIGH, 1 MEDIUM." in words
            assert "Citizens: 75 % of 24 citizens in the random call-back say MEDIUM or HIGH" in words
            assert "Difference: 6 of 7 officials place the department higher than its records allow (86 %;" in words
            assert "false" not in words.lower()
            (picture,) = pictures(page)
            assert len(picture.findall(".//{http://www.w3.org/2000/svg}circle")) == 7

    def test_sealed_while_the_quarter_runs(self, client: Client, now: list[datetime]) -> None:
        world = lived()
        sealed = plain(seen(client, "/dashboard/alpha/readings/?quarter=2026Q2", world.officer))
        assert "Sealed until 1 July 2026" in sealed
        then = plain(seen(client, READINGS.format("dashboard") + "&at=2026-03-31T18:00", world.officer))
        assert "Sealed until 1 April 2026" in then
        assert "officials: 6" not in then

    def test_of_two_officials_nothing_is_told(self, client: Client) -> None:
        world = lived()
        SelfAssessment.objects.exclude(official__in=[world.officer, world.head]).delete()
        words = plain(seen(client, READINGS.format("dashboard"), world.officer))
        assert "too few to show without naming persons" in words
        assert "officials place the department higher" not in words

    def test_small_cells_are_not_for_the_public(self, client: Client) -> None:
        world = lived(said=(2, 9, 9))
        public = seen(client, READINGS.format("performance"))
        assert "fewer than 5" in public
        assert "at least 80 %" in plain(public)
        assert "90 % of 20" in plain(seen(client, READINGS.format("dashboard"), world.officer))

    def test_the_remark_stands_beside_and_changes_nothing(self, client: Client) -> None:
        world = lived()
        before = plain(seen(client, READINGS.format("performance")))
        remark(world.department, Q1, by=world.head, at=NOW, text="We opened a counter <b>in March</b>.")
        after = seen(client, READINGS.format("performance"))
        said = (
            "Remark of Alpha: “We opened a counter &lt;b&gt;in March&lt;/b&gt;.” Signed by alpha.head, 20 April 2026."
        )
        assert said in plain(after)
        assert plain(after).replace(f"{said} ", "") == before

    def test_officials_are_led_to_list_and_remark(self, client: Client) -> None:
        world = lived()
        links = ("/dashboard/alpha/calls/", "/dashboard/alpha/remark/?quarter=2026Q1")
        assert all(link in seen(client, READINGS.format("dashboard"), world.head) for link in links)
        assert not any(link in seen(client, READINGS.format("performance")) for link in links)

    def test_all_departments_by_name_at_one_price(self, client: Client) -> None:
        lived("beta")
        alpha = lived()
        counts = []
        for code in ("alpha", "all"):
            client.force_login(alpha.centre)
            with CaptureQueriesContext(connection) as queries:
                page = seen(client, f"/dashboard/{code}/readings/?quarter=2026Q1")
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 20
        assert page.index(">Alpha<") < page.index(">Beta<")
        assert "not by rank" in page


def test_without_anything_said_there_is_a_sentence(client: Client) -> None:
    world = make_world("alpha")
    page = seen(client, "/dashboard/alpha/readings/?quarter=2026Q1", world.officer)
    assert "Nothing for this page had been recorded" in page
    assert "Nothing for this page had been recorded" in seen(client, CITIZENS.format("dashboard"))


def test_without_levels_the_other_two_are_shown(client: Client) -> None:
    """Of nine queries, and none closed, there is no level (measurement 2.3: ten of either)."""
    world = lived(said=(2, 3, 4))
    words = plain(seen(client, READINGS.format("dashboard"), world.officer))
    assert "Records: no level yet." in words
    assert "Of 7 officials" in words
    CallDraw.objects.update(drawn_at=NOW + timedelta(days=1))
    assert "Citizens: no call-back yet." in plain(seen(client, READINGS.format("dashboard")))


def test_of_ten_queries_the_records_say_a_level(client: Client) -> None:
    """None of the ten was answered in time: M1 fails, and LOW is all that is possible."""
    world = lived(said=(2, 4, 4))
    assert "Records: LOW." in plain(seen(client, READINGS.format("dashboard"), world.officer))


class TestCitizens:
    def test_both_sources_side_by_side(self, client: Client) -> None:
        world = lived()
        for number in range(3):
            case = concluded(world)
            closing.rate(case, by=Voice.CITIZEN, at=day(1), stars=number + 3)
        page = seen(client, CITIZENS.format("dashboard"), world.officer)
        words = plain(page)
        assert "After a concluded case: Nobody has answered yet. Random call-back: " in words
        assert "Random call-back: 38 % of 24 citizens say that the office answered in full (likely between" in words
        assert "After a concluded case: 67 % of 3 citizens give 4 or 5 of 5 (likely between" in words
        assert "24 citizens were drawn for a call; 24 have answered." in words
        assert len(list(pictures(page))) == 6

    def test_where_few_answered_the_bounds_are_printed(self, client: Client) -> None:
        world = lived(said=(6, 9, 15))
        CallBack.objects.filter(number__gt=5).update(
            state="waiting", settled_at=None, answered="", could_say=None, used="", satisfaction=None, explained=None
        )
        words = plain(seen(client, CITIZENS.format("dashboard"), world.officer))
        assert "as few answered, it may be anything from 0 % to 83 %" in words
        assert "25" in words

    def test_the_public_gets_no_small_cells(self, client: Client) -> None:
        lived(said=(2, 9, 9))
        page = seen(client, CITIZENS.format("performance"))
        assert "fewer than 5" in page
        assert not re.search(r">\s*(?:<bdi>)?[1-4](?:</bdi>)?\s*</td>", page)

    def test_its_queries_do_not_grow(self, client: Client) -> None:
        lived("beta")
        alpha = lived()
        counts = []
        for code in ("alpha", "all"):
            client.force_login(alpha.centre)
            with CaptureQueriesContext(connection) as queries:
                page = seen(client, f"/dashboard/{code}/citizens/?quarter=2026Q1")
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 18
        assert "Beta: random call-back" in page

    def test_what_is_kept_is_what_is_counted(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        world = lived()
        fresh = plain(seen(client, CITIZENS.format("dashboard"), world.officer))
        tallies.tally([world.department], [Q1], at=NOW)
        assert list(tallies.differing([world.department])) == []
        monkeypatch.setattr("engagement.figures.QUICK", -1)
        assert plain(seen(client, CITIZENS.format("dashboard"), world.officer)) == fresh


class TestPicture:
    ROWS = (
        Reading("Alpha", (0, 1), "Records", (1, 12, 40), "Officials", (0.2, 0.3, 0.5), "Citizens"),
        Reading("Beta", None, "none", None, "none", None, "none"),
    )
    LEVELS = ("LOW", "MEDIUM", "HIGH")

    def test_marks_stand_in_their_levels(self) -> None:
        found = ET.fromstring(charts.readings(Words("r", "t", "d"), self.ROWS, self.LEVELS))
        centres = [float(each.get("cx", 0)) for each in found.iter("{http://www.w3.org/2000/svg}circle")]
        assert len(centres) == 1 + 4 + 14, "with many officials a dot stands for three"
        assert sum(x < 122 for x in centres) == 1
        assert sum(x > 238 for x in centres) == 14
        for box in found.iter("{http://www.w3.org/2000/svg}rect"):
            assert float(box.get("x", 0)) >= 0
            assert float(box.get("x", 0)) + float(box.get("width", 0)) <= 360

    def test_right_to_left_it_is_mirrored(self) -> None:
        ways = [charts.readings(Words("r", "t", "d", way), self.ROWS, self.LEVELS) for way in (False, True)]
        left, right = (
            sorted(float(each.get("cx", 0)) for each in ET.fromstring(way).iter("{http://www.w3.org/2000/svg}circle"))
            for way in ways
        )
        assert left == pytest.approx(sorted(360 - x for x in right))

    def test_answers_without_a_share_are_text(self) -> None:
        bars = [charts.ShareBar("a", "too few"), charts.ShareBar("b", "half", 0.5, (0.3, 0.7))]
        found = charts.answers(Words("a", "t", "d"), bars)
        assert found.count("too few") == 1
        assert "100" not in charts.answers(Words("a", "t", "d"), bars[:1])


class TestDemo:
    def test_it_says_something_of_each_finished_quarter_once(
        self, now: list[datetime], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(growth, "grow", lambda *_, **__: [])
        call_command("demo", "--complaints", "1", "--at", NOW.isoformat(), stdout=StringIO())
        out = StringIO()
        call_command("demo_readings", "--at", NOW.isoformat(), stdout=out)
        drawn, given = CallDraw.objects.count(), SelfAssessment.objects.count()
        assert drawn >= 9
        assert given > drawn * 3
        high = SelfAssessment.objects.filter(level=Level.HIGH).count()
        assert given / 2 < high < given
        call_command("demo_readings", "--at", NOW.isoformat(), stdout=out)
        assert (CallDraw.objects.count(), SelfAssessment.objects.count()) == (drawn, given)
        assert out.getvalue().splitlines()[-1].startswith("0 quarters")

    def test_it_has_no_place_in_production(self) -> None:
        with override_settings(PRODUCTION=True), pytest.raises(CommandError, match="no place in production"):
            call_command("demo_readings")
