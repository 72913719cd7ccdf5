"""The report of the level and the rows behind its gates, as people see them."""

import csv
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints import closing
from complaints.actors import Voice
from complaints.models import Closure, Letter
from engagement import figures
from engagement.cases import PAGE
from engagement.ladder import BY_CODE
from engagement.periods import Quarter
from engagement.snapshots import due_to_freeze, freeze, restate
from tests.lives import concluded, day, filed
from tests.moulds import moulded
from tests.test_figures_pages import WIDENED, pictures, plain, seen
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
NOW = day(30)  # 1 April: the first quarter is over
LIVE = datetime(2026, 1, 1, tzinfo=UTC)
QUARTER = "quarter=2026Q1"
REPORT = "/dashboard/alpha/level/"
PUBLIC = "/performance/alpha/level/"
FROZEN = datetime(2026, 5, 16, 6, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
@moulded
def alpha() -> World:
    world = make_world("alpha", at=LIVE)
    for _ in range(11):
        complaint = concluded(world)
    Letter.objects.filter(kind="substantive").update(delivered_at=F("sent_at"))
    Closure.objects.update(delivered_at=F("concluded_at"))
    closing.rate(complaint, by=Voice.CITIZEN, at=day(20), stars=2)
    filed(world)
    filed(world, at=day(29))
    return world


class TestReport:
    def test_says_the_level_and_every_gate(self, client: Client, alpha: World) -> None:
        page = seen(client, f"{REPORT}?{QUARTER}", alpha.head)
        words = plain(page)
        assert "Engagement level of Alpha in January to March 2026: At least LOW, at most MEDIUM" in words
        assert "Of 12 queries received, 11 got a real answer within 10 working days (92 %; likely between 65 %" in words
        assert "1 more query still has time and is left out." in words
        assert "Consultations are not recorded yet." in words
        assert "1 judgement in twelve months, of 0 different citizens; 20 are needed." in words
        for code in ("M1", "M2", "M3", "H1", "H2", "H3", "H4", "H5", "H6"):
            assert f'id="{code}"' in page
        drawn = list(pictures(page))
        assert len(drawn) == 4, "the ladder, M1, M3, H1"
        assert "M1 Answers: Passed" in plain(" ".join(text.text or "" for text in drawn[0].iter()))
        assert f'href="/dashboard/alpha/level/M1/?{QUARTER}"' in page

    def test_the_public_sees_no_rows_and_no_small_number(self, client: Client, alpha: World) -> None:
        page = seen(client, f"{PUBLIC}?{QUARTER}")
        words = plain(page)
        assert "at least 66 % of 12 cases." in words
        assert "fewer than 5" in words
        assert "/level/M1/" not in page
        assert "recorded by a system" not in words
        assert client.get("/performance/alpha/level/M1/").status_code == 404

    @pytest.mark.parametrize("place", ["/dashboard/alpha/", "/performance/alpha/", REPORT, PUBLIC, f"{REPORT}M1/"])
    def test_a_running_quarter_is_sealed(self, client: Client, alpha: World, place: str) -> None:
        filed(alpha, at=NOW)
        page = seen(client, f"{place}?quarter=2026Q2", alpha.head)
        assert "are shown from 1 July 2026 on" in plain(page)
        assert "Of 12 queries" not in page
        assert client.get(f"{REPORT}M1/cases.csv?quarter=2026Q2").status_code == 404

    def test_all_departments_by_name(self, client: Client, alpha: World) -> None:
        make_world("beta", at=LIVE)
        for place, who in (("/dashboard/all/level/", alpha.centre), ("/performance/all/level/", None)):
            words = plain(seen(client, f"{place}?{QUARTER}", who))
            assert re.search(r"Alpha At least LOW, at most MEDIUM – too few records to say \w+.* Provisional", words)
            assert "Beta Not rated" in words
            assert "shown from 1 July 2026" in plain(seen(client, f"{place}?quarter=2026Q2", who))

    def test_a_department_without_anything_is_a_sentence(self, client: Client, alpha: World) -> None:
        beta = make_world("beta", at=LIVE)
        words = plain(seen(client, f"/dashboard/beta/level/?{QUARTER}", beta.head))
        assert "Nothing for this page had been recorded in January to March 2026 by then." in words

    def test_an_uncounted_quarter(self, client: Client, alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(figures, "QUICK", 0)
        client.force_login(alpha.centre)
        make_world("beta", at=LIVE)
        assert "not counted yet" in plain(seen(client, f"/dashboard/all/level/?{QUARTER}"))
        assert "has not been counted yet" in plain(seen(client, f"{REPORT}M1/?{QUARTER}"))
        assert "has not been counted yet" in plain(seen(client, f"/dashboard/alpha/?{QUARTER}"))
        assert client.get(f"{REPORT}M1/cases.csv?{QUARTER}").status_code == 404

    def test_frozen_and_restated(self, client: Client, alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(timezone, "now", lambda: FROZEN)
        for due in due_to_freeze([alpha.department], FROZEN):
            freeze(due, at=FROZEN)
        words = plain(seen(client, f"{REPORT}?{QUARTER}", alpha.head))
        assert "Final: frozen as of 15 May 2026, 23:59." in words
        assert "fingerprint of the records" in words
        assert "a later count comes to the same" in plain(seen(client, f"/dashboard/alpha/?{QUARTER}"))
        filed(alpha)
        restate([alpha.department], at=FROZEN)
        words = plain(seen(client, f"{REPORT}?{QUARTER}"))
        assert "Restated: counted on 16 May 2026 it comes to something else." in words
        assert "M1 Answers Passed, 11 of 13 Passed, 11 of 14" in words
        assert "Step R1" in words
        public = plain(seen(client, f"{PUBLIC}?{QUARTER}"))
        assert "M1 Answers Passed Passed" in public
        assert "restated on the page of the level" in plain(seen(client, f"/performance/alpha/?{QUARTER}"))
        rows = plain(seen(client, f"{REPORT}M1/?{QUARTER}"))
        assert "As of 15 May 2026, 23:59" in rows, "the rows of what was frozen"

    @pytest.mark.parametrize("place", [REPORT, PUBLIC])
    def test_in_urdu_from_right_to_left(self, client: Client, alpha: World, place: str) -> None:
        page = seen(client, f"{place}?{QUARTER}&lang=ur", alpha.head)
        assert '<html lang="ur" dir="rtl"' in page
        assert all(svg.get("direction") == "rtl" for svg in pictures(page))
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", page)

    @pytest.mark.parametrize("place", [REPORT, PUBLIC, "/dashboard/all/level/", f"{REPORT}M1/", f"{REPORT}H2/"])
    def test_as_many_queries_however_much_there_is(
        self, client: Client, alpha: World, place: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client.force_login(alpha.centre)

        def queries() -> int:
            with CaptureQueriesContext(connection) as caught:
                assert client.get(f"{place}?{QUARTER}").status_code == 200
            return len(caught)

        make_world("beta", at=LIVE)
        queries()
        before = queries()
        make_world("gamma", at=LIVE)  # forgets the working calendars; those who live on read them again
        for _ in range(3):
            closing.rate(concluded(alpha), by=Voice.CITIZEN, at=day(21), stars=1)
        assert queries() == before
        monkeypatch.setitem(BY_CODE, "H1", replace(BY_CODE["H1"], widened_below=0))
        assert queries() == before - WIDENED
        assert queries() < 40


class TestRows:
    def test_each_row_says_how_it_was_counted_and_leads_to_the_desk(self, client: Client, alpha: World) -> None:
        page = seen(client, f"{REPORT}M1/?{QUARTER}", alpha.head)
        words = plain(page)
        assert words.count("Success A real answer within 10 working days") == 11
        assert "Failure 10 working days passed without a real answer" in words
        assert "Still has time The 10 working days are not over" in words
        [reference, *_] = re.findall(r'href="/desk/([\d-]+)/"', page)
        assert client.get(f"/desk/{reference}/").status_code == 200

    @pytest.mark.parametrize(
        ("gate", "said"), [("M3", "The closing notice"), ("H1", "real answer"), ("H2", "1 or 2 of 5")]
    )
    def test_other_gates(self, client: Client, alpha: World, gate: str, said: str) -> None:
        assert said in plain(seen(client, f"{REPORT}{gate}/?{QUARTER}", alpha.head))

    @pytest.mark.parametrize("gate", ["M2", "H3", "H4", "H5", "H6"])
    def test_gates_without_records_say_what_is_missing(self, client: Client, alpha: World, gate: str) -> None:
        assert "not recorded yet" in plain(seen(client, f"{REPORT}{gate}/?{QUARTER}", alpha.head))
        assert client.get(f"{REPORT}{gate}/cases.csv?{QUARTER}").status_code == 404

    def test_pages_of_fifty(self, client: Client, alpha: World) -> None:
        for number in range(PAGE):
            filed(alpha, at=day(1) + timedelta(minutes=number))
        first = seen(client, f"{REPORT}M1/?{QUARTER}", alpha.head)
        assert first.count('scope="row"') == PAGE
        [following] = re.findall(r'href="([^"]+)" rel="next"', first)
        second = seen(client, following.replace("&amp;", "&"))
        assert second.count('scope="row"') == 13
        [back] = re.findall(r'href="([^"]+)" rel="prev"', second)
        assert plain(seen(client, back.replace("&amp;", "&"))) == plain(first)

    def test_the_table_for_computers_has_them_all(self, client: Client, alpha: World) -> None:
        client.force_login(alpha.head)
        answer = client.get(f"{REPORT}M1/cases.csv?{QUARTER}")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(StringIO(answer.content.decode())))
        assert len(rows) == 13
        assert {row["counted_as"] for row in rows} == {"success", "failure", "waiting"}
        assert {row["method_version"] for row in rows} == {"1"}

    def test_who_may_not_see_the_department_finds_nothing(self, client: Client, alpha: World) -> None:
        beta = make_world("beta", at=LIVE)
        for address in (f"{REPORT}M1/", f"{REPORT}M1/cases.csv"):
            assert client.get(address).status_code == 302
            client.force_login(beta.head)
            assert client.get(address).status_code == 404
            client.force_login(alpha.head)
            assert client.get(address.replace("M1", "M9")).status_code == 404
            assert client.post(address).status_code == 405
            client.logout()

    def test_nonsense_is_a_sentence(self, client: Client, alpha: World) -> None:
        client.force_login(alpha.head)
        for query in ("quarter=2026Q9", "quarter=2026Q1&at=yesterday"):
            page = client.get(f"{REPORT}M1/?{query}")
            assert page.status_code == 200
            assert "There is a problem" in page.content.decode() or "govuk-error" in page.content.decode()
            assert client.get(f"{REPORT}M1/cases.csv?{query}").status_code == 404
        assert client.get(f"{REPORT}M1/?{QUARTER}&after=x&before=9-").status_code == 200

    def test_nothing_yet_is_a_sentence(self, client: Client, alpha: World) -> None:
        words = plain(seen(client, f"{REPORT}M1/?{QUARTER}&at=2026-03-01T09:00", alpha.head))
        assert "No case of this gate had been recorded" in words


def test_a_quarter_of_another_year_is_read(client: Client, alpha: World) -> None:
    assert Quarter.read("2026Q1").previous == Quarter(2025, 4)
    assert Quarter(2026, 3).previous == Quarter(2026, 2)
