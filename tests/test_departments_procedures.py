"""Verbs on procedures: drafting, adopting, and that nothing adopted ever changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from departments.administration import adopt, draft_version
from departments.errors import Invalid, NotAllowed, NotReady, Stale
from departments.models import Department, Rung, Sop, SopVersion, Step
from departments.sops import Reason
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    return make_world()


def uniform(reason: str = Reason.QUESTION) -> Sop:
    return Sop.objects.get(reason=reason, department=None)


def own_draft(world: World, reason: str = Reason.QUESTION, why: str = "", **limits: int | None) -> SopVersion:
    """Return a draft of the department's own procedure: the uniform one with other limits by code."""
    sop, _made = Sop.objects.get_or_create(reason=reason, department=world.department)
    version = draft_version(sop, by=world.administrator, at=AT)
    SopVersion.objects.filter(pk=version.pk).update(deviation_reason=why)
    for code, limit in limits.items():
        version.steps.filter(code=code).update(limit=limit)
    return version


def for_question(department: Department, at: datetime) -> SopVersion | None:
    return SopVersion.objects.for_query(department, Reason.QUESTION, at)


# --- drafting ---


def test_a_draft_begins_with_the_wording_before(world: World) -> None:
    before = uniform().versions.get()
    draft = draft_version(uniform(), by=world.centre, at=AT)
    assert (draft.number, draft.in_force_from, draft.deviation_reason) == (2, None, "")

    def wording(version: SopVersion) -> list[tuple[Any, ...]]:
        fields = ("stage", "code", "title", "instruction", "limit", "unit", "counts_from", "mandatory")
        rungs = list(version.rungs.values_list("level", "after", "unit", "tells"))
        return [*version.steps.values_list(*fields), *rungs]

    assert wording(draft) == wording(before)
    assert len(wording(draft)) > 15


def test_a_first_own_draft_begins_with_the_uniform_wording_and_a_second_with_the_first(world: World) -> None:
    first = own_draft(world, R3=1)
    assert first.number == 1
    assert first.steps.count() == uniform().versions.get().steps.count()
    second = draft_version(first.sop, by=world.administrator, at=AT)
    assert second.number == 2
    assert second.steps.get(code="R3").limit == 1


def test_a_draft_of_what_nobody_has_written_is_empty(world: World) -> None:
    SopVersion.objects.update(in_force_until=AT - DAY)
    sop = Sop.objects.create(reason=Reason.FORM, department=world.department)
    draft = draft_version(sop, by=world.administrator, at=AT)
    assert not draft.steps.exists()
    with pytest.raises(NotReady, match="due date"):
        adopt(draft, AT, by=world.administrator, at=AT)


def test_only_administrators_draft_and_adopt_each_where_he_administers(world: World) -> None:
    with pytest.raises(NotAllowed):
        draft_version(uniform(), by=world.administrator, at=AT)
    draft = draft_version(uniform(), by=world.centre, at=AT)
    with pytest.raises(NotAllowed):
        adopt(draft, AT, by=world.administrator, at=AT)
    beta = make_world("beta")
    own = own_draft(world)
    for person in (world.head, beta.administrator):
        with pytest.raises(NotAllowed):
            adopt(own, AT, by=person, at=AT)
    adopt(own, AT, by=world.administrator, at=AT)


# --- adopting ---


def test_the_version_before_ends_where_the_next_begins(world: World) -> None:
    first = uniform().versions.get()
    second = draft_version(uniform(), by=world.centre, at=AT)
    adopt(second, AT + DAY, by=world.centre, at=AT)
    first.refresh_from_db()
    assert first.in_force_until == second.in_force_from == AT + DAY
    assert (second.in_force_until, second.adopted_by) == (None, world.centre)
    assert for_question(world.department, AT + DAY - timedelta(microseconds=1)) == first
    assert for_question(world.department, AT + DAY) == second


def test_other_procedures_keep_running(world: World) -> None:
    adopt(draft_version(uniform(), by=world.centre, at=AT), AT, by=world.centre, at=AT)
    assert SopVersion.objects.filter(in_force_until__isnull=False).count() == 1


def test_what_is_adopted_is_never_adopted_again(world: World) -> None:
    version = draft_version(uniform(), by=world.centre, at=AT)
    adopt(version, AT, by=world.centre, at=AT)
    with pytest.raises(Stale, match="already"):
        adopt(version, AT + DAY, by=world.centre, at=AT)
    version.refresh_from_db()
    assert version.in_force_from == AT


def test_an_adopted_version_cannot_slip_under_a_later_one(world: World) -> None:
    second, third = (draft_version(uniform(), by=world.centre, at=AT) for _time in range(2))
    adopt(third, AT + DAY, by=world.centre, at=AT)
    for since in (AT + HOUR, AT + DAY):
        with pytest.raises(Stale, match="later version"):
            adopt(second, since, by=world.centre, at=AT)
    assert uniform().versions.get(number=1).in_force_until == AT + DAY


def test_dates_that_cannot_be_are_refused_with_their_field(world: World) -> None:
    version = own_draft(world)
    wrong = [({"since": AT - HOUR}, "since"), ({"since": AT, "until": AT}, "until")]
    for dates, field in wrong:
        with pytest.raises(Invalid) as refusal:
            adopt(version, **dates, by=world.administrator, at=AT)
        assert refusal.value.field == field
    draft = draft_version(uniform(), by=world.centre, at=AT)
    with pytest.raises(Invalid, match="no end of its own"):
        adopt(draft, AT, until=AT + DAY, by=world.centre, at=AT)


# --- a department's own ---


def test_a_stricter_procedure_needs_no_reason_and_no_end(world: World) -> None:
    version = own_draft(world, R3=2)
    adopt(version, AT, by=world.administrator, at=AT)
    assert for_question(world.department, AT + 1000 * DAY) == version
    assert for_question(make_world("beta").department, AT + DAY) == uniform().versions.get()


@pytest.mark.parametrize("laxer", [{"R3": 4}, {"R3": None}, {"R1": 2}])
def test_a_laxer_step_needs_a_reason_and_an_end(world: World, laxer: dict[str, int | None]) -> None:
    version = own_draft(world, **laxer)
    with pytest.raises(Invalid, match=next(iter(laxer))) as refusal:
        adopt(version, AT, until=AT + DAY, by=world.administrator, at=AT)
    assert refusal.value.field == "deviation_reason"
    SopVersion.objects.filter(pk=version.pk).update(deviation_reason="The vets are at the flood.")
    with pytest.raises(Invalid, match="until when") as refusal:
        adopt(version, AT, by=world.administrator, at=AT)
    assert refusal.value.field == "until"
    adopt(version, AT, until=AT + DAY, by=world.administrator, at=AT)
    assert version.in_force_until == AT + DAY


def test_a_deviation_ends_by_itself_and_the_uniform_procedure_holds_again(world: World) -> None:
    version = own_draft(world, why="The vets are at the flood.", R3=9)
    adopt(version, AT, until=AT + DAY, by=world.administrator, at=AT)
    assert for_question(world.department, AT) == version
    assert for_question(world.department, AT + DAY - timedelta(microseconds=1)) == version
    assert for_question(world.department, AT + DAY) == uniform().versions.get()


def test_a_missing_step_or_a_slower_ladder_is_a_deviation_too(world: World) -> None:
    version = own_draft(world)
    version.steps.filter(code="M3").delete()
    version.rungs.filter(level=2).update(after=3)
    with pytest.raises(Invalid, match=r"M3, 2"):
        adopt(version, AT, by=world.administrator, at=AT)


def test_without_a_uniform_procedure_an_own_one_is_a_deviation(world: World) -> None:
    version = own_draft(world)
    SopVersion.objects.filter(sop__department=None).update(in_force_until=AT - HOUR)
    with pytest.raises(Invalid, match="no uniform procedure"):
        adopt(version, AT, by=world.administrator, at=AT)


def test_the_next_own_version_ends_a_running_deviation(world: World) -> None:
    lax = own_draft(world, why="Flood.", R3=9)
    adopt(lax, AT, until=AT + 100 * DAY, by=world.administrator, at=AT)
    strict = draft_version(lax.sop, by=world.administrator, at=AT)
    strict.steps.filter(code="R3").update(limit=1)
    adopt(strict, AT + DAY, by=world.administrator, at=AT)
    lax.refresh_from_db()
    assert lax.in_force_until == AT + DAY
    assert for_question(world.department, AT + 200 * DAY) == strict


def test_rows_name_themselves(world: World) -> None:
    version = uniform().versions.get()
    assert str(version) == "question (uniform) v1"
    assert str(Step(version=version, code="R1", title={"en": "Acknowledged"})) == "R1 Acknowledged"
    assert str(Rung(version=version, level=2)) == "question (uniform) v1 rung 2"
