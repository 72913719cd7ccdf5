"""`manage.py compliance`: what it prints, what it refuses."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from complaints.sweep import sweep
from departments.models import Department
from tests.lives import answered, concluded, day, filed
from tests.world import make_world

pytestmark = pytest.mark.django_db
MARCH = ("--from", "2026-03-01", "--to", "2026-03-31")
AT = day(30).isoformat()


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("compliance", *MARCH, *arguments)
    return capsys.readouterr().out


def reported(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(printed(capsys, *arguments, "--format", "json"))
    return report


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as refusal:
        call_command("compliance", *arguments)
    assert refusal.value.returncode == 1
    return str(refusal.value)


def lived_in() -> None:
    """Two queries answered at once, one never, in alpha; beta has none."""
    alpha = make_world("alpha")
    make_world("beta")
    concluded(alpha)
    answered(alpha)
    filed(alpha)
    sweep(at=day(29))


def test_the_table_names_department_stage_step_share_and_the_weakest(capsys: pytest.CaptureFixture[str]) -> None:
    lived_in()
    out = printed(capsys, "--at", AT)
    lines = out.splitlines()
    assert max(len(line) for line in lines) <= 100
    assert lines[0] == "Standard operating procedures, kept from 2026-03-01 to 2026-03-31 (both days included)"
    assert lines[1] == "as of 2026-04-01 10:00:00+05:00, method version 1"
    assert "Alpha (alpha)" in lines
    assert [line.split("  ")[1] for line in lines if "on time " in line and "freed" in line] == [
        "Content creation",
        "Response",
        "Monitoring",
    ]
    [accepted] = [line for line in lines if line.startswith("  R2 ")]
    assert " ".join(accepted.split()) == "R2 Accepted by a named officer 2 1 67 % (21-94) of 3 0 0"
    assert "  weakest: R5 Told before a date is missed, 0 % (0-56) of 3" in lines
    assert "  3 of 8 mandatory steps meet the standard (0.80)" in lines
    assert "  no data yet: R4, R7, M1, M3, M4, M5" in lines
    [concluding] = [line for line in lines if line.startswith("  (K2) ")]
    assert "Handed to monitoring" in concluding


def test_a_full_share_is_never_printed_without_what_it_is_a_share_of(capsys: pytest.CaptureFixture[str]) -> None:
    lived_in()
    out = printed(capsys, "--at", AT)
    assert "100 % (34-100) of 2" in out
    assert len(re.findall(r"\b100 %", out)) == len(re.findall(r"\b100 % \(\d+-100\) of \d+", out))


def test_almost_all_is_not_all_and_almost_none_is_not_none(capsys: pytest.CaptureFixture[str]) -> None:
    alpha = make_world("alpha")
    complaint = answered(alpha)
    bulk = [complaint.duties.get(code="R3") for _ in range(299)]
    missed = complaint.duties.get(code="R2")
    for number, duty in enumerate([*bulk, missed]):
        duty.pk, duty._state.adding = None, True
        duty.code = "R3" if number < 299 else "R4"
    type(missed).objects.bulk_create(bulk)
    type(missed).objects.filter(pk=bulk[0].pk).update(ended_as="closed")
    assert "99 % (98-100) of 300" in printed(capsys, "--at", AT)
    type(missed).objects.filter(code="R3").exclude(pk=bulk[0].pk).update(ended_as="closed")
    type(missed).objects.filter(pk=bulk[0].pk).update(ended_as="done")
    assert "1 % (0-2) of 300" in printed(capsys, "--at", AT)


def test_json_has_raw_numbers_and_says_from_what_and_as_of_when(capsys: pytest.CaptureFixture[str]) -> None:
    lived_in()
    report = reported(capsys, "--at", AT)
    assert {key: report[key] for key in report if key != "departments"} == {
        "period": {"from": "2026-03-01", "to": "2026-03-31"},
        "as_of": AT,
        "method_version": 1,
        "standard": 0.8,
    }
    alpha, beta = report["departments"]
    assert (alpha["code"], alpha["name"], alpha["note"]) == ("alpha", "Alpha", "")
    assert alpha["overall"] == {"met": 3, "of": 8, "without_data": ["R4", "R7", "M1", "M3", "M4", "M5"]}
    basis = alpha["generated_from"]
    assert (basis["duties"], basis["answers"], basis["closures"], len(basis["sop_versions"])) == (13, 2, 1, 1)
    assert [(stage["stage"], stage["weakest"]) for stage in alpha["stages"]] == [
        ("content", "C1"),
        ("response", "R5"),
        ("monitoring", "M2"),
    ]
    [accepted] = [step for step in alpha["stages"][1]["steps"] if step["code"] == "R2"]
    assert accepted.pop("interval") == pytest.approx([0.2077, 0.9385], abs=0.0001)
    assert accepted == {
        "code": "R2",
        "title": "Accepted by a named officer",
        "mandatory": True,
        "on_time": 2,
        "late": 1,
        "n": 3,
        "not_yet_due": 0,
        "released": 0,
        "share": 2 / 3,
        "meets_standard": False,
    }
    assert (beta["stages"], beta["overall"]["of"]) == ([], 0)
    assert beta["note"].startswith("No query, answer or closure of Beta")


def test_a_department_without_data_gets_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    lived_in()
    out = printed(capsys, "--at", AT, "--department", "beta")
    assert "Alpha" not in out
    assert "on time " not in out.partition("Beta (beta)")[2]
    assert out.splitlines()[-2:] == [
        "No query, answer or closure of Beta from 2026-03-01 to 2026-03-31 was recorded by 2026-04-01",
        "10:00:00+05:00.",
    ]


def test_only_the_department_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    lived_in()
    report = reported(capsys, "--at", AT, "--department", "alpha")
    assert [department["code"] for department in report["departments"]] == ["alpha"]


def test_an_earlier_as_of_gives_the_figures_of_then(capsys: pytest.CaptureFixture[str]) -> None:
    lived_in()
    report = reported(capsys, "--at", "2026-03-02T10:00", "--department", "alpha")
    steps = {step["code"]: step for stage in report["departments"][0]["stages"] for step in stage["steps"]}
    assert (steps["R2"]["n"], steps["R2"]["not_yet_due"], steps["R2"]["share"]) == (0, 3, None)
    assert report["as_of"] == "2026-03-02T10:00:00+05:00"
    assert "no mandatory step has data yet" in printed(capsys, "--at", "2026-03-02T10:00")


def test_without_an_as_of_it_is_now(capsys: pytest.CaptureFixture[str]) -> None:
    lived_in()
    before = datetime.now().astimezone()
    as_of = datetime.fromisoformat(reported(capsys)["as_of"])
    assert before <= as_of <= before + timedelta(minutes=5)


def test_an_installation_without_departments_or_queries_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys).splitlines()[-1] == "There is no department yet."
    assert reported(capsys)["departments"] == []
    make_world("alpha")
    assert "No query, answer or closure of Alpha" in printed(capsys)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--from", "2026-02-30", "--to", "2026-03-31"), "“2026-02-30” is no date: day is out of range for month."),
        (("--from", "2026-03-01", "--to", "soon"), "“soon” is no date"),
        (("--from", "2026-03-02", "--to", "2026-03-01"), "The period ends on 2026-03-01, before it begins"),
        (("--from", "0001-01-01", "--to", "2026-03-01"), "Give a year from 1900 to 2999, not 1."),
        ((*MARCH, "--at", "noon"), "“noon” is no moment"),
        ((*MARCH, "--at", "9999-12-31T23:59"), "Give a year from 1900 to 2999, not 9999."),
        ((*MARCH, "--format", "xml"), "invalid choice: 'xml'"),
        (("--from", "2026-03-01"), "the following arguments are required: --to"),
        ((*MARCH, "--department", "alhpa"), "There is no department “alhpa”. Did you mean alpha?"),
        ((*MARCH, "--department", "Beta"), "There is no department “Beta”. Did you mean beta?"),
        ((*MARCH, "--department", "zzz"), "There is no department “zzz”. There are: alpha, beta."),
        ((*MARCH, "--at", "2026-03-02T09:59"), "Nothing was recorded before 2026-03-02 10:00:00+05:00"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    lived_in()
    assert sentence in refused(*arguments)


def test_an_unknown_department_where_there_is_none_or_many() -> None:
    assert refused(*MARCH, "--department", "alpha") == "There is no department “alpha”. There are: none yet."
    calendar = make_world("a0").calendar
    Department.objects.bulk_create(
        Department(code=f"a{number}", name={"en": "A"}, calendar=calendar) for number in range(1, 12)
    )
    assert refused(*MARCH, "--department", "zzz").endswith("There are: a0, a1, a10, a11, a2, a3, a4, a5, ….")
