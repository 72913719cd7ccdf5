"""Which steps SOP compliance shows, also of a past moment; which periods it refuses, and how few queries it makes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints import closing, correspondence, pausing, routing
from complaints.actors import Voice
from complaints.models import Duty
from complaints.outcomes import Outcome
from complaints.pulling import pull_deliveries
from complaints.sweep import sweep
from departments.administration import declare_holiday
from departments.errors import Invalid
from departments.models import Department, Sop, SopVersion, Step
from departments.sops import CountsFrom, Reason, Stage, Unit
from engagement.compliance import compliance, first_record
from messaging.models import Outgoing
from tests.compliance_of import MARCH, four, of, steps
from tests.lives import BY_MAIL, MONDAY, answer, answered, concluded, day, filed, minute, question
from tests.world import make_calendar, make_world

pytestmark = pytest.mark.django_db


def test_steps_of_which_nothing_is_recorded_yet_are_shown_without_data() -> None:
    world = make_world()
    filed(world)
    found = of(world, day(1))
    for code in ("M1", "M3", "M4", "M5"):
        assert (steps(found)[code].n, steps(found)[code].not_yet_due) == (0, 0)
        assert code in found.overall.without_data


# ------------------------------------------------------------------------------------- procedures


def test_stages_and_steps_come_in_the_order_of_the_procedure() -> None:
    world = make_world()
    for reason in Reason.values:
        filed(world, reason=reason)
    found = of(world, day(1))
    assert [stage.stage for stage in found.stages] == Stage.values
    assert " ".join(steps(found)) == "C1 C3 R1 R2 R3 R4 R5 R6 R7 K1 K2 M1 M2 M3 M4 M5 K3"
    assert {code for code, step in steps(found).items() if not step.mandatory} == {"K1", "K2", "K3"}
    assert found.stages[1].weakest is steps(found)["R1"], "all acknowledged, and nothing else fell due"
    assert (found.overall.met, found.overall.of) == (1, 1)
    assert len(found.basis.sop_versions) == 6
    assert found.basis.duties == 20


def test_a_department_has_only_the_steps_of_the_procedures_its_queries_live_under() -> None:
    world, plain = make_world(), make_world("plain")
    own_procedure(plain.department, "complaint", {"R3": False})
    answered(plain, reason="complaint")
    concluded(world)
    found = of(plain, day(1))
    assert list(steps(found)) == ["R3"]
    assert found.basis.answers == 1
    assert not steps(found)["R3"].mandatory
    assert (found.overall.of, found.stages[0].weakest) == (0, None)
    assert "R6" in steps(of(world, day(1)))


def test_a_step_of_two_procedures_is_mandatory_if_it_is_so_in_one_and_counts_only_under_those_that_have_it() -> None:
    world = make_world()
    answered(world, reason="question")
    own_procedure(world.department, "complaint", {"R3": False, "X1": True})
    answered(world, reason="complaint")
    found = steps(of(world, day(1)))
    assert (found["R3"].on_time, found["R3"].mandatory) == (2, True)
    assert (found["C1"].on_time, found["X1"].n) == (1, 0)
    assert found["R3"].title["en"] == "Own R3", "called as in the procedure adopted last"


def own_procedure(department: Department, reason: str, codes: dict[str, bool]) -> SopVersion:
    """A procedure with these steps (code to mandatory), answered by one person alone where it has no C1."""
    sop = Sop.objects.create(department=department, reason=reason)
    version = SopVersion.objects.create(sop=sop, number=1, in_force_from=MONDAY - timedelta(days=1))
    for code, mandatory in codes.items():
        Step.objects.create(
            version=version,
            stage=Stage.RESPONSE,
            code=code,
            title={"en": f"Own {code}"},
            instruction={"en": "Do."},
            limit=5 if code == "R3" else None,
            unit=Unit.WORKING_DAYS if code == "R3" else "",
            counts_from=CountsFrom.RECEIPT if code == "R3" else CountsFrom.ELSEWHERE,
            mandatory=mandatory,
        )
    return version


# ------------------------------------------------------------------------------------- as of a past moment


def test_nothing_that_happens_later_changes_a_figure_of_a_past_moment() -> None:
    world, other = make_world(), make_world("other")
    a, b, c = filed(world), filed(world), filed(world, reach=BY_MAIL, channel=world.channels["email"])
    departments = [world.department, other.department]
    later: list[Callable[[datetime], object]] = [
        lambda at: routing.accept(a, by=world.officer, at=at),
        lambda at: question(world, a, at=at),
        lambda at: correspondence.citizen_writes(a, by=Voice.CITIZEN, at=at, text="That one."),
        lambda at: pausing.contest_pause(a, by=Voice.CITIZEN, at=at),
        lambda at: pausing.judge_pause(a, by=world.monitor, at=at, pause=a.pauses.get(), verdict="struck"),
        lambda at: Outgoing.objects.update(state="accepted", state_at=at),
        lambda at: sweep(at=at),
        lambda at: declare_holiday(
            world.calendar, at.date() + timedelta(days=2), {"en": "Flood"}, by=world.centre, at=at
        ),
        lambda at: sweep(at=at),
        lambda at: routing.transfer(b, by=world.intake, at=at, to=other.department, reason="Theirs."),
        lambda at: routing.accept_transfer(b, by=other.intake, at=at),
        lambda at: answer(world, a, at=at),
        lambda at: closing.conclude(a, by=world.officer, at=at, outcome=Outcome.GRANTED),
        lambda at: closing.object_to(a, by=Voice.CITIZEN, at=at, reason="No."),
        lambda at: answer(world, a, at=at),
        lambda at: closing.conclude(a, by=world.officer, at=at, outcome=Outcome.REFUSED, statement="No more water."),
        lambda at: closing.confirm(a, by=Voice.CITIZEN, at=at),
        lambda at: closing.withdraw(c, by=Voice.CITIZEN, at=at),
        lambda at: sweep(at=at),
    ]
    then = []
    for number, happens in enumerate(later, start=1):
        at = day(number * 0.7)
        happens(at)
        then.append((at, compliance(departments, *MARCH, at)))
    for at, figures in then:
        assert compliance(departments, *MARCH, at) == figures, at
    causes = set(Duty.objects.values_list("cause", flat=True))
    assert causes >= {"paused", "resumed", "contested", "judged", "holiday", "transferred", "reopened"}


def test_a_delivery_counts_from_when_it_happened() -> None:
    world = make_world()
    filed(world, reach=BY_MAIL, channel=world.channels["email"])
    assert four(world, "R1", minute(4)) == (0, 0, 1, 0)
    Outgoing.objects.update(state="accepted", state_at=minute(5))
    assert pull_deliveries(at=day(3)) == 1
    assert four(world, "R1", day(3)) == (1, 0, 0, 0), "learnt after the date, but delivered before it"
    assert four(world, "R1", minute(4)) == (0, 0, 1, 0)


def test_a_delivery_that_is_learnt_later_changes_nothing_before() -> None:
    world = make_world()
    filed(world, reach=BY_MAIL, channel=world.channels["email"])
    Outgoing.objects.update(state="accepted", state_at=minute(5))
    then = compliance([world.department], *MARCH, minute(6))
    assert pull_deliveries(at=minute(7)) == 1
    assert compliance([world.department], *MARCH, minute(6)) == then


# ------------------------------------------------------------------------------------- edges of the call


def test_nobody_asked_for_is_nobody_found() -> None:
    assert compliance([], *MARCH, day(1)) == []


def test_a_department_without_anything_recorded_has_no_stages() -> None:
    found = of(make_world(), day(1))
    assert (found.stages, found.overall.of, found.basis.sop_versions, found.basis.duties) == ((), 0, (), 0)


@pytest.mark.parametrize(
    ("start", "end", "at", "field"),
    [
        (date(2026, 3, 2), date(2026, 3, 1), day(1), "end"),
        (date(1899, 12, 31), date(2026, 3, 1), day(1), "start"),
        (date(2026, 3, 1), date(3000, 1, 1), day(1), "end"),
        (date(2026, 3, 1), date(2026, 3, 1), datetime(9999, 12, 31, tzinfo=UTC), "at"),
        (date(2026, 3, 1), date(2026, 3, 1), datetime(2026, 3, 1), "at"),
    ],
)
def test_what_cannot_be_is_refused_with_the_field_that_is_wrong(
    start: date, end: date, at: datetime, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        compliance([], start, end, at)
    assert refusal.value.field == field


def test_the_first_record_is_the_earliest_that_was_written_down() -> None:
    assert first_record() is None
    world = make_world()
    filed(world, at=day(2))
    filed(world, channel=world.channels["phone"], by=world.intake, at=day(1), received_at=MONDAY)
    assert first_record() == day(1)


def test_the_number_of_queries_grows_neither_with_departments_nor_with_their_work() -> None:
    worlds = [make_world(code) for code in ("one", "two", "three")]
    concluded(worlds[0])
    with CaptureQueriesContext(
        connection,
    ) as few:
        compliance([Department.objects.get(code="one")], *MARCH, day(40))
    for world in worlds:
        for reason in Reason.values:
            concluded(world, reason=reason)
            filed(world, reason=reason)
    sweep(at=day(30))
    with CaptureQueriesContext(connection) as many:
        compliance(list(Department.objects.filter(code__in=("one", "two", "three"))), *MARCH, day(40))
    assert len(many) == len(few) == 8


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL reads a small table whole")
def test_duties_are_found_by_department_and_period() -> None:
    near, far = make_world(), make_world("far", calendar=make_calendar("far", "Australia/Sydney"))
    with CaptureQueriesContext(connection) as captured:
        compliance([near.department, far.department], *MARCH, day(40))
    over_duties = [query["sql"] for query in captured if 'FROM "complaints_duty" WHERE' in query["sql"]]
    assert len(over_duties) == 2
    for sql in over_duties:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}".replace("%", "%%"))
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
        assert "duty_by_department (department_id=? AND starts_at>? AND starts_at<?)" in plan
        assert "SCAN complaints_duty" not in plan
