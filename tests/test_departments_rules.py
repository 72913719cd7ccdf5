"""Rules of the departments room: roles, readiness, strictness, names, the almanac. No database but for in_force."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from departments.almanac import public_holidays
from departments.models import Department, Section, Sop, SopVersion
from departments.names import Name, NameField, validate_name
from departments.plans import RungPlan, StepPlan, uniform_rungs, uniform_steps
from departments.readiness import Gap, Part, gaps
from departments.roles import POWERS, Power, Role, administers, current, powers_of, scope_of
from departments.sops import Reason, Stage, in_force
from departments.strictness import laxer_rungs, laxer_steps

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Post:
    department_id: int | None
    section_id: int | None = None
    role: str = Role.OFFICER
    since: datetime = AT - HOUR
    until: datetime | None = None


@dataclass(frozen=True)
class Place:
    pk: int
    department_id: int


# --- roles ---

SECTION_OF_12 = Place(pk=7, department_id=12)


@pytest.mark.parametrize(
    ("post", "held"),
    [
        (Post(None), True),
        (Post(12), True),
        (Post(12, 7), True),
        (Post(12, 8), False),
        (Post(12, 77), False),
        (Post(1), False),
        (Post(2), False),
        (Post(121), False),
        (Post(112), False),
        (Post(12, since=AT), True),
        (Post(12, since=AT + timedelta(microseconds=1)), False),
        (Post(12, until=AT + timedelta(microseconds=1)), True),
        (Post(12, until=AT), False),
        (Post(12, role="caretaker"), False),
    ],
)
def test_powers_are_held_where_and_while_one_serves(post: Post, held: bool) -> None:
    assert powers_of([post], SECTION_OF_12, AT) == (POWERS[Role.OFFICER] if held else frozenset())


def test_powers_of_several_posts_add_up_each_in_its_place() -> None:
    posts = [Post(12, 7, Role.OFFICER), Post(12, None, Role.APPROVER), Post(1, None, Role.MONITOR)]
    assert powers_of(posts, SECTION_OF_12, AT) == POWERS[Role.OFFICER] | POWERS[Role.APPROVER]
    assert powers_of(posts, Place(8, 12), AT) == POWERS[Role.APPROVER]
    assert powers_of(posts, Place(9, 1), AT) == POWERS[Role.MONITOR]
    assert powers_of(posts, Place(9, 2), AT) == frozenset()


def test_every_role_has_powers_and_none_has_the_citizens() -> None:
    assert set(POWERS) == set(Role)
    assert all(Power.VIEW in powers and Power.CITIZEN not in powers for powers in POWERS.values())
    assert {role for role, powers in POWERS.items() if Power.ADMINISTER in powers} == {Role.ADMINISTRATOR}


def test_nobody_who_answers_approves_or_monitors() -> None:
    for powers in POWERS.values():
        assert len(powers & {Power.ANSWER, Power.APPROVE, Power.MONITOR}) <= 1


@pytest.mark.parametrize(
    ("posts", "everything", "departments", "sections"),
    [
        ([], False, set(), set()),
        ([Post(12)], False, {12}, set()),
        ([Post(12, 7)], False, set(), {7}),
        ([Post(1), Post(12, 7), Post(121, 70)], False, {1}, {7, 70}),
        ([Post(None, role=Role.AUDITOR), Post(2)], True, {2}, set()),
        ([Post(12, until=AT)], False, set(), set()),
        ([Post(12, role="caretaker")], False, set(), set()),
    ],
)
def test_scope(posts: list[Post], everything: bool, departments: set[int], sections: set[int]) -> None:
    scope = scope_of(posts, AT)
    assert (scope.everything, scope.departments, scope.sections) == (everything, departments, sections)


@pytest.mark.parametrize(
    ("post", "place", "may"),
    [
        (Post(12, role=Role.ADMINISTRATOR), 12, True),
        (Post(12, role=Role.ADMINISTRATOR), 1, False),
        (Post(12, role=Role.ADMINISTRATOR), 121, False),
        (Post(12, role=Role.ADMINISTRATOR), None, False),
        (Post(12, 7, Role.ADMINISTRATOR), 12, False),
        (Post(None, role=Role.ADMINISTRATOR), 12, True),
        (Post(None, role=Role.ADMINISTRATOR), None, True),
        (Post(None, role=Role.AUDITOR), 12, False),
        (Post(12, role=Role.HEAD), 12, False),
        (Post(12, role="caretaker"), 12, False),
        (Post(12, role=Role.ADMINISTRATOR, until=AT), 12, False),
    ],
)
def test_who_administers(post: Post, place: int | None, may: bool) -> None:
    assert administers([post], place, AT) is may


@given(st.integers(-3, 3), st.one_of(st.none(), st.integers(-3, 3)))
def test_a_post_is_held_from_its_first_moment_to_before_its_last(begins: int, ends: int | None) -> None:
    post = Post(1, since=AT + begins * HOUR, until=None if ends is None else AT + ends * HOUR)
    assert bool(current([post], AT)) is (begins <= 0 and (ends is None or ends > 0))


# --- readiness ---


def charge(stage: str, **changes: object) -> SimpleNamespace:
    person = SimpleNamespace(is_active=True)
    fields = {"section_id": 1, "lead": person, "deputy": person, "since": AT - HOUR, "until": None}
    return SimpleNamespace(stage=stage, **{**fields, **changes})


def test_nothing_is_missing_where_every_stage_has_its_owners() -> None:
    assert gaps([charge(stage) for stage in Stage], AT) == []


def test_an_empty_department_lacks_everything() -> None:
    assert gaps([], AT) == [Gap(stage, (Part.SECTION, Part.LEAD, Part.DEPUTY)) for stage in Stage]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"lead": None}, (Part.LEAD,)),
        ({"deputy": None}, (Part.DEPUTY,)),
        ({"lead": None, "deputy": None}, (Part.LEAD, Part.DEPUTY)),
        ({"section_id": None}, (Part.SECTION,)),
        ({"lead": SimpleNamespace(is_active=False)}, (Part.LEAD,)),
        ({"since": AT + HOUR}, tuple(Part)),
        ({"until": AT}, tuple(Part)),
        ({"until": AT + HOUR}, ()),
    ],
)
def test_each_gap_is_named(changes: dict[str, object], missing: tuple[Part, ...]) -> None:
    rows = [charge(Stage.CONTENT), charge(Stage.RESPONSE, **changes), charge(Stage.MONITORING)]
    assert gaps(rows, AT) == ([Gap(Stage.RESPONSE, missing)] if missing else [])


# --- strictness ---

STEP = StepPlan("response", "R3", Name(en="a"), Name(en="b"), 10, "working_days", "receipt", True)
RUNG = RungPlan(1, 4, "working_hours", "lead")


@pytest.mark.parametrize(
    ("own", "strict"),
    [
        (STEP, True),
        (replace(STEP, limit=1), True),
        (replace(STEP, limit=11), False),
        (replace(STEP, limit=None), False),
        (replace(STEP, unit="calendar_days"), False),
        (replace(STEP, counts_from="transfer"), False),
        (replace(STEP, mandatory=False), False),
        (replace(STEP, code="R9"), False),
    ],
)
def test_a_step_is_as_strict_or_named(own: StepPlan, strict: bool) -> None:
    assert laxer_steps([own], [STEP]) == ([] if strict else ["R3"])


def test_a_step_without_limit_only_has_to_be_there() -> None:
    free = replace(STEP, limit=None, unit="", mandatory=False)
    assert laxer_steps([STEP], [free]) == []
    assert laxer_steps([], [free]) == ["R3"]
    assert laxer_steps([STEP, replace(STEP, code="Z1")], [STEP]) == []


@pytest.mark.parametrize(
    ("own", "strict"),
    [
        (RUNG, True),
        (replace(RUNG, after=3), True),
        (replace(RUNG, after=0, unit="working_days"), True),
        (replace(RUNG, after=5), False),
        (replace(RUNG, unit="working_days"), False),
        (replace(RUNG, tells="owner"), False),
        (replace(RUNG, level=2), False),
    ],
)
def test_a_rung_is_as_soon_or_named(own: RungPlan, strict: bool) -> None:
    assert laxer_rungs([own], [RUNG]) == ([] if strict else [1])


@given(st.sampled_from(Reason.values), st.integers(0, 40))
def test_the_uniform_procedure_is_as_strict_as_itself_and_any_shorter_limit_too(reason: str, less: int) -> None:
    steps = uniform_steps(reason)
    shorter = [replace(s, limit=max(s.limit - less, 0)) if s.limit is not None else s for s in steps]
    assert laxer_steps(shorter, steps) == []
    assert laxer_rungs(uniform_rungs(), uniform_rungs()) == []


# --- the uniform procedure of measurement 2.6 ---


@pytest.mark.parametrize(
    ("reason", "first_answer", "resolved", "kept"),
    [
        ("question", 3, None, True),
        ("complaint", 10, 20, False),
        ("form", 2, None, True),
        ("event", 2, None, True),
        ("project_input", 10, None, True),
        ("conflict", 5, 20, False),
    ],
)
def test_limits_of_the_uniform_procedure(reason: str, first_answer: int, resolved: int | None, kept: bool) -> None:
    steps = {step.code: step for step in uniform_steps(reason)}
    assert (steps["R3"].limit, steps["R3"].unit, steps["R3"].counts_from) == (first_answer, "working_days", "receipt")
    assert (steps["R6"].limit if "R6" in steps else None) == resolved
    assert ("K1" in steps) is kept
    assert {code for code, step in steps.items() if not step.mandatory} == {"K2", "K3"} | ({"K1"} if kept else set())
    assert {"C1", "C3", "R1", "R2", "R4", "R5", "R7", "M1", "M2", "M3", "M4", "M5"} <= set(steps)
    assert {step.stage for step in steps.values()} == set(Stage.values)


def test_the_ladder_tells_owner_lead_head_and_centre() -> None:
    assert [(rung.level, rung.after, rung.unit, rung.tells) for rung in uniform_rungs()] == [
        (0, 0, "working_hours", "owner"),
        (1, 4, "working_hours", "lead"),
        (2, 2, "working_days", "head"),
        (3, 5, "working_days", "centre"),
    ]


# --- which version holds ---


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("begun", "ends", "holds"),
    [
        (AT, None, True),
        (AT, AT + HOUR, True),
        (AT - HOUR, AT, False),
        (AT - HOUR, AT + timedelta(microseconds=1), True),
        (AT + timedelta(microseconds=1), None, False),
        (None, None, False),
    ],
)
def test_a_version_is_in_force_from_its_first_moment_to_before_its_end(
    begun: datetime | None, ends: datetime | None, holds: bool
) -> None:
    sop = Sop.objects.create(reason="question")
    version = SopVersion.objects.create(sop=sop, number=1, in_force_from=begun, in_force_until=ends)
    assert SopVersion.objects.filter(in_force(AT)).exists() is holds
    assert Sop.objects.filter(in_force(AT, path="versions__")).exists() is holds
    assert SopVersion.objects.for_query(Department(pk=1), "question", AT) == (version if holds else None)
    assert SopVersion.objects.for_query(Department(pk=1), "form", AT) is None


# --- names ---


def test_a_name_falls_back_to_english_and_never_to_nothing_sooner() -> None:
    name = Name(en="Roads", ur="سڑکیں", pa="")
    assert name.in_language("ur") == name.in_language("ur-pk") == "سڑکیں"
    assert name.in_language("pa") == name.in_language("de-at") == "Roads"
    assert Name().in_language("ur") == ""


def test_a_name_reads_in_the_active_language() -> None:
    name = Name(en="Roads", ur="سڑکیں")
    for language, text in (("ur", "سڑکیں"), ("en", "Roads"), ("fr", "Roads"), (None, "Roads")):
        with translation.override(language):
            assert str(name) == text


def test_a_row_reads_the_same_before_and_after_it_is_saved() -> None:
    department = Department(code="roads", name={"en": "Roads", "ur": "سڑکیں"})
    assert isinstance(department.name, Name)
    with translation.override("ur"):
        assert str(department) == "سڑکیں"
    department.name = Name(en="Ways")
    assert str(department) == "Ways"


@pytest.mark.parametrize(
    "value", [{}, {"ur": "سڑکیں"}, {"en": "  "}, {"en": 3}, {1: "x", "en": "x"}, ["en"], "Roads", None]
)
def test_what_is_no_name_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        validate_name(value)


def test_names_are_columns_that_take_and_give_names() -> None:
    field = NameField()
    assert field.from_db_value('{"en": "Roads"}', None, SimpleNamespace(features=None)) == Name(en="Roads")
    assert field.from_db_value(None, None, SimpleNamespace(features=None)) is None
    validate_name({"en": "Roads"})


def test_rows_name_themselves() -> None:
    department = Department(code="roads", name={"en": "Roads"})
    assert str(Section(department=department, code="paving")) == "roads/paving"
    assert str(Sop(reason="form", department=department)) == "form (roads)"
    assert str(Sop(reason="form")) == "form (uniform)"


# --- the almanac ---


def test_the_almanac_knows_both_languages_and_marks_what_hangs_on_the_moon() -> None:
    days = {day.date: day for day in public_holidays(range(2026, 2031))}
    fixed = days[date(2026, 8, 14)]
    assert (fixed.name, fixed.estimated) == ({"en": "Independence Day", "ur": "یوم آزادی"}, False)
    moon = days[date(2030, 2, 6)]
    assert (moon.name, moon.estimated) == ({"en": "Eid-ul-Fitr", "ur": "عید الفطر"}, True)
    both = days[date(2030, 2, 5)]
    assert both.name == {"en": "Eid-ul-Fitr; Kashmir Solidarity Day", "ur": "عید الفطر؛ یوم یکجہتی کشمیر"}
    assert not both.estimated


def test_no_mark_is_left_in_a_name() -> None:
    for day in public_holidays(range(2014, 2036)):
        assert all(day.name[language] for language in ("en", "ur"))
        assert not any(bracket in text for text in day.name.values() for bracket in "()")
