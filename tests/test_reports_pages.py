"""Reports: their frame, their exports, the survey's pages, trends and the funnel, as people see them."""

import csv
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from complaints import closing
from complaints.actors import Voice
from complaints.models import Complaint, Letter
from departments.models import Department
from engagement import figures, tallies, ways
from engagement.charts import Words
from engagement.charts.parts import Part, parts
from engagement.charts.trends import Moment, trend
from engagement.dashboard import contents, guard
from engagement.dashboard.contents import ALL, REPORTS
from engagement.dashboard.exhibits import Asked, Audience, Exhibit, Filter, Report, Span, Table
from engagement.dashboard.exports import harmless
from engagement.dashboard.panels import PUBLIC
from engagement.models import Tally
from engagement.periods import Quarter
from tests.lives import HOSTILE, concluded, day, filed
from tests.moulds import moulded
from tests.test_figures_pages import pictures, plain, seen
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
NOW = day(30)
Q1 = "quarter=2026Q1"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def alpha() -> World:
    return seven_of_twelve()


@moulded
def seven_of_twelve() -> World:
    """Twelve filed their query in alpha, seven of them had it concluded."""
    world = make_world("alpha")
    for number in range(12):
        concluded(world) if number < 7 else filed(world)
    read_by_citizens()
    return world


def read_by_citizens() -> None:
    """What waits on the tracking page is delivered once it is read there."""
    Letter.objects.filter(delivered_at__isnull=True).update(delivered_at=F("sent_at"))


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """A report of one figure with a hostile title; gathers what it was asked."""
    there: list[Asked] = []

    def build(asked: Asked) -> Sequence[Exhibit]:
        there.append(asked)
        rows = (("=1+1", 4, 2.5, None), ("@x", 12345, -0.5, day(1)), ("\uff1dcmd", 1, 1.0, day(1).date()))
        return [Exhibit("figure", "=HYPERLINK(1)", "A sentence.", Table(("What", "N", "X", "T"), rows), "a ÷ b", "4")]

    choose = Filter("reason", "Reason", lambda _departments: [("question", "Question"), ("form", "Form")])
    report = Report("probe", "Probe", "A lead.", Audience.OFFICIALS, build, filters=(choose,))
    monkeypatch.setattr(contents, "REPORTS", (*REPORTS, report))
    return there


def rated() -> None:
    """Every citizen who got an answer says what they think of it."""
    for complaint in Complaint.objects.filter(closures__isnull=False).distinct():
        closing.rate(complaint, by=Voice.CITIZEN, at=day(20), stars=4)


def address(report: Report, base: str = "performance") -> str:
    return f"/{base}/{ALL if report.span is Span.ALL else 'alpha'}/{report.slug}/"


# Those that the public may open, too.
FOR_EVERYBODY = [each for each in REPORTS if each.audience is Audience.EVERYBODY]


class TestFrame:
    @pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.slug)
    def test_opens_for_the_public_and_for_the_centre(self, client: Client, alpha: World, report: Report) -> None:
        rated()
        for base, who in (("performance", None), ("dashboard", alpha.centre)):
            offered = REPORTS if who else FOR_EVERYBODY
            if report not in offered:
                seen(client, f"{address(report, base)}?{Q1}", status=404)
                continue
            page = seen(client, f"{address(report, base)}?{Q1}", who)
            words = plain(page)
            assert "Quarter: January to March 2026. Counted as of 1 April 2026, 10:00. Method version 1" in words
            assert "Provisional" in words
            assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", page)
            assert all(svg.find("{http://www.w3.org/2000/svg}title") is not None for svg in pictures(page))
            assert page.count("How this is counted") >= 1
            others = [each for each in REPORTS if each.span is report.span and each is not report]
            assert [each.slug for each in others if address(each, base) in page] == [
                each.slug for each in others if each in offered
            ]

    @pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.slug)
    def test_in_urdu_it_runs_from_the_right(self, client: Client, alpha: World, report: Report) -> None:
        base, who = ("performance", None) if report in FOR_EVERYBODY else ("dashboard", alpha.centre)
        page = seen(client, f"{address(report, base)}?{Q1}&lang=ur", who)
        assert '<html lang="ur" dir="rtl"' in page
        assert all(svg.get("direction") == "rtl" for svg in pictures(page))

    def test_pages_of_departments_lead_to_them(self, client: Client, alpha: World) -> None:
        assert f"/performance/alpha/trends/?{Q1}" in seen(client, f"/performance/alpha/?{Q1}")
        assert "/performance/all/claims/" in seen(client, f"/performance/?{Q1}")
        assert "/dashboard/alpha/trends/" in seen(client, "/dashboard/alpha/", alpha.head)
        assert "/dashboard/all/claims/" not in seen(client, "/dashboard/", alpha.head)
        assert "/dashboard/all/claims/" in seen(client, "/dashboard/", alpha.centre)

    @pytest.mark.no_cover
    def test_what_compares_all_is_for_the_centre_and_everybody(self, client: Client, alpha: World) -> None:
        for report in REPORTS:
            for who, watches in ((alpha.head, False), (alpha.monitor, True)):
                kept_back = report.audience is Audience.REVIEWERS and not watches
                status = 404 if report.span is Span.ALL or kept_back else 200
                seen(client, address(report, "dashboard"), who, status=status)
            seen(client, address(report, "dashboard"), alpha.centre)
        seen(client, "/performance/all/trends/", status=404)
        seen(client, "/performance/alpha/claims/", status=404)

    @pytest.mark.parametrize("wrong", ["quarter=1999Q1", f"{Q1}&at=soon", f"{Q1}&at=9999-01-01T00:00"])
    def test_what_cannot_be_asked(self, client: Client, alpha: World, wrong: str) -> None:
        page = seen(client, f"/performance/alpha/trends/?{wrong}")
        assert "govuk-error-summary" in page
        assert not list(pictures(page))
        assert client.get(f"/performance/alpha/trends/answers.csv?{wrong}").status_code == 404

    @pytest.mark.no_cover
    def test_a_department_without_anything_is_a_sentence(self, client: Client) -> None:
        world = make_world("alpha")
        page = plain(seen(client, f"/performance/alpha/trends/?{Q1}"))
        assert "Nothing for this page had been recorded in January to March 2026 by then." in page
        for report in FOR_EVERYBODY:
            seen(client, f"{address(report)}?{Q1}")
        for report in REPORTS:
            seen(client, f"{address(report, 'dashboard')}?{Q1}", world.centre)

    def test_of_no_department_there_is_no_page(self, client: Client) -> None:
        seen(client, "/performance/all/claims/", status=404)

    def test_after_45_days_it_is_final(self, client: Client, alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat("2026-05-15T05:00:00Z"))
        assert "Method version 1, Provisional." in plain(seen(client, f"/performance/alpha/trends/?{Q1}"))
        monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat("2026-05-16T05:00:00Z"))
        assert "Method version 1, Final." in plain(seen(client, f"/performance/alpha/trends/?{Q1}"))


class TestFilters:
    def test_what_is_on_stands_in_title_and_export(self, client: Client, alpha: World, probe: list[Asked]) -> None:
        page = seen(client, f"/dashboard/alpha/probe/?{Q1}&reason=question", alpha.head)
        assert probe[-1].only("reason") == "question"
        assert probe[-1].only("channel") == ""
        assert "=HYPERLINK(1) (Reason: Question)" in plain(page)
        assert f"probe/figure.csv?{Q1}&amp;reason=question" in page
        file = client.get(f"/dashboard/alpha/probe/figure.csv?{Q1}&reason=question")
        assert "reason-question" in file.headers["Content-Disposition"]
        assert "Reason: Question" in file.content.decode()

    def test_a_wrong_one_is_refused_in_words(self, client: Client, alpha: World, probe: list[Asked]) -> None:
        page = seen(client, f"/dashboard/alpha/probe/?{Q1}&reason=nonsense", alpha.head)
        assert "Choose from the list." in page
        assert probe == []


def table_of(client: Client, path: str) -> list[list[str]]:
    return [row for row in csv.reader(StringIO(client.get(path).content.decode("utf-8-sig"))) if row]


class TestExports:
    def test_carry_what_the_page_says(self, client: Client, alpha: World) -> None:
        path = f"/performance/alpha/trends/answers.csv?{Q1}"
        said = {row[0]: row[1] for row in table_of(client, path) if len(row) == 2}
        assert said["Department"] == "Alpha"
        assert said["Quarter"] == "2026Q1, January to March 2026"
        assert said["Counted as of"] == "1 April 2026, 10:00"
        assert said["Method version"] == "1"
        assert said["Status"] == "Provisional"
        assert said["Cases"] == "12"
        name = client.get(path).headers["Content-Disposition"]
        assert "alpha_trends_answers_2026Q1_as-of-2026-04-01T1000_method-1_provisional.csv" in name

    def test_hide_what_the_page_hides(self, client: Client, alpha: World) -> None:
        filed(alpha, channel=alpha.channels["letter"], by=alpha.intake)
        for who, hidden in ((None, True), (alpha.centre, False)):
            base = "dashboard" if who else "performance"
            if who:
                client.force_login(who)
            rows = {row[0]: row for row in table_of(client, f"/{base}/all/survey-figures/figure-6.csv?{Q1}")}
            assert rows["Letter"][1] == ("" if hidden else "1")
            assert rows["Web form"][1] == ("" if hidden else "12"), "from the sum the letter could be reckoned"

    def test_no_text_becomes_a_formula(self, client: Client, alpha: World, probe: list[Asked]) -> None:
        Department.objects.update(name={"en": "=1+2", "ur": "=1+2"})
        client.force_login(alpha.head)
        rows = table_of(client, f"/dashboard/alpha/probe/figure.csv?{Q1}")
        for row in rows:
            assert all(not re.match(r"[=@\uff1d]|\+|-(?!0\.5)", cell) for cell in row), row
        assert rows[-2] == ["'@x", "12345", "-0.5", "2026-03-03T10:00+05:00"]
        assert rows[-1][3] == "2026-03-03"
        book = load_workbook(BytesIO(client.get(f"/dashboard/alpha/probe/figure.xlsx?{Q1}").content))
        cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} == {"s", "n"}
        assert {cell.value for cell in cells if cell.data_type == "n"} == {4, 2.5, 12345, -0.5, 1}
        assert {"=1+1", "=1+2", "=HYPERLINK(1)"} <= {cell.value for cell in cells}

    @pytest.mark.parametrize("text", ["=1", " =1", "\u00a0+1", "-1", "@a", "\t=1", "\uff0b1", "\u2066=1"])
    def test_whatever_stands_before_the_sign(self, text: str) -> None:
        assert harmless(text).startswith("'")

    @pytest.mark.parametrize("text", ["", "–", "a=1", "-", "5", *HOSTILE.values()])
    def test_other_texts_stay(self, text: str) -> None:
        assert harmless(text).lstrip("'") in text or "\u202e" in text or "\0" in text or "\x1b" in text

    def test_a_picture_says_what_it_is(self, client: Client, alpha: World) -> None:
        answer = client.get(f"/performance/all/survey-figures/figure-6.svg?{Q1}")
        assert answer.headers["Content-Type"] == "image/svg+xml"
        drawn = ET.fromstring(answer.content)
        words = " ".join(text.text or "" for text in drawn.iter("{http://www.w3.org/2000/svg}text"))
        for said in ("Figure 6: how citizens reach departments", "All departments", "January to March 2026",
                     "1 April 2026, 10:00", "Method version: 1", "Provisional", "Cases: 12"):  # fmt: skip
            assert said in words
        assert not re.search(rb"href|<script|<style|url\(h", answer.content)

    @pytest.mark.parametrize("wrong", ["answers.pdf", "nothing.csv", "figure-4.svg"])
    def test_what_is_not_there(self, client: Client, alpha: World, wrong: str) -> None:
        for page in ("alpha/trends", "all/survey-figures", "alpha/nonsense"):
            assert client.get(f"/performance/{page}/{wrong}?{Q1}").status_code == 404

    def test_an_officials_report_is_not_the_publics(self, client: Client, alpha: World, probe: list[Asked]) -> None:
        assert client.get(f"/performance/alpha/probe/figure.csv?{Q1}").status_code == 404
        assert client.get(f"/dashboard/alpha/probe/figure.csv?{Q1}").status_code == 302
        make_world("beta")
        client.force_login(alpha.head)
        assert client.get(f"/dashboard/beta/probe/figure.csv?{Q1}").status_code == 404


class TestManyQueries:
    @pytest.fixture(autouse=True)
    def _large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(figures, "QUICK", 0)

    def test_the_public_waits_for_each_other(self, client: Client, alpha: World) -> None:
        page = f"/performance/alpha/trends/?{Q1}&at=2026-03-30T09:00"
        with guard.alone():
            assert "An earlier moment is just being counted." in seen(client, page, status=503)
            assert client.get(page.replace("trends/", "trends/answers.csv")).status_code == 503
        first = seen(client, page)
        assert list(pictures(first))
        with guard.alone():
            assert seen(client, page) == first, "what was counted once is kept"
        seen(client, page, alpha.head)

    def test_all_departments_are_not_counted_as_of_an_earlier_moment(self, client: Client, alpha: World) -> None:
        make_world("beta")
        page = seen(client, f"/performance/all/claims/?{Q1}&at=2026-03-05T09:00")
        assert "Open one department first" in page

    def test_pages_show_what_was_counted_last(self, client: Client, alpha: World) -> None:
        for report in FOR_EVERYBODY:
            seen(client, f"{address(report)}?{Q1}")
        tallies.tally([alpha.department], [Quarter(2026, 1)], at=datetime.fromisoformat("2026-03-31T07:15:00Z"))
        for report in (each for each in REPORTS if each.slug in ("trends", "survey-figures", "comparison")):
            assert "Counted as of 31 March 2026, 12:15" in plain(seen(client, f"{address(report)}?{Q1}")), report.slug

    def test_another_method_breaks_the_line(self, client: Client, alpha: World) -> None:
        quarters = [Quarter(2025, 4), Quarter(2026, 1)]
        tallies.tally([alpha.department], quarters, at=NOW)
        Tally.objects.filter(quarter="2025Q4").update(method_version=0)
        page = seen(client, f"/dashboard/alpha/trends/?{Q1}", alpha.head)
        assert "new method" in page
        assert "Where the method changed the line is broken" in page
        assert "was counted by another method" not in page, "nothing was counted then"

    def test_the_family_is_what_the_records_say(self, alpha: World) -> None:
        filed(alpha, channel=alpha.channels["phone"], by=alpha.intake, reason="question")
        beta = make_world("beta")
        filed(beta)
        both = [alpha.department, beta.department]
        found = ways.contacts_by(both, Quarter(2026, 1), NOW)
        assert found[alpha.department.pk]["channel"] == {"phone": [0, 1], "web": [12, 0]}
        assert found[alpha.department.pk]["reason"] == {"complaint": [12, 0], "question": [0, 1]}
        assert found[alpha.department.pk]["district"] == {"": [12, 1]}
        assert ways.together(list(found.values()), "channel") == {"phone": [0, 1], "web": [13, 0]}
        tallies.tally(both, [Quarter(2026, 1)], at=NOW)
        assert list(tallies.differing(both)) == []


class TestTrend:
    def test_a_line_has_gaps_and_breaks(self) -> None:
        moments = [
            Moment("a", 0.5, (0.4, 0.6)),
            Moment("b"),
            Moment("c", 0.7),
            Moment("d", 0.8),
            Moment("e", 0.8, method=2),
        ]
        drawn = ET.fromstring(trend(Words("t", "T", "D"), moments, 0.5, "new method"))
        joined = [line for line in drawn.iter("{http://www.w3.org/2000/svg}line") if line.get("stroke-width") == "2.5"]
        assert len(joined) == 1, "only c and d stand beside each other with one method"
        assert sum(text.text == "new method" for text in drawn.iter("{http://www.w3.org/2000/svg}text")) == 1
        assert len(list(drawn.iter("{http://www.w3.org/2000/svg}circle"))) == 4

    def test_without_a_threshold_no_line_is_dashed(self) -> None:
        drawn = str(trend(Words("t", "T", "D"), [Moment("a", 0.5)], None, ""))
        assert "4 3" not in drawn
        assert "4 3" in str(trend(Words("t", "T", "D"), [Moment("a", 0.5)], 0.5, ""))

    def test_parts_without_a_share_have_no_scale(self) -> None:
        words = Words("p", "T", "D")
        assert "<rect" not in str(parts(words, [Part("a", "too few")])).partition("</defs>")[2]
        assert "100" not in str(parts(words, [Part("a", "too few")])).partition("</defs>")[2]
        assert str(parts(words, [Part("a", "half", 0.5)])).partition("</defs>")[2].count("<line") == 0
        assert str(parts(words, [Part("a", "half", 0.5, (0.4, 0.6))])).count("<line") == 6

    def test_a_sealed_quarter_has_no_place_on_the_line_of_answers(self, client: Client, alpha: World) -> None:
        """While it runs its share is shown to nobody; that is not the same as no cases."""
        filed(alpha, at=day(30) - timedelta(minutes=5))
        for path, who in (("/performance/alpha/trends/", None), ("/dashboard/alpha/trends/", alpha.head)):
            page = plain(seen(client, f"{path}?quarter=2026Q2", who))
            answers = page.partition("Answered within 10 working days")[2].partition("The weakest step")[0]
            assert "0 cases" not in answers
            assert "are shown from 1 July 2026 on" in page

    def test_a_change_needs_thirty_on_both_sides_for_the_public(self, client: Client, alpha: World) -> None:
        assert "Too few cases to compare it with the quarter before." in plain(
            seen(client, f"/performance/alpha/trends/?{Q1}")
        )
        page = plain(seen(client, f"/dashboard/alpha/trends/?{Q1}", alpha.head))
        assert (
            "Of what came in from January to March 2026, 58 % of 12 got a real answer within 10 working days." in page
        )


class TestMethods:
    def test_says_names_formulas_and_changes(self, client: Client) -> None:
        page = plain(seen(client, "/performance/methods/"))
        assert "share = on time / (on time + late)" in page
        assert "The first version." in page
        assert client.post("/performance/methods/").status_code == 405


def test_a_public_asking_reads_as_everybody(alpha: World) -> None:
    asked = Asked([alpha.department], Quarter(2026, 1), None, NOW, PUBLIC)
    assert (asked.moment, asked.only("reason")) == (NOW, "")


@pytest.mark.no_cover
@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.slug)
def test_as_many_queries_however_much_there_is(client: Client, alpha: World, report: Report) -> None:
    base = "performance"
    if report not in FOR_EVERYBODY:
        base = "dashboard"
        client.force_login(alpha.centre)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"{address(report, base)}?{Q1}").status_code == 200
        return len(caught)

    queries()
    before = queries()
    for code in ("beta", "gamma"):
        world = make_world(code)
        for _ in range(3):
            concluded(world)
            filed(world)
    for _ in range(5):
        concluded(alpha)
    assert queries() == before
