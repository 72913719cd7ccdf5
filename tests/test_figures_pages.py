"""The dashboard and the public pages, as people see them."""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from io import StringIO
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from departments.models import Department, User
from engagement import figures, tallies
from engagement.dashboard import guard
from engagement.ladder import BY_CODE
from engagement.periods import Quarter
from tests.lives import HOSTILE, concluded, day, ended, filed, lodged, offered, owned
from tests.moulds import moulded
from tests.world import World, make_world

pytestmark = pytest.mark.django_db

NOW = day(30)
QUARTER = "quarter=2026Q1"
# Where H1 has too few cases it reads three quarters more: seven queries each, however many cases and departments.
WIDENED = 3 * 7
WITH_LEVEL = ("/dashboard/alpha/", "/performance/alpha/")
PLACES = ["/dashboard/", "/dashboard/alpha/", "/performance/", "/performance/alpha/", "/performance/alpha/figures.csv"]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
@moulded
def alpha() -> World:
    world = make_world("alpha")
    for _ in range(6):
        concluded(world)
    for _ in range(3):
        ended(world)
    filed(world, at=day(29))
    owned(world)
    return world


def seen(client: Client, address: str, who: User | None = None, status: int = 200) -> str:
    """Return the text of the page without the parts that differ with every request."""
    if who is not None:
        client.force_login(who)
    answer = client.get(address)
    assert answer.status_code == status, address
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def plain(page: str) -> str:
    """The words of a page, isolates and tags left out."""
    words = re.sub(r"[\u2066-\u2069]|</?(?:bdi|span)[^>]*>", "", page).replace("\u00a0", " ")
    return " ".join(re.sub(r"<[^>]+>", " ", words).split())


def pictures(page: str) -> Iterator[ET.Element]:
    for text in re.findall(r"<svg class=.*?</svg>|<svg xmlns.*?</svg>", page, re.DOTALL):
        yield ET.fromstring(text)


@pytest.mark.no_cover
class TestWhoSees:
    def test_the_centre_sees_all_and_a_department_itself(self, client: Client, alpha: World) -> None:
        make_world("beta")
        assert all(name in seen(client, "/dashboard/", alpha.centre) for name in ("Alpha", "Beta"))
        for who in (alpha.administrator, alpha.head, alpha.monitor, alpha.auditor, alpha.officer, alpha.intake):
            page = seen(client, "/dashboard/", who)
            assert "Alpha" in page
            assert "Beta" not in page

    def test_what_is_not_mine_looks_like_what_does_not_exist(self, client: Client, alpha: World) -> None:
        make_world("beta")
        other = seen(client, "/dashboard/beta/", alpha.head, status=404).replace("beta", "x")
        assert other == seen(client, "/dashboard/nowhere/", alpha.head, status=404).replace("nowhere", "x")

    def test_a_post_in_a_section_alone_is_told_so(self, client: Client, alpha: World) -> None:
        alpha.officer.appointments.update(section=alpha.section)
        page = seen(client, "/dashboard/", alpha.officer, status=403)
        assert "A post in one section is not enough." in page
        assert "/performance/" in page
        seen(client, "/dashboard/alpha/", alpha.officer, status=404)

    def test_without_signing_in_only_the_public_pages_open(self, client: Client, alpha: World) -> None:
        assert client.get("/dashboard/").status_code == 302
        assert client.get("/dashboard/alpha/").status_code == 302
        assert all(client.get(place).status_code == 200 for place in PLACES[2:])

    @pytest.mark.parametrize("place", PLACES)
    def test_is_only_read(self, client: Client, alpha: World, place: str) -> None:
        client.force_login(alpha.head)
        assert client.post(place).status_code == 405

    @pytest.mark.parametrize("place", PLACES)
    def test_nothing_of_another_department_changes_a_byte(self, client: Client, alpha: World, place: str) -> None:
        if place == "/performance/":
            place = "/performance/alpha/?quarter=2025Q4"
        before = seen(client, f"{place}{'&' if '?' in place else '?'}{QUARTER}", alpha.head)
        beta = make_world("beta")
        for _ in range(12):
            concluded(beta)
        filed(beta)
        assert seen(client, f"{place}{'&' if '?' in place else '?'}{QUARTER}") == before


class TestWhatItSays:
    def test_the_sentence_the_table_and_the_picture_are_equal(self, client: Client, alpha: World) -> None:
        page = seen(client, f"/dashboard/alpha/?{QUARTER}", alpha.head)
        words = plain(page)
        assert "5 queries are open." not in words
        assert "queries are open. On" in words
        drawn = [
            " ".join(text.text or "" for text in svg.iter() if text.tag.endswith("text")) for svg in pictures(page)
        ]
        assert drawn
        for row in re.findall(r"<tr class=\"govuk-table__row\">.*?</tr>", page, re.DOTALL):
            cells = [plain(cell) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]
            if len(cells) == 6 and cells[2] != "–":
                on_time, late = int(cells[0]), int(cells[1])
                assert cells[2].split(" ")[0] == f"{round(100 * on_time / (on_time + late))}"
                code = plain(row).split()[0]
                said = f"{cells[2].split()[0]} %: {on_time} of {on_time + late}"
                stage = next(text for text in map(plain, drawn) if f" {code} " in f" {text} " and "standard" in text)
                assert said in stage

    def test_the_level_is_a_sentence_and_leads_to_its_report(self, client: Client, alpha: World) -> None:
        for place, who in (("/dashboard/alpha/", alpha.head), ("/performance/alpha/", None)):
            page = seen(client, f"{place}?{QUARTER}", who)
            assert "Engagement level of Alpha in January to March 2026: " in plain(page)
            assert "Provisional until 15 May 2026" in plain(page)
            assert f'href="{place}level/?{QUARTER}"' in page
            running = plain(seen(client, f"{place}?quarter=2026Q2", who))
            assert "had been recorded by then" in running or "are shown from 1 July 2026 on" in running

    def test_the_public_is_told_no_small_number(self, client: Client, alpha: World) -> None:
        for place in ("/performance/", "/performance/alpha/"):
            words = plain(seen(client, f"{place}?{QUARTER}"))
            assert "fewer than 5" in words
        assert "too few for a rate" in plain(seen(client, f"/performance/alpha/level/?{QUARTER}"))
        assert "6 of 6" not in words, "a step with fewer than ten cases is judged nowhere"
        officials = plain(seen(client, f"/dashboard/alpha/?{QUARTER}", alpha.head))
        judged = [re.search(r"(\d+) of (\d+) mandatory steps?", text) for text in (words, officials)]
        assert int(judged[0][2]) < int(judged[1][2])

    def test_the_public_sees_who_is_responsible_and_what_was_promised(self, client: Client, alpha: World) -> None:
        words = plain(seen(client, "/performance/alpha/"))
        assert "Response Answers, Lead: Officer" in words
        assert "R4 Transfer accepted or returned 2 working days transfer to another department" in words
        assert re.search(r"R3 First real answer 10 working days \(Complaint.*3 working days \(Question", words)
        assert not re.search(r"alpha\.(officer|head)", words), "posts, no persons"

    def test_a_quarter_without_anything_is_a_sentence(self, client: Client, alpha: World) -> None:
        for place, who in (("/dashboard/alpha/", alpha.head), ("/performance/alpha/", None)):
            page = seen(client, f"{place}?quarter=2025Q3", who)
            assert "had been recorded by then: no query, no answer, no closure." in plain(page)
            assert not list(pictures(page))
        assert "Nothing was recorded in this quarter by then." in seen(client, "/dashboard/?quarter=2025Q3")

    def test_before_the_first_record_there_was_nothing(self, client: Client, alpha: World) -> None:
        page = plain(seen(client, f"/performance/alpha/?{QUARTER}&at=2026-01-02T09:00"))
        assert "had been recorded by then" in page
        assert "0 queries are open. No step is overdue." in page

    def test_as_of_an_earlier_moment(self, client: Client, alpha: World) -> None:
        page = plain(seen(client, f"/dashboard/alpha/?{QUARTER}&at=2026-03-02T10:05", alpha.head))
        assert "10 queries are open. No step is overdue." in page
        assert "What was open and overdue is of 2 March 2026, 10:05" in page

    def test_no_department_at_all(self, client: Client) -> None:
        assert "No department takes queries yet." in seen(client, "/performance/")

    @pytest.mark.parametrize("live", [False, True])
    def test_only_departments_that_take_queries_are_public(self, client: Client, live: bool) -> None:
        make_world("alpha", live=live)
        assert client.get("/performance/alpha/").status_code == (200 if live else 404)
        assert client.get("/performance/alpha/figures.csv").status_code == (200 if live else 404)
        assert client.get("/performance/none/").status_code == 404

    @pytest.mark.parametrize("place", PLACES[:4])
    def test_in_urdu(self, client: Client, alpha: World, place: str) -> None:
        page = seen(client, f"{place}?{QUARTER}&lang=ur", alpha.head)
        assert '<html lang="ur" dir="rtl"' in page
        assert "سہ ماہی" in page
        assert all(svg.get("direction") == "rtl" for svg in pictures(page))
        assert list(pictures(page))
        english = re.findall(r">[^<]*\b(?:the|queries|quarter|stage)\b[^<]*<", page)
        assert not english

    @pytest.mark.parametrize("place", PLACES[:4])
    def test_has_no_style_or_script_of_its_own(self, client: Client, alpha: World, place: str) -> None:
        page = seen(client, f"{place}?{QUARTER}", alpha.head)
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", page)

    def test_an_offered_query_is_in_the_hand_that_offers_it(self, client: Client, alpha: World) -> None:
        beta = make_world("beta")
        offered(alpha, to=beta.department)
        assert "0 queries are open. No step is overdue." in plain(seen(client, "/dashboard/beta/", beta.head))


class TestAsking:
    @pytest.mark.parametrize("place", PLACES[:4])
    @pytest.mark.parametrize("wrong", ["2026Q9", "1999Q1", "2026Q3", "x" * 5000, *HOSTILE.values()])
    def test_a_quarter_that_is_not_in_the_list(self, client: Client, alpha: World, place: str, wrong: str) -> None:
        client.force_login(alpha.head)
        answer = client.get(f"{place}?quarter={quote(wrong, errors='surrogatepass')}")
        assert answer.status_code == 200
        assert "Choose a quarter from the list." in answer.content.decode()
        assert not list(pictures(answer.content.decode()))

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ("yesterday", "Write a day and an hour like 2026-11-21T09:00."),
            ("2026-02-30T09:00", "Write a day and an hour like 2026-11-21T09:00."),
            ("0001-01-01T00:00", "Write a year from 1900 on."),
            ("9999-12-31T23:59", "This moment has not come yet."),
            ("2026-04-02T09:00", "This moment has not come yet."),
            *((each, "Write a day and an hour like 2026-11-21T09:00.") for each in HOSTILE.values()),
        ],
    )
    def test_a_moment_that_cannot_be(self, client: Client, alpha: World, wrong: str, said: str) -> None:
        for place in ("/performance/alpha/", "/performance/"):
            answer = client.get(f"{place}?quarter=2025Q4&at={quote(wrong, errors='surrogatepass')}")
            assert answer.status_code == 200
            page = answer.content.decode()
            assert said in page
            assert '<option value="2025Q4" selected>' in page, "what was chosen stays"
        assert (
            client.get(f"/performance/alpha/figures.csv?at={quote(wrong, errors='surrogatepass')}").status_code == 404
        )

    def test_without_words_it_is_the_present_quarter(self, client: Client, alpha: World) -> None:
        assert '<option value="2026Q2" selected>' in seen(client, "/performance/")
        assert "Quarter: April to June 2026." in plain(seen(client, "/performance/alpha/?quarter=&at="))


class TestManyQueries:
    @pytest.fixture(autouse=True)
    def _large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(figures, "QUICK", 0)

    def test_an_uncounted_quarter_says_so(self, client: Client, alpha: World) -> None:
        page = seen(client, f"/dashboard/alpha/?{QUARTER}", alpha.head)
        assert "This quarter has not been counted yet." in page
        assert "had been recorded by then" not in page

    def test_a_counted_one_says_as_of_when(self, client: Client, alpha: World) -> None:
        tallies.tally([alpha.department], [Quarter.read("2026Q1")], at=datetime.fromisoformat("2026-03-31T07:15:00Z"))
        for place, who in (("/dashboard/alpha/", alpha.head), ("/dashboard/", None), ("/performance/alpha/", None)):
            assert "Counted as of 31 March 2026, 12:15." in plain(seen(client, f"{place}?{QUARTER}", who))

    def test_an_earlier_moment_is_counted_for_one_department_at_a_time(self, client: Client, alpha: World) -> None:
        make_world("beta")
        page = seen(client, f"/dashboard/?{QUARTER}&at=2026-03-05T09:00", alpha.centre)
        assert "Open one department first" in page
        assert not list(pictures(page))
        assert list(pictures(seen(client, f"/dashboard/alpha/?{QUARTER}&at=2026-03-05T09:00")))

    def test_the_public_waits_for_each_other(self, client: Client, alpha: World) -> None:
        address = f"/performance/alpha/?{QUARTER}&at=2026-03-05T09:00"
        with guard._counting:
            assert "An earlier moment is just being counted." in seen(client, address, status=503)
        page = seen(client, address)
        with guard._counting:
            assert seen(client, address) == page, "what was counted once is kept"


class TestTable:
    def test_holds_numbers_only_and_the_same_as_the_page(self, client: Client, alpha: World) -> None:
        answer = client.get(f"/performance/alpha/figures.csv?{QUARTER}")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(StringIO(answer.content.decode())))
        assert {row["stage"] for row in rows} == {"content", "response", "monitoring"}
        for row in rows:
            for name in ("on_time", "late", "n", "not_yet_due", "no_longer_owed"):
                assert row[name] == "" or row[name].isdecimal()
                assert row[name] == "" or not 0 < int(row[name]) < 5, "no small cell"
        assert any(row["n"] == "11" for row in rows)

    def test_a_hostile_name_is_no_formula(self, client: Client, alpha: World) -> None:
        Department.objects.update(name={"en": "=HYPERLINK(1)"})
        text = client.get(f"/performance/alpha/figures.csv?{QUARTER}").content.decode()
        assert "=" not in text


@pytest.mark.no_cover
@pytest.mark.parametrize("place", PLACES)
def test_as_many_queries_however_much_there_is(
    client: Client, alpha: World, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two departments as of three: a page with one alone asks once more, what of it is under review."""
    client.force_login(alpha.centre)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"{place}?{QUARTER}").status_code == 200
        return len(caught)

    concluded(make_world("beta"))
    before = queries()
    for world in (alpha, make_world("gamma")):
        for _ in range(4):
            lodged(world)
            concluded(world)
    assert queries() == before
    monkeypatch.setitem(BY_CODE, "H1", replace(BY_CODE["H1"], widened_below=0))
    assert queries() == before - (WIDENED if place in WITH_LEVEL else 0)
    assert queries() < 45
