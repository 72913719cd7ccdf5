"""Open rows: nobody is recognised, and the published answer gate can be counted again."""

import csv
import json
from collections import Counter
from io import StringIO

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as some

from complaints.models import Letter
from departments.models import Department, District
from engagement import anonymity, figures
from engagement.anonymity import ALIKE, ALIKE_WITH_DISTRICT, coarsened, kept_back
from engagement.cells import told
from engagement.cohorts import answered
from engagement.dashboard import guard
from engagement.openrows import CHUNK, open_rows
from engagement.periods import Quarter
from tests.histories import ALL, Lives, played
from tests.lives import MONDAY, concluded, day, filed
from tests.world import World, make_world

FIELD = some.sampled_from(["", "a", "b", "c"])
ROWS = some.lists(some.tuples(FIELD, FIELD, FIELD), max_size=60)


class TestCoarser:
    @settings(deadline=None)
    @given(ROWS)
    def test_no_combination_is_of_few(self, rows: list[tuple[str, ...]]) -> None:
        found = coarsened(rows)
        alike = Counter(found)
        if len(rows) < ALIKE:
            assert set(found) <= {("", "", "")}
            return
        assert all(n >= ALIKE for n in alike.values())
        assert all(n >= ALIKE_WITH_DISTRICT for row, n in alike.items() if row[-1])

    @settings(deadline=None)
    @given(ROWS)
    def test_what_is_told_is_true(self, rows: list[tuple[str, ...]]) -> None:
        for before, after in zip(rows, coarsened(rows), strict=True):
            assert all(field in ("", there) for there, field in zip(before, after, strict=True))

    def test_what_is_common_is_told_whole(self) -> None:
        rows = [("complaint", "web", "ur", "multan")] * 10 + [("question", "web", "ur", "multan")] * 9
        assert coarsened(rows) == rows[:10] + [("question", "web", "ur", "")] * 9

    def test_a_lonely_blank_row_gets_company(self) -> None:
        rows = [("a", "b", "")] * 6 + [("c", "d", "")]
        assert coarsened(rows) == [("", "", "")] * 7

    def test_none(self) -> None:
        assert coarsened([]) == []

    @settings(deadline=None)
    @given(some.lists(some.sampled_from(["x", "y", "z", None]), max_size=40))
    def test_what_is_kept_back_has_company(self, values: list[str | None]) -> None:
        hidden = kept_back(values)
        there = Counter(value for value in values if value is not None)
        told_of = Counter(value for value, is_hidden in zip(values, hidden, strict=True) if not is_hidden and value)
        assert all(there[value] >= ALIKE for value in told_of)
        if any(hidden) and max(there.values()) >= ALIKE:
            assert sum(hidden) >= ALIKE
        assert any(hidden) == any(n < ALIKE for n in there.values())

    @pytest.mark.parametrize(
        ("counts", "may"),
        [
            ([20, 10], [True, True]),
            ([20, 10, 3], [True, False, False]),
            ([20, 0, 3], [False, False, False]),
            ([20, 10, 3, 2], [True, True, False, False]),
            ([20, 10, 1, 1], [True, False, False, False]),
            ([20, 10, 4, 4], [True, False, False, False]),
            ([3, 0], [False, False]),
            ([], []),
        ],
    )
    def test_no_count_can_be_reckoned(self, counts: list[int], may: list[bool]) -> None:
        assert told(counts) == may


@pytest.mark.django_db
class TestRows:
    @pytest.mark.no_cover
    @pytest.mark.parametrize("seed", played(5, 6))
    def test_the_answer_gate_is_counted_again(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        few = 2  # in so few lives hardly any side has five
        monkeypatch.setattr(anonymity, "ALIKE", few)
        lives = Lives(seed)
        for _ in range(240):
            lives.live(ALL)
        compared = 0
        for department in lives.departments:
            for quarter in (Quarter(2026, number) for number in range(1, 5)):
                gate = answered([department], quarter.start, quarter.end, lives.at)[department.pk]
                rows = list(open_rows(department, quarter, lives.at))
                counted = [row for row in rows if row.counted == "yes"]
                yes = sum(row.answered_in_time == "yes" for row in counted)
                no = sum(row.answered_in_time == "no" for row in counted)
                assert len(counted) == gate.trials
                assert len(rows) == gate.trials + gate.waiting + gate.beyond
                sides = (gate.successes, gate.trials - gate.successes)
                if not any(0 < side < few for side in sides):
                    assert (yes, no) == sides
                    compared += bool(rows)
                else:
                    assert len(counted) - yes - no >= min(few, gate.trials), "no more than the page's bound"
        assert compared

    def test_says_no_name_text_or_address(self) -> None:
        world = make_world("alpha")
        for _ in range(6):
            concluded(world, name="Zainab", text="Secret well", place="Secret street")
        rows = list(open_rows(world.department, Quarter(2026, 1), day(40)))
        assert len(rows) == 6
        assert not any(word in str(rows) for word in ("Zainab", "Secret", "alpha"))
        assert {row.reason for row in rows} == {"complaint"}

    def test_a_district_needs_ten(self) -> None:
        world = make_world("alpha")
        multan = District.objects.create(code="multan", province="punjab", name={"en": "Multan"})
        for number in range(12):
            complaint = filed(world, at=day(number / 24))
            if number < 9:
                complaint.district = multan
                complaint.save(update_fields=["district"])
        assert {row.district for row in open_rows(world.department, Quarter(2026, 1), day(40))} == {""}
        type(complaint).objects.update(district=multan)
        assert {row.district for row in open_rows(world.department, Quarter(2026, 1), day(40))} == {"multan"}

    def test_another_year_another_key(self) -> None:
        world = make_world("alpha")
        for number in range(8):
            filed(world, at=day(number / 24))
        keys = [
            [row.key for row in open_rows(world.department, Quarter(2026, 1), at)]
            for at in (day(20), day(40), day(400))
        ]
        assert keys[0] == keys[1]
        assert not set(keys[0]) & set(keys[2])
        assert keys[0] == sorted(keys[0])

    def test_is_read_in_pieces(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert CHUNK > 100
        world = make_world("alpha")
        for number in range(7):
            filed(world, at=day(number / 24))
        whole = list(open_rows(world.department, Quarter(2026, 1), day(40)))
        monkeypatch.setattr("engagement.openrows.CHUNK", 3)
        assert list(open_rows(world.department, Quarter(2026, 1), day(40))) == whole


@pytest.mark.django_db
class TestFiles:
    @pytest.fixture
    def alpha(self, monkeypatch: pytest.MonkeyPatch) -> World:
        monkeypatch.setattr(timezone, "now", lambda: day(30))
        world = make_world("alpha")
        for number in range(11):
            concluded(world, at=MONDAY) if number < 6 else filed(world, at=day(number / 24))
        return world

    def test_csv_and_json_hold_the_same(self, client: Client, alpha: World) -> None:
        table = client.get("/performance/alpha/rows.csv?quarter=2026Q1")
        assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert 'filename="alpha_2026Q1_open-rows_as-of-2026-04-01.csv"' in table.headers["Content-Disposition"]
        rows = list(csv.DictReader(StringIO(b"".join(table.streaming_content).decode())))
        whole = json.loads(b"".join(client.get("/performance/alpha/rows.json?quarter=2026Q1").streaming_content))
        assert len(rows) == len(whole["rows"]) == 11
        assert list(rows[0]) == whole["columns"]
        for flat, row in zip(rows, whole["rows"], strict=True):
            assert flat == {name: "" if value is None else str(value) for name, value in row.items()}

    def test_are_as_of_the_days_beginning(self, client: Client, alpha: World) -> None:
        filed(alpha, at=day(29.9))
        for at in ("", "&at=2026-03-02T10:00"):
            table = client.get(f"/performance/alpha/rows.csv?quarter=2026Q1{at}")
            rows = list(csv.DictReader(StringIO(b"".join(table.streaming_content).decode())))
            assert {row["as_of"] for row in rows} == {"2026-04-01T00:00+05:00"}

    def test_the_published_share_is_counted_again_from_the_file(self, client: Client, alpha: World) -> None:
        """From the page as of the same moment."""
        for _ in range(6):
            concluded(alpha)
        for _ in range(6):
            filed(alpha)
        Letter.objects.update(delivered_at=F("sent_at"))
        page = client.get("/performance/alpha/level/?quarter=2026Q1&at=2026-04-01T00:00").content.decode()
        table = client.get("/performance/alpha/rows.csv?quarter=2026Q1")
        counted = [
            row["answered_in_time"]
            for row in csv.DictReader(StringIO(b"".join(table.streaming_content).decode()))
            if row["counted"] == "yes"
        ]
        assert min(counted.count("yes"), counted.count("no")) >= ALIKE
        plain = page.replace("\u2068", "").replace("\u2069", "")
        assert f"Of {len(counted)} queries received, {counted.count('yes')} got a real answer" in plain

    @pytest.mark.parametrize("wrong", ["rows.txt", "rows.csv?quarter=1999Q1", "rows.json?quarter=x"])
    def test_what_is_not_there(self, client: Client, alpha: World, wrong: str) -> None:
        assert client.get(f"/performance/alpha/{wrong}").status_code == 404
        assert client.get("/performance/nowhere/rows.csv").status_code == 404
        Department.objects.update(live_since=None)
        assert client.get("/performance/alpha/rows.csv").status_code == 404

    def test_where_it_takes_long_one_waits_for_the_other(
        self, client: Client, alpha: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(figures, "QUICK", 0)
        with guard.alone():
            answer = client.get("/performance/alpha/rows.csv?quarter=2026Q1")
            assert answer.status_code == 503
            assert "Ask again in a minute." in answer.content.decode()
        assert client.get("/performance/alpha/rows.csv?quarter=2026Q1").status_code == 200

    def test_an_empty_quarter_has_only_its_head(self, client: Client, alpha: World) -> None:
        table = b"".join(client.get("/performance/alpha/rows.csv?quarter=2025Q1").streaming_content).decode()
        assert table.splitlines()[1:] == []
        assert table.startswith("key,quarter,as_of,method,reason")
