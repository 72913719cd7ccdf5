"""The reports on waiting, equity and interactions, as officials and the public read them."""

import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.models import Letter
from departments.models import District
from engagement.showing import exact_parts, public_parts
from engagement.tallies import FAMILIES
from tests.lives import concluded, day, ended, filed, lodged, owned
from tests.moulds import moulded
from tests.test_figures_pages import NOW, QUARTER, pictures, plain, seen
from tests.world import World, make_world

SLUGS = ("time-to-answer", "equity", "interactions")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def alpha(db: None) -> World:
    return lived()


@moulded
def lived() -> World:
    world = make_world("alpha")
    district = District.objects.first() or District.objects.create(
        code="lahore", province="punjab", name={"en": "Lahore"}
    )
    for number in range(7):
        complaint = concluded(world)
        if number % 2:
            complaint.__class__.objects.filter(pk=complaint.pk).update(district=district)
    for _ in range(3):
        ended(world)
    Letter.objects.update(delivered_at=F("sent_at"))
    filed(world, at=day(29))
    owned(world)
    return world


@pytest.fixture
def bare(db: None) -> World:
    """A department without a record, for pages of which the counts are made up."""
    return make_world("alpha")


def histogram(answered: dict[str, int], left: dict[str, int], **more: Any) -> dict[str, Any]:
    n = sum(answered.values()) + sum(left.values()) + more.get("never", 0)
    return {
        "answered": answered, "left": left, "withdrawn": {}, "never": 0, "followed": 30, "longest": 30,
        "trials": n, "successes": sum(k for days, k in answered.items() if int(days) <= 10), **more,
    }  # fmt: skip


def waiting_counts(whole: dict[str, Any], **more: Any) -> dict[str, Any]:
    by = {"channel": {"web": whole, "phone": histogram({"3": 2}, {})}, "reason": {"complaint": whole},
          "language": {"en": whole}, "district": {"": whole}}  # fmt: skip
    return {"all": whole, "own": whole, "passed_on": 0, "beyond": 0, "by": by, **more}


Fake = Callable[[str, Any], None]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Let a family of counts find what a test says, for every department."""

    def found(name: str, counts: Any) -> None:
        monkeypatch.setitem(FAMILIES, name, lambda departments, *_: {each.pk: counts for each in departments})

    return found


class TestAnyReport:
    def test_is_for_everybody_and_without_records_a_sentence(self, client: Client, alpha: World) -> None:
        make_world("beta")
        for slug, code in product(SLUGS, ("alpha", "all")):
            assert "jawab-exhibit" in seen(client, f"/performance/{code}/{slug}/?{QUARTER}")
            page = seen(client, f"/performance/{code}/{slug}/?quarter=2025Q2")
            assert "Nothing for this page had been recorded" in plain(page)
            assert not list(pictures(page))
            assert "jawab-exhibit" in seen(client, f"/dashboard/{code}/{slug}/?{QUARTER}", alpha.centre)

    def test_reads_from_the_right_where_the_language_does(self, client: Client, alpha: World) -> None:
        for slug in SLUGS:
            page = seen(client, f"/dashboard/alpha/{slug}/?{QUARTER}&lang=ur", alpha.head)
            assert '<html lang="ur" dir="rtl"' in page
            assert all(svg.get("direction") == "rtl" for svg in pictures(page))

    def test_an_uncounted_quarter_shows_nothing(
        self, client: Client, alpha: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("engagement.figures.QUICK", 0)
        for slug in SLUGS:
            assert "jawab-exhibit" not in seen(client, f"/dashboard/alpha/{slug}/?{QUARTER}", alpha.head)

    def test_takes_as_many_queries_however_much_there_is(self, client: Client, alpha: World) -> None:
        client.force_login(alpha.centre)

        def queries(slug: str) -> int:
            with CaptureQueriesContext(connection) as caught:
                assert client.get(f"/dashboard/all/{slug}/?{QUARTER}").status_code == 200
            return len(caught)

        make_world("beta")
        queries(SLUGS[0])  # reads the working calendars, once in a process
        before = [queries(slug) for slug in SLUGS]
        for code in ("gamma", "delta"):
            world = make_world(code)
            lodged(world)
            concluded(world)
        assert [queries(slug) for slug in SLUGS] == before

    def test_departments_stand_in_the_order_of_their_names(self, client: Client, alpha: World) -> None:
        for code in ("zeta", "beta"):
            concluded(make_world(code))
        for slug in SLUGS:
            page = seen(client, f"/dashboard/all/{slug}/?{QUARTER}", alpha.centre)
            rows = [plain(cell) for cell in re.findall(r'<th class="govuk-table__header" scope="row">.*?</th>', page)]
            first = rows[: rows.index("Zeta") + 1]
            assert [name for name in first if name in ("Alpha", "Beta", "Zeta")] == ["Alpha", "Beta", "Zeta"]
            assert "this is no ranking" in page


class TestTimeToAnswer:
    def test_says_who_was_answered_and_when_half_were(self, client: Client, alpha: World) -> None:
        page = plain(seen(client, f"/dashboard/alpha/time-to-answer/?{QUARTER}", alpha.head))
        assert "Of 11 people who wrote to Alpha in January to March 2026, 10 got a real answer within 10" in page
        assert "(91 %; likely between 62 % and 98 %). Half had one within 0 working days." in page
        assert "not to the end of the matter" in page
        assert "1 more wrote, whose 10 working days are not over." in page
        assert "People who wrote 12" in page
        assert "Waiting now 2" in page
        assert "Time to answer by district" in page

    def test_the_public_is_told_no_small_number(self, client: Client, alpha: World) -> None:
        page = plain(seen(client, f"/performance/alpha/time-to-answer/?{QUARTER}"))
        assert "Waiting now fewer than 5" in page
        assert "at least" in page
        assert "10 got a real answer" not in page

    def test_more_than_so_many_days_where_half_have_none(self, client: Client, bare: World, fake: Fake) -> None:
        whole = histogram({"3": 20}, {"9": 30, "4": 10}, withdrawn={"4": 10}, never=20, followed=62)
        fake("waiting", waiting_counts(whole, passed_on=3, beyond=2))
        for place in ("dashboard", "performance"):
            page = plain(seen(client, f"/{place}/alpha/time-to-answer/?{QUARTER}", bare.head))
            assert "the middle wait is more than 62 working days" in page
            assert "Counting a withdrawal as an end of its own, 25 % were answered" in page
            assert "on the department's own clock" in page.replace("&#x27;", "'")
            assert "more queries are not counted here" in page

    def test_a_few_are_too_few_for_the_public(self, client: Client, bare: World, fake: Fake) -> None:
        fake("waiting", waiting_counts(histogram({"3": 4}, {"9": 3})))
        page = seen(client, f"/performance/alpha/time-to-answer/?{QUARTER}")
        assert "7 people wrote to Alpha in January to March 2026: too few for a rate." in plain(page)
        assert not list(pictures(page))
        assert "too few cases to set groups side by side" in page
        make_world("beta")
        page = plain(seen(client, f"/performance/all/time-to-answer/?{QUARTER}"))
        assert "7 cases, too few for a rate." in page

    def test_side_by_side_the_public_sees_bounds(self, client: Client, bare: World, fake: Fake) -> None:
        make_world("beta")
        fake("waiting", waiting_counts(histogram({"3": 38}, {"19": 2})))
        assert "at least 90 % of 40" in plain(seen(client, f"/performance/all/time-to-answer/?{QUARTER}"))
        fake("waiting", waiting_counts(histogram({"3": 20}, {"19": 20})))
        assert "50 %: 20 of 40" in plain(seen(client, f"/performance/all/time-to-answer/?{QUARTER}"))

    def test_groups_with_cases_enough_are_set_side_by_side(self, client: Client, bare: World, fake: Fake) -> None:
        counts = waiting_counts(histogram({"3": 20}, {"19": 20}))
        counts["by"]["channel"]["phone"] = histogram({"3": 30}, {"19": 10})
        fake("waiting", counts)
        page = plain(seen(client, f"/performance/alpha/time-to-answer/?{QUARTER}"))
        assert "Between 50 % and 75 % of a group were answered within 10 working days." in page

    def test_a_group_of_which_a_bound_is_told_is_neither_the_lowest_nor_the_highest(
        self, client: Client, bare: World, fake: Fake
    ) -> None:
        """Else "at least 90 %" and "the highest is 95 %" would tell how few waited longer."""
        counts = waiting_counts(histogram({"3": 20}, {"19": 20}))
        counts["by"]["channel"] |= {"phone": histogram({"3": 30}, {"19": 10}), "sms": histogram({"3": 38}, {"19": 2})}
        fake("waiting", counts)
        page = plain(seen(client, f"/performance/alpha/time-to-answer/?{QUARTER}"))
        assert "Between 50 % and 75 % of a group" in page
        page = plain(seen(client, f"/dashboard/alpha/time-to-answer/?{QUARTER}", bare.head))
        assert "Between 50 % and 95 % of a group" in page


FLAGGED_TONE = {"other": {"web": [270, 300]}, "critical": {"web": [45, 90]}}
ALIKE_TONE = {"other": {"web": [50, 100]}, "critical": {"web": [50, 100]}}


def equity_counts(**more: Any) -> dict[str, Any]:
    phone = {"complaint": [60, 120], "question": [36, 40]}
    facebook = {"complaint": [12, 20], "question": [130, 140]}
    some: dict[str, Any] = {
        "channel": {"phone": phone, "facebook": facebook, "sms": {"complaint": [3, 4]}},
        "language": {"en": {"complaint": [270, 300]}, "ur": {"complaint": [45, 90]}},
        "district": {"": {"complaint": [50, 100]}},
        "assisted": {"alone": {"complaint": [50, 100], "form": [10, 20]}, "assisted": {"complaint": [40, 60]}},
        "tone": {"other": {"web": [56, 70]}, "critical": {"web": [48, 80]}},
        "jumps": [30, 100],
    }
    return some | more


class TestEquity:
    def test_both_rates_and_what_they_say(self, client: Client, bare: World, fake: Fake) -> None:
        fake("equity", equity_counts())
        for place in ("dashboard", "performance"):
            page = plain(seen(client, f"/{place}/alpha/equity/?{QUARTER}", bare.head))
            assert "60 % 72 %" in page.replace("%  ", "% ")
            assert "With the same mix of cases the difference may be chance: “Facebook” less “Telephone”" in page
            assert "“اردو” is answered less often than “English”, by +40 points (+29 to +51)." in page
            assert "The lowest rate is 0.56 of the highest" in page
            assert "too few cases to compare: two groups of 30 or more are needed." in page
            assert "perhaps answered less often than other queries, by +20 points (+5 to +33); not flagged" in page
            assert "30 of 100 answers were given while an older query" in page
            assert "Comments in public are not recorded yet." in page

    @pytest.mark.parametrize(
        ("tone", "jumps", "said"),
        [
            (FLAGGED_TONE, [3, 100], "Records under review: complaints are answered less often"),
            (ALIKE_TONE, [50, 100], "There is no sign that complaints"),
            ({}, [1, 3], "Too few queries were recorded by systems"),
        ],
    )
    def test_each_verdict_in_words(
        self, client: Client, bare: World, fake: Fake, tone: Any, jumps: list[int], said: str
    ) -> None:
        fake("equity", equity_counts(tone=tone, jumps=jumps))
        assert said in plain(seen(client, f"/performance/alpha/equity/?{QUARTER}"))
        make_world("beta")
        page = plain(seen(client, f"/performance/all/equity/?{QUARTER}"))
        assert "2 of 2 departments are flagged." in page
        assert "In 2 of 2 departments complaints" in page or "In 0 of 2 departments complaints" in page

    def test_unequal_but_not_flagged(self, client: Client, bare: World, fake: Fake) -> None:
        near = {"en": {"complaint": [900, 1000]}, "ur": {"complaint": [800, 1000]}}
        fake("equity", equity_counts(language=near))
        counts = waiting_counts(histogram({"3": 20}, {}))
        counts["by"]["channel"]["phone"] = histogram({"3": 4}, {"9": 13})
        fake("waiting", counts)
        page = plain(seen(client, f"/performance/alpha/equity/?{QUARTER}"))
        assert "that is below what is flagged" in page
        assert "more than 30 days" in page

    def test_nobody_answered_has_no_ratio(self, client: Client, bare: World, fake: Fake) -> None:
        nobody = {"en": {"complaint": [0, 100]}, "ur": {"complaint": [0, 100]}}
        few = {"en": {"complaint": [98, 100]}, "ur": {"complaint": [97, 100]}}
        fake("equity", equity_counts(language=nobody, channel=few))
        make_world("beta")
        assert "Not flagged" in seen(client, f"/performance/all/equity/?{QUARTER}")
        page = plain(seen(client, f"/performance/alpha/equity/?{QUARTER}"))
        assert "at least 96 %" in page, "what is nearly all is a bound"
        assert "98 %" not in page

    def test_a_queue_that_nearly_nobody_jumps(self, client: Client, bare: World, fake: Fake) -> None:
        fake("equity", equity_counts(jumps=[2, 100]))
        assert "at most 4 % of 100 answers" in plain(seen(client, f"/performance/alpha/equity/?{QUARTER}"))


class TestInteractions:
    def test_depth_and_relations(self, client: Client, alpha: World) -> None:
        page = plain(seen(client, f"/dashboard/alpha/interactions/?{QUARTER}", alpha.head))
        assert "Of 12 contacts of citizens with Alpha in January to March 2026, 83 % were answered" in page
        assert "0 of 12 contacts were of the level high (0 %; likely between 0 % and 24 %)." in page
        assert "That is not more than half." in page
        assert "Anonymous contacts: cannot be linked" in page

    @pytest.mark.parametrize(
        ("depths", "said"),
        [
            ([1, 1, 1, 0, 30, 30], "That is more than half."),
            ([10, 10, 10, 0, 15, 15], "Whether that is more than half cannot be said."),
        ],
    )
    def test_the_claim_is_tested(self, client: Client, bare: World, fake: Fake, depths: list[int], said: str) -> None:
        exclusive = {"one_off": 20, "returning": 3, "feedback": 12}
        counts = {"depth": depths, "exclusive": exclusive, "multiple": exclusive, "anonymous": {"contacts": 3}}
        fake("interactions", counts)
        assert said in plain(seen(client, f"/dashboard/alpha/interactions/?{QUARTER}", bare.head))
        page = plain(seen(client, f"/performance/alpha/interactions/?{QUARTER}"))
        assert "Of 35 citizens known to Alpha in the year that ends with January to March 2026, 57 %" in page
        assert "fewer than 5" in page
        make_world("beta")
        assert "fewer than 5" in plain(seen(client, f"/performance/all/interactions/?{QUARTER}"))

    def test_nearly_none_of_many_is_a_bound_for_the_public(self, client: Client, bare: World, fake: Fake) -> None:
        fake("interactions", {"depth": [50, 20, 20, 8, 1, 1], "exclusive": {}, "multiple": {}, "anonymous": {}})
        assert "at most 4 % of 100 contacts were of the level high." in plain(
            seen(client, f"/performance/alpha/interactions/?{QUARTER}")
        )

    def test_few_are_too_few(self, client: Client, bare: World, fake: Fake) -> None:
        fake("interactions", {"depth": [1, 5, 0, 0, 0, 0], "exclusive": {}, "multiple": {}, "anonymous": {}})
        page = plain(seen(client, f"/performance/alpha/interactions/?{QUARTER}"))
        assert "6 contacts of citizens with Alpha in January to March 2026: too few for a rate." in page
        assert "Too few contacts to say how many were of the level high." in page
        make_world("beta")
        seen(client, f"/performance/all/interactions/?{QUARTER}")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=5))
def test_no_part_of_a_whole_is_told_by_the_others(counts: list[int]) -> None:
    """Whoever knows the whole, and how cells are left out, finds more than one set of counts that is written alike."""
    written = public_parts(counts)
    assert exact_parts(counts) == counts
    assert all(cell is None or isinstance(cell, str) or cell == 0 or cell >= 5 for cell in written)
    small = [place for place, n in enumerate(counts) if 0 < n < 5]
    if not small or not any(n >= 5 for n in counts):
        return
    unknown = [place for place, cell in enumerate(written) if not isinstance(cell, int)]
    whole = sum(counts[place] for place in unknown)
    could_be = [range(5, whole + 1) if written[place] is None else range(1, 5) for place in unknown]
    told = {
        tuple(n for n, place in zip(guess, unknown, strict=True) if place in small)
        for guess in product(*could_be)
        if sum(guess) == whole
    }
    cannot_be_hidden = max(counts) == 5 and all(counts[place] == 1 for place in small)
    assert len(told) > 1 or cannot_be_hidden, (counts, written)
