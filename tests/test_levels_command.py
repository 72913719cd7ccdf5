"""`manage.py levels`: what it prints, what it refuses."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from complaints.models import Closure, Letter
from engagement import figures
from engagement.snapshots import due_to_freeze, freeze, restate
from tests.lives import concluded, day, filed
from tests.moulds import moulded
from tests.test_snapshots import LIVE, MOMENT
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
AT = day(30).isoformat()


@pytest.fixture
@moulded
def alpha() -> World:
    alpha = make_world("alpha", at=LIVE)
    make_world("beta", at=LIVE)
    for _ in range(11):
        concluded(alpha)
    Letter.objects.filter(kind="substantive").update(delivered_at=F("sent_at"))
    Closure.objects.update(delivered_at=F("concluded_at"))
    filed(alpha)
    return alpha


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, quarter: str = "2026Q1") -> str:
    call_command("levels", "--quarter", quarter, *arguments)
    return capsys.readouterr().out


def test_the_table_has_every_gate(capsys: pytest.CaptureFixture[str], alpha: World) -> None:
    out = printed(capsys, "--at", AT)
    lines = out.splitlines()
    assert max(len(line) for line in lines) <= 100
    assert lines[0] == "Engagement level, 2026Q1 (2026-01-01 to 2026-03-31), asked at 2026-04-01 10:00:00+05:00"
    assert "Alpha (alpha)" in lines
    [m1] = [line for line in lines if line.startswith("  M1") and "of 12" in line]
    assert " ".join(m1.split()) == "M1 Answers PASS 92 % (65-99) of 12 0.50 3 months"
    assert sum(line.startswith("  H6  Decides") for line in lines) == 2
    assert any("Consultations are not recorded yet." in line for line in lines)
    assert "; provisional until 2026-05-15" in out
    assert "At least LOW, at most HIGH – too few records to say" in out
    assert "Not rated, method version 1" in out


def test_the_same_as_plain_values(capsys: pytest.CaptureFixture[str], alpha: World) -> None:
    report: dict[str, Any] = json.loads(printed(capsys, "--at", AT, "--department", "alpha", "--format", "json"))
    [found] = report["departments"]
    [reading] = found["readings"]
    assert (report["quarter"], found["code"], found["status"]) == ("2026Q1", "alpha", "provisional")
    assert (reading["proven"], reading["possible"], reading["rated"]) == ("LOW", "HIGH", True)
    assert [gate["code"] for gate in reading["gates"]] == ["M1", "M2", "M3", "H1", "H2", "H3", "H4", "H5", "H6"]
    m1, m2 = reading["gates"][:2]
    assert (m1["k"], m1["n"], m1["verdict"], m1["threshold"], m1["months"]) == (11, 12, "PASS", 0.5, 3)
    assert m1["interval"] == pytest.approx([0.6461, 0.9851], abs=1e-3)
    assert (m2["k"], m2["verdict"], m2["interval"]) == (None, "NO DATA", None)
    assert "not recorded yet" in m2["missing"]


def test_frozen_and_restated(capsys: pytest.CaptureFixture[str], alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    late = MOMENT + timedelta(days=2)
    monkeypatch.setattr(timezone, "now", lambda: late)
    for due in due_to_freeze([alpha.department], late):
        freeze(due, at=late)
    out = printed(capsys, "--department", "alpha")
    assert "; final, frozen as of 2026-05-15 23:59:59+05:00, records " in out
    filed(alpha)
    restate([alpha.department], at=late)
    out = printed(capsys, "--department", "alpha")
    assert "restated, frozen as of" in out
    assert "; otherwise on 2026-05-18 " in out.replace("2026-05-17", "2026-05-18")
    assert "of 12" in out, "what was frozen stays"
    [found] = json.loads(printed(capsys, "--department", "alpha", "--format", "json"))["departments"]
    assert found["status"] == "restated"
    assert found["restated"]["differences"]
    assert len(found["inputs_hash"]) == 64


def test_a_running_quarter_is_provisional(
    capsys: pytest.CaptureFixture[str], alpha: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: day(10))
    assert "provisional until 2026-05-15" in printed(capsys)


def test_what_was_not_counted_yet(
    capsys: pytest.CaptureFixture[str], alpha: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "QUICK", 0)
    monkeypatch.setattr(timezone, "now", lambda: day(30))
    assert "2026Q1 has not been counted yet; `manage.py tally` counts it." in printed(capsys)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--quarter", "2026"), "“2026” is no quarter; write it like 2026Q3."),
        (("--quarter", "1900Q1"), "Give a year from 1901 to 2999, not 1900."),
        (("--quarter", "9999Q4"), "Give a year from 1901 to 2999, not 9999."),
        (("--quarter", "2026Q3", "--at", AT), "2026Q3 begins on 2026-07-01, after 2026-04-01"),
        (("--quarter", "2026Q1", "--department", "alfa"), "Did you mean alpha?"),
        (("--quarter", "2026Q1", "--at", "soon"), "“soon” is no moment."),
        (("--quarter", "2025Q4", "--at", "2026-01-05"), "Nothing was recorded before"),
        ((), "--quarter"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(alpha: World, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("levels", *arguments)
    assert said in str(refusal.value)


def test_without_a_department(capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no department yet." in printed(capsys)
