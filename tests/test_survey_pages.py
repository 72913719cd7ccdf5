"""The survey's pages and the comparison: what is told of all departments together, as people see it."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from departments.models import Channel, Department, Responsibility
from departments.sops import Stage
from engagement import tallies
from engagement.charts.funnel import ALARM, WARNING, limits
from engagement.dashboard.contents import REPORTS
from engagement.dashboard.distributions import Kind
from engagement.dashboard.exhibits import Span
from engagement.dashboard.reports.survey import Ways
from engagement.showing import sentences
from tests.lives import concluded, filed
from tests.test_figures_pages import plain, seen
from tests.test_reports_pages import NOW, Q1, address, read_by_citizens, seven_of_twelve, table_of
from tests.world import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def alpha() -> World:
    return seven_of_twelve()


class TestSurvey:
    def test_the_owners_are_those_of_the_moment(self, client: Client, alpha: World) -> None:
        beta = make_world("beta")
        page = plain(seen(client, f"/performance/all/question-4/?{Q1}"))
        assert "2 departments name the same section for this stage. Every department names one." in page
        assert "In 0 of 2 departments one section answers for content creation, response and monitoring alike." in page
        assert "2 of 2 departments keep the uniform procedure for every reason." in page
        Responsibility.objects.filter(department=beta.department).update(section=beta.other)
        Responsibility.objects.filter(department=alpha.department, stage=Stage.MONITORING).delete()
        page = plain(seen(client, f"/performance/all/question-4/?{Q1}"))
        assert "In 1 of 2 departments one section answers for" in page
        assert "In 1 of 2 departments nobody is named." in page
        assert "No two departments name the same section for this stage." in page
        assert "Nobody at present" in page

    def test_channels_are_counted_by_departments(self, client: Client, alpha: World) -> None:
        make_world("beta")
        Channel.objects.filter(department__code="beta", kind__in=["web", "sms"]).update(is_open=False)
        rows = {row[0]: row[1:] for row in table_of(client, f"/performance/all/survey-figures/figure-1.csv?{Q1}")}
        assert [rows[name][0] for name in ("Fully", "Partly", "Not yet")] == ["1", "1", "0"]
        rows = {row[0]: row[1:] for row in table_of(client, f"/performance/all/survey-figures/figure-2.csv?{Q1}")}
        assert rows["Text message"] == ["1", "0", "2"]
        assert rows["Web form"] == ["1", "1", "2"]

    def test_the_whole_of_some_channels_is_all_of_them_unless_that_would_tell_a_few(self) -> None:
        def ways(**counts: int | None) -> Ways:
            channels = {name: Kind(name, n) for name, n in counts.items()}
            return Ways(1, {}, {}, channels, {}, 100, 0, None)

        assert ways(web=60, phone=40).spread(["web"]).whole == 60
        assert ways(web=60, phone=None, sms=None).spread(["web"]).whole == 60
        assert ways(web=60, phone=None, sms=None).spread(["phone", "sms"]).whole == 40
        assert ways(web=60, phone=None, sms=None).spread(["web", "sms"]).whole == 60
        assert ways(web=60, phone=None, sms=None).leaves_out(["web", "sms"])
        assert not ways(web=60, phone=None, sms=None).leaves_out(["phone", "sms"])
        assert not ways(web=60, phone=None, sms=None).leaves_out(["web"])

    def test_claims_stand_beside_records(self, client: Client, alpha: World) -> None:
        page = plain(seen(client, f"/dashboard/all/claims/?{Q1}", alpha.centre))
        assert "58 % of queries got a real answer within 10 working days" in page
        assert "1 of 1 departments are fully online" in page
        assert "What departments publish is not recorded yet." in page

    def test_a_department_with_its_own_share_kept_back_still_counts_for_the_public(
        self, client: Client, alpha: World
    ) -> None:
        """Beta answers 9 of 12: its own 9 may not be told, and without it all would look as good as alpha."""
        beta = make_world("beta")
        for number in range(12):
            concluded(beta) if number < 9 else filed(beta)
        read_by_citizens()
        page = plain(seen(client, f"/performance/all/claims/?{Q1}"))
        assert "62–75 % of queries got a real answer within 10 working days" in page
        page = plain(seen(client, f"/dashboard/all/claims/?{Q1}", alpha.centre))
        assert "67 % of queries got a real answer within 10 working days" in page

    def test_sections_are_called_by_their_name(self, client: Client, alpha: World) -> None:
        page = plain(seen(client, f"/performance/all/claims/?{Q1}"))
        assert "1 of 1 departments name the same section: Answers" in page
        assert "شعبہ answers" in seen(client, f"/performance/all/claims/?{Q1}&lang=ur")

    def test_sentences_end_in_the_full_stop_of_their_script(self) -> None:
        said = ["A rose", "No more.", "ابھی نہیں۔"]
        assert sentences(said) == "A rose. No more. ابھی نہیں."
        with translation.override("ur"):
            assert sentences(said) == "A rose۔ No more۔ ابھی نہیں۔"

    def test_of_few_contacts_the_public_is_told_nothing(self, client: Client) -> None:
        world = make_world("alpha")
        for _ in range(9):
            filed(world)
        for report in (each for each in REPORTS if each.span is Span.ALL):
            page = plain(seen(client, f"{address(report)}?{Q1}"))
            assert not re.search(r"\b9 (contacts|queries)|of 9\b(?! departments)", page.replace("1 of 9", "")), (
                report.slug
            )

    def test_the_depth_of_interactions_is_shown_once_it_is_counted(
        self, client: Client, alpha: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as without:
            without.delitem(tallies.FAMILIES, "interactions")
            assert "Figure 8" not in seen(client, f"/performance/all/survey-figures/?{Q1}")
        assert "Figure 8" in seen(client, f"/performance/all/survey-figures/?{Q1}")
        counts: list[int] = [0] * 6

        def family(departments: Sequence[Department], *_of: Any) -> dict[int, Any]:
            return {each.pk: {"depth": counts} for each in departments}

        monkeypatch.setitem(tallies.FAMILIES, "interactions", family)
        assert "Figure 8" not in seen(client, f"/performance/all/survey-figures/?{Q1}")
        counts[:] = [10, 0, 20, 10, 8, 12]
        page = plain(seen(client, f"/performance/all/survey-figures/?{Q1}"))
        assert "Of 60 interactions 20 were high (33 %; likely between 23 % and 46 %)." in page
        assert "Engagement is high in more than half of the interactions." in plain(
            seen(client, f"/performance/all/claims/?{Q1}")
        )
        counts[:] = [10, 0, 20, 10, 8, 2]
        assert "Too few interactions were high" in plain(seen(client, f"/performance/all/question-3/?{Q1}"))


class TestComparison:
    def test_names_no_rank_and_hides_the_few(self, client: Client, alpha: World) -> None:
        beta = make_world("beta")
        assert "Nothing can be compared" in seen(client, f"/performance/all/comparison/?{Q1}")
        for world, answered_ones in ((alpha, 33), (beta, 8)):
            for number in range(40):
                concluded(world) if number < answered_ones else filed(world)
        make_world("gamma")
        read_by_citizens()
        page = plain(seen(client, f"/performance/all/comparison/?{Q1}"))
        assert "Departments with 30 to 99 cases" in page
        assert "2 of these 2 departments differ from that by more than chance." in page
        assert "Too few cases, or too few of one kind to be told: Gamma." in page
        assert not re.search(r"rank(?!\.)|best|worst|league", page.replace("there is no rank", ""))
        assert re.search(r"Alpha 1 40 52 76\.9 above, beyond", page)
        assert re.search(r"Beta 2 8 40 20\.0 below, beyond", page)

    @pytest.mark.parametrize(
        ("overall", "n", "z", "expected"),
        [(0.5, 100, WARNING, (0.402, 0.598)), (0.5, 100, ALARM, (0.3455, 0.6545)), (0.9, 30, ALARM, (0.7307, 1.0)),
         (0.0, 30, WARNING, (0.0, 0.0))],
    )  # fmt: skip
    def test_limits(self, overall: float, n: int, z: float, expected: tuple[float, float]) -> None:
        assert limits(overall, n, z) == pytest.approx(expected, abs=1e-3)
