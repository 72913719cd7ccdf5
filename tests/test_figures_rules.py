"""The rules of figures: quarters, gates, small cells, pictures."""

from datetime import date
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest

from engagement import charts
from engagement.charts import CountBar, ShareBar, Words
from engagement.gates import Answered, Asked, Verdict, flow
from engagement.periods import Quarter, quarters
from engagement.rollup import StageFigure, StepFigure
from engagement.showing import exactly, percent, public_number, public_part, public_stage, publicly

SVG = "{http://www.w3.org/2000/svg}"


class TestQuarters:
    @pytest.mark.parametrize(
        ("text", "start", "end"),
        [
            ("2026Q1", date(2026, 1, 1), date(2026, 3, 31)),
            ("2024Q1", date(2024, 1, 1), date(2024, 3, 31)),
            ("2026Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ],
    )
    def test_runs_over_whole_months(self, text: str, start: date, end: date) -> None:
        quarter = Quarter.read(text)
        assert (quarter.start, quarter.end, str(quarter)) == (start, end, text)

    @pytest.mark.parametrize(
        "text", ["", "2026", "2026Q5", "2026Q0", "26Q1", "2026q1", "٢٠٢٦Q1", "2026Q1\n", "2026Q11"]
    )
    def test_nothing_else_is_a_quarter(self, text: str) -> None:
        with pytest.raises(ValueError):
            Quarter.read(text)

    def test_every_day_lies_in_its_quarter_and_quarters_follow_each_other(self) -> None:
        found = list(quarters(date(2025, 11, 30), date(2026, 7, 1)))
        assert [str(each) for each in found] == ["2025Q4", "2026Q1", "2026Q2", "2026Q3"]
        assert all(Quarter.of(each.start) == each == Quarter.of(each.end) for each in found)


class TestGates:
    @pytest.mark.parametrize(
        ("k", "n", "threshold", "verdict"),
        [
            (9, 9, "1/2", Verdict.NO_DATA),
            (9, 10, "1/2", Verdict.PASS),  # measurement 2.3, numbers needed
            (8, 10, "1/2", Verdict.UNPROVEN),
            (15, 20, "1/2", Verdict.PASS),
            (14, 20, "1/2", Verdict.UNPROVEN),
            (61, 96, "1/2", Verdict.PASS),  # example A
            (61, 96, "3/4", Verdict.FAIL),  # and its H1
            (60, 100, "1/2", Verdict.PASS),
            (12, 60, "1/2", Verdict.FAIL),  # example E
            (1, 12, "1/2", Verdict.FAIL),
            (15, 15, "3/4", Verdict.PASS),
            (84, 100, "3/4", Verdict.PASS),
            (83, 100, "3/4", Verdict.UNPROVEN),
        ],
    )
    def test_a_flow_gate(self, k: int, n: int, threshold: str, verdict: Verdict) -> None:
        assert flow(k, n, Fraction(threshold)) == verdict

    def test_what_officials_wrote_down_cannot_pass_the_gate_alone(self) -> None:
        assert Answered(95, 100, captured_successes=1, captured_trials=12).verdict == Verdict.FAIL
        assert Answered(95, 100, captured_successes=4, captured_trials=9).verdict == Verdict.PASS
        assert Answered(95, 100, captured_successes=6, captured_trials=12).verdict == Verdict.PASS
        assert Asked(55, 60).verdict == Verdict.PASS


class TestSmallCells:
    @pytest.mark.parametrize(
        ("n", "written"), [(0, "0"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5"), (1234, "1,234")]
    )
    def test_a_count(self, n: int, written: str) -> None:
        assert public_number(n) == written

    def test_no_two_numbers_tell_a_small_one(self) -> None:
        """What is shown of k of n fits more than one small count, whenever one side is small."""
        for n in range(150):
            told: dict[tuple[object, ...], set[int]] = {}
            for k in range(n + 1):
                shown = publicly(k, n)
                told.setdefault((shown.on_time, shown.late, shown.n, shown.share), set()).add(k)
            for written, fitting in told.items():
                if any(0 < k < 5 or 0 < n - k < 5 for k in fitting):
                    assert len(fitting) > 1, (n, written)

    @pytest.mark.parametrize(
        ("part", "whole", "written"),
        [(0, 9, "0"), (3, 9, "fewer than 5"), (6, 9, "at least 5"), (9, 9, "9"), (6, 40, "6"), (3, 4, "fewer than 5")],
    )
    def test_a_part_of_what_is_told(self, part: int, whole: int, written: str) -> None:
        assert public_part(part, whole) == written

    def test_a_rate_needs_ten(self) -> None:
        assert not publicly(9, 9).has_rate
        assert bare(publicly(10, 10).share) == "100\u00a0%"
        assert bare(publicly(8, 10).share) == "at least 60\u00a0%"
        assert bare(publicly(2, 10).share) == "at most 40\u00a0%"

    def test_bounds_hold(self) -> None:
        for n in range(10, 300):
            for few in range(1, 5):
                low = int(bare(publicly(n - few, n).share).split()[2])
                assert (n - few) / n * 100 >= low
                if n >= 10 and few < n - 4:
                    assert few / n * 100 <= int(bare(publicly(few, n).share).split()[2])

    def test_only_a_step_with_a_rate_speaks_for_its_stage(self) -> None:
        few = StepFigure("R2", {"en": "Owned"}, "response", True, on_time=0, late=9)  # type: ignore[arg-type]
        many = StepFigure("R3", {"en": "Answered"}, "response", True, on_time=9, late=9)  # type: ignore[arg-type]
        stage = public_stage(StageFigure("response", (few, many)))
        assert stage.weakest is not None
        assert stage.weakest.figure.code == "R3"
        assert public_stage(StageFigure("response", (few,))).weakest is None

    @pytest.mark.parametrize(("part", "whole"), [(0, 0), (0.001, 1), (0.5, 50), (0.999, 99), (1, 100)])
    def test_only_all_is_a_hundred_percent(self, part: float, whole: int) -> None:
        assert percent(part) == whole
        assert bare(exactly(999, 1000).share) == "99\u00a0%"


ISOLATES = dict.fromkeys((0x2066, 0x2068, 0x2069))


def bare(text: str) -> str:
    """A text without the marks that keep its order."""
    return text.translate(ISOLATES)


HOSTILE = '<script>alert("1")</script> & کنواں'
BARS = [ShareBar(HOSTILE, "64 %: 61 of 96", 61 / 96, (0.536, 0.725)), ShareBar("R7", "no data")]


class TestPictures:
    @pytest.fixture(params=[False, True], ids=["ltr", "rtl"])
    def words(self, request: pytest.FixtureRequest) -> Words:
        return Words("a", "How it was kept", "The share of each", request.param)

    def drawn(self, kind: str, words: Words) -> ET.Element:
        text = {
            "shares": lambda: charts.shares(words, BARS, 0.8, "standard 80 %"),
            "counts": lambda: charts.counts(words, [CountBar(HOSTILE, "12 open, 3 overdue", 12, 3)]),
            "gate": lambda: charts.gate(words, BARS[0], 0.5, "threshold"),
        }[kind]()
        return ET.fromstring(text)

    @pytest.mark.parametrize("kind", ["shares", "counts", "gate"])
    def test_is_xml_that_says_what_it_shows(self, kind: str, words: Words) -> None:
        svg = self.drawn(kind, words)
        named = {each.get("id"): each.text for each in svg.iter() if each.get("id")}
        assert svg.get("role") == "img"
        assert [named[part] for part in str(svg.get("aria-labelledby")).split()] == [words.title, words.description]
        assert svg.get("direction") == ("rtl" if words.right_to_left else "ltr")
        written = " ".join(each.text or "" for each in svg.iter(f"{SVG}text"))
        assert HOSTILE in written, "as text, never as markup"
        assert not list(svg.iter(f"{SVG}script"))
        assert not any(
            "style" in each.attrib or any(name.startswith("on") for name in each.attrib) for each in svg.iter()
        )

    @pytest.mark.parametrize("kind", ["shares", "counts", "gate"])
    def test_everything_lies_on_the_paper(self, kind: str, words: Words) -> None:
        svg = self.drawn(kind, words)
        _, _, width, height = map(float, str(svg.get("viewBox")).split())
        for rect in list(svg.iter(f"{SVG}rect")):
            if rect.get("x") is not None:
                assert 0 <= float(str(rect.get("x"))) <= width - float(str(rect.get("width")))
        assert all(0 <= float(str(text.get("y"))) <= height for text in svg.iter(f"{SVG}text"))

    def test_bars_are_as_long_as_their_numbers(self, words: Words) -> None:
        svg = self.drawn("shares", words)
        good, late = [float(str(r.get("width"))) for r in svg.iter(f"{SVG}rect") if r.get("x") is not None]
        assert good / (good + late) == pytest.approx(61 / 96, abs=0.001)
        svg = self.drawn("counts", words)
        overdue, rest = [float(str(r.get("width"))) for r in svg.iter(f"{SVG}rect") if r.get("x") is not None]
        assert overdue / (overdue + rest) == pytest.approx(3 / 12, abs=0.001)

    def test_what_is_late_is_hatched_and_begins_where_reading_does(self, words: Words) -> None:
        svg = self.drawn("counts", words)
        overdue, rest = [r for r in svg.iter(f"{SVG}rect") if r.get("x") is not None]
        assert str(overdue.get("fill")).startswith("url(#")
        begins_left = float(str(overdue.get("x"))) < float(str(rest.get("x")))
        assert begins_left is not words.right_to_left

    def test_without_anything_there_is_still_a_picture(self, words: Words) -> None:
        ET.fromstring(charts.counts(words, []))
        ET.fromstring(charts.counts(words, [CountBar("x", "0", 0, 0)]))
        ET.fromstring(charts.shares(words, [ShareBar("x", "none")], 0.8, "s"))
        assert "circle" not in charts.gate(words, ShareBar("x", "none"), 0.5, "s")
