"""Records under review, and the procedure report, as people see them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis import ConnectionError as RedisConnectionError

from complaints.models import Closure, Complaint, Letter
from departments.models import User
from engagement import figures, tallies
from engagement.dashboard import reviewed
from engagement.figures import counted
from engagement.labels import under_review
from engagement.models import Tally
from engagement.periods import Quarter
from tests.lives import HOSTILE, concluded, day, ended, filed, owned
from tests.moulds import moulded
from tests.test_figures_pages import plain, seen
from tests.world import World, make_world

pytestmark = pytest.mark.django_db

NOW = day(30)
QUARTER = "quarter=2026Q1"
FIRST = Quarter(2026, 1)
REVIEW = "/dashboard/alpha/review/"
PROCEDURE = ("/dashboard/alpha/procedure/", "/performance/alpha/procedure/", "/dashboard/all/procedure/",
             "/performance/all/procedure/")  # fmt: skip


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
@moulded
def alpha() -> World:
    """A department whose eleven answers are one text, sent within minutes, with nothing of their own."""
    world = make_world("alpha")
    for _ in range(10):
        concluded(world)
    ended(world)
    filed(world, at=day(29))
    owned(world)
    Letter.objects.filter(kind="substantive").update(own_share=0.1)
    return world


def count_the_quarter(world: World) -> None:
    tallies.tally([world.department], [FIRST], at=NOW)


class TestReview:
    @pytest.mark.parametrize("who", ["monitor", "administrator", "auditor", "centre"])
    def test_is_for_who_watches_over_the_department(self, client: Client, alpha: World, who: str) -> None:
        page = plain(seen(client, f"{REVIEW}?{QUARTER}", getattr(alpha, who)))
        assert "Records under review: 11 of 11 (100 %; likely between 74 % and 100 %)." in page
        assert "threshold 25 %" in page
        assert "No records yet" in page

    @pytest.mark.parametrize("who", ["officer", "approver", "intake", "head"])
    def test_is_not_found_by_others(self, client: Client, alpha: World, who: str) -> None:
        for address in (REVIEW, f"{REVIEW}canned/", "/dashboard/all/review/"):
            seen(client, address, getattr(alpha, who), 404)
        assert client.get("/performance/alpha/review/").status_code == 404

    def test_of_all_departments_says_where(self, client: Client, alpha: World) -> None:
        make_world("beta")
        page = plain(seen(client, f"/dashboard/all/review/?{QUARTER}", alpha.centre))
        assert "In 1 of 2 departments a sign is raised." in page
        assert "Replies with little text of their own" in page

    def test_leads_to_the_records_and_they_to_the_desk(self, client: Client, alpha: World) -> None:
        page = seen(client, f"{REVIEW}?{QUARTER}", alpha.monitor)
        assert f'href="{REVIEW}canned/?{QUARTER}"' in page
        rows = seen(client, f"{REVIEW}canned/?{QUARTER}")
        references = re.findall(r'href="/desk/([\d-]+)/"', rows)
        answered = Letter.objects.filter(kind="substantive").values_list("complaint__reference", flat=True)
        assert sorted(references) == sorted(answered)
        seen(client, f"/desk/{references[0]}/")

    def test_pages_of_records_hold_each_once(
        self, client: Client, alpha: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("engagement.dashboard.reviewed.PAGE", 4)
        client.force_login(alpha.monitor)
        address, found = f"{REVIEW}canned/?{QUARTER}", []
        for _ in range(3):
            page = seen(client, address)
            found += re.findall(r'href="/desk/([\d-]+)/"', page)
            onward = re.search(r'href="(\?[^"]*after=\d+)"', page)
            if onward:
                address = f"{REVIEW}canned/{onward[1].replace('&amp;', '&')}"
        assert len(found) == len(set(found)) == 11
        assert onward is None
        assert "The newest" in page

    def test_a_query_that_moved_away_is_counted_and_not_listed(self, client: Client, alpha: World) -> None:
        beta = make_world("beta")
        moved = Complaint.objects.filter(letters__kind="substantive").first()
        assert moved is not None
        Complaint.objects.filter(pk=moved.pk).update(department=beta.department, section=beta.section)
        page = seen(client, f"{REVIEW}canned/?{QUARTER}", alpha.monitor)
        assert moved.reference not in page

    def test_what_takes_long_is_found_once_and_shown_as_of_the_count(
        self, client: Client, alpha: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And whether the reader may see it is asked anew."""
        count_the_quarter(alpha)
        monkeypatch.setattr(figures, "QUICK", 0)
        monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(hours=2))
        address = f"{REVIEW}canned/?{QUARTER}"
        first = seen(client, address, alpha.monitor)
        assert len(re.findall(r'href="/desk/[\d-]+/"', first)) == 11
        assert f"As of {timezone.localtime(NOW):%-d %B %Y, %H:%M}." in plain(first)
        with monkeypatch.context() as patch:
            patch.setattr(reviewed, "marked_queries", None)
            assert plain(seen(client, address)) == plain(first)
        beta = make_world("beta")
        moved = Letter.objects.filter(kind="substantive")[0].complaint
        Complaint.objects.filter(pk=moved.pk).update(department=beta.department, section=beta.section)
        again = seen(client, address)
        assert moved.reference in first
        assert moved.reference not in again

    def test_moments_have_the_comma_of_their_script(self, client: Client, alpha: World) -> None:
        moment = timezone.localtime(NOW)
        assert f"{moment:%Y, %H:%M}" in seen(client, f"{REVIEW}canned/?{QUARTER}", alpha.monitor)
        assert f"{moment:%Y، %H:%M}" in seen(client, f"{REVIEW}canned/?{QUARTER}&lang=ur")

    def test_without_redis_it_is_found_each_time(
        self, client: Client, alpha: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*_args: Any, **_options: Any) -> None:
            raise RedisConnectionError("Connection refused")

        monkeypatch.setattr(figures, "QUICK", 0)
        monkeypatch.setattr("engagement.dashboard.guard.cache.get", fails)
        monkeypatch.setattr("engagement.dashboard.guard.cache.set", fails)
        page = seen(client, f"{REVIEW}canned/?{QUARTER}", alpha.monitor)
        assert len(re.findall(r'href="/desk/[\d-]+/"', page)) == 11

    def test_what_moved_away_is_passed_over_until_a_page_is_full(
        self, client: Client, alpha: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("engagement.dashboard.reviewed.PAGE", 4)
        monkeypatch.setattr("engagement.dashboard.reviewed.LOOKED_UP", 1)
        beta = make_world("beta")
        keys = list(Complaint.objects.filter(letters__kind="substantive").order_by("-pk").values_list("pk", flat=True))
        Complaint.objects.filter(pk__in=keys[:5]).update(department=beta.department, section=beta.section)
        page = seen(client, f"{REVIEW}canned/?{QUARTER}", alpha.monitor)
        left = Complaint.objects.filter(pk__in=keys[5:9]).order_by("-pk").values_list("reference", flat=True)
        assert re.findall(r'href="/desk/([\d-]+)/"', page) == list(left)
        assert f"after={keys[8]}" in page

    @pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "²", "1"])
    def test_a_mark_that_is_none_begins_at_the_top_or_finds_nothing(
        self, client: Client, alpha: World, after: str
    ) -> None:
        seen(client, f"{REVIEW}canned/?{QUARTER}&after={after}", alpha.monitor)

    def test_bad_input_gets_a_sentence_or_404(self, client: Client, alpha: World) -> None:
        client.force_login(alpha.monitor)
        assert "Choose a quarter from the list." in seen(client, f"{REVIEW}canned/?quarter=2026Q9")
        assert "This moment has not come yet." in seen(client, f"{REVIEW}?{QUARTER}&at=2030-01-01T09:00")
        for sign in ("softer", "one-official", "nothing", "canned2"):
            seen(client, f"{REVIEW}{sign}/", status=404)
        for hostile in HOSTILE.values():
            seen(client, f"{REVIEW}canned/?quarter={hostile.encode('ascii', 'ignore').decode()[:20]}")

    def test_before_it_is_counted_there_is_nothing_and_then_the_kept_counts(
        self, client: Client, alpha: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(figures, "QUICK", 0)
        assert "Nothing for this page had been recorded" in plain(seen(client, f"{REVIEW}?{QUARTER}", alpha.monitor))
        assert "Nothing for this page had been recorded" in plain(seen(client, f"{PROCEDURE[0]}?{QUARTER}"))
        count_the_quarter(alpha)
        assert "Records under review: 11 of 11" in plain(seen(client, f"{REVIEW}?{QUARTER}"))
        assert "Did everything open have an owner?" in plain(seen(client, f"{PROCEDURE[0]}?{QUARTER}"))

    def test_no_official_is_named(self, client: Client, alpha: World) -> None:
        page = seen(client, f"{REVIEW}?{QUARTER}", alpha.monitor)
        main = page[page.index("<main") : page.index("</main>")]
        assert not [name for name in User.objects.values_list("username", flat=True) if name in main]


class TestLabel:
    def test_stands_beside_the_figures_and_changes_no_other_byte(self, client: Client, alpha: World) -> None:
        """Every page of figures is byte for byte the same with signs raised as with none, but for the label's line."""
        pages = ("/dashboard/alpha/", "/performance/alpha/", "/performance/alpha/figures.csv", "/performance/",
                 *PROCEDURE)  # fmt: skip
        client.force_login(alpha.monitor)
        before = {page: client.get(f"{page}?{QUARTER}").content.decode() for page in pages[:4]}
        count_the_quarter(alpha)
        raised = {page: client.get(f"{page}?{QUARTER}").content.decode() for page in pages}
        Tally.objects.update(figures={})
        without = {page: client.get(f"{page}?{QUARTER}").content.decode() for page in pages}
        for page in pages:
            strip = [_without_label(text) for text in (raised[page], without[page], before.get(page, without[page]))]
            assert strip[0] == strip[1] == strip[2], page
        assert "Records under review" in raised["/performance/alpha/"]
        assert "Records under review" not in without["/performance/alpha/"]

    def test_the_other_counts_are_kept_the_same(self, alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
        count_the_quarter(alpha)
        raised = Tally.objects.get()
        assert under_review([alpha.department], FIRST)[alpha.department.pk]
        quiet: dict[str, Any] = {name: family for name, family in tallies.FAMILIES.items() if name != "review"}
        monkeypatch.setattr(tallies, "FAMILIES", quiet)
        Tally.objects.all().delete()
        count_the_quarter(alpha)
        kept = Tally.objects.get()
        assert kept.rows == raised.rows
        assert kept.rows
        assert kept.figures == {name: found for name, found in raised.figures.items() if name != "review"}
        assert under_review([alpha.department], FIRST) == {alpha.department.pk: []}

    def test_names_what_the_raised_signs_touch(self, alpha: World) -> None:
        assert under_review([alpha.department], FIRST) == {}
        count_the_quarter(alpha)
        assert under_review([alpha.department], FIRST)[alpha.department.pk] == ["H1", "M1", "R3"]

    def test_kept_counts_are_proven_by_a_recount(self, alpha: World) -> None:
        count_the_quarter(alpha)
        assert list(tallies.differing([alpha.department])) == []


def _without_label(page: str) -> str:
    page = re.sub(r'<p class="govuk-body-s jawab-review">.*?</p>', "", page)
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]*"', "", page)


class TestProcedure:
    def test_says_what_was_kept(self, client: Client, alpha: World) -> None:
        page = plain(seen(client, f"{PROCEDURE[0]}?{QUARTER}", alpha.officer))
        assert "Of the closures of Alpha, 100 % have not been undone." in page
        assert "Half of the citizens of Alpha had a resolution within 0 working days" in page
        assert "Of the queries that Alpha received, 100 % came with a code" in page
        assert "In 3 of 3 stages section, lead and deputy were named on every day." in page
        assert "The weakest mandatory step is" in page

    def test_shows_the_public_no_small_cell(self, client: Client, alpha: World) -> None:
        page = plain(seen(client, f"{PROCEDURE[1]}?{QUARTER}"))
        assert "Of the closures of Alpha, 100 % have not been undone." in page
        Closure.objects.filter(pk__in=Closure.objects.order_by("pk").values("pk")[:2]).update(
            voided_at=day(1), void_reason="Dry."
        )
        page = plain(seen(client, f"{PROCEDURE[1]}?{QUARTER}"))
        assert "Of the closures of Alpha, at least 63 % have not been undone." in page
        assert "Too few resolutions for a median." in page
        Closure.objects.all().delete()
        assert "Too few cases for a rate." in plain(seen(client, f"{PROCEDURE[1]}?{QUARTER}"))

    def test_of_several_departments_has_a_row_for_each(self, client: Client, alpha: World) -> None:
        make_world("beta")
        for address in PROCEDURE[2:]:
            page = plain(seen(client, f"{address}?{QUARTER}", alpha.centre))
            assert "A stage is as good as its weakest mandatory step, never a mean." in page
            assert "Beta" in page

    def test_of_nothing_says_so(self, client: Client, alpha: World) -> None:
        make_world("beta")
        page = plain(seen(client, f"/performance/beta/procedure/?{QUARTER}"))
        assert "Nothing for this page had been recorded" in page

    def test_as_of_an_earlier_moment(self, client: Client, alpha: World) -> None:
        page = plain(seen(client, f"{PROCEDURE[1]}?{QUARTER}&at=2026-03-02T10:45"))
        assert "Too few cases for a rate." in page


@pytest.mark.parametrize("place", [REVIEW, f"{REVIEW}canned/", *PROCEDURE])
def test_as_many_queries_however_much_there_is(client: Client, alpha: World, place: str) -> None:
    client.force_login(alpha.monitor)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"{place}?{QUARTER}").status_code == 200
        return len(caught)

    queries()  # the first one reads what stays in memory
    before = queries()
    for _ in range(3):
        ended(alpha)
        concluded(alpha)
    assert queries() == before
    assert before < 60


def test_a_family_is_counted_for_departments_in_their_order(alpha: World) -> None:
    beta = make_world("beta")
    found = counted("conduct", [beta.department, alpha.department], FIRST, NOW)
    assert [each.department for each in found] == [beta.department, alpha.department]
