"""Is somebody responsible for every stage? Decided here, for going live and for the pages that show the gaps."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import models
from django.utils.translation import gettext_lazy as _

from departments.sops import Stage


class Part(models.TextChoices):
    """What every stage needs before a department may take queries."""

    SECTION = "section", _("responsible section")
    LEAD = "lead", _("lead")
    DEPUTY = "deputy", _("deputy")


class Person(Protocol):
    """What this file needs to know of a user: an account that cannot sign in answers for nothing."""

    is_active: bool


class Charge(Protocol):
    """What this file needs to know of a responsibility."""

    @property
    def stage(self) -> str: ...
    @property
    def section_id(self) -> int | None: ...
    @property
    def lead(self) -> Person | None: ...
    @property
    def deputy(self) -> Person | None: ...
    @property
    def since(self) -> datetime: ...
    @property
    def until(self) -> datetime | None: ...


@dataclass(frozen=True)
class Gap:
    """A stage and what it lacks, in the order section, lead, deputy."""

    stage: Stage
    missing: tuple[Part, ...]


def gaps(responsibilities: Iterable[Charge], at: datetime) -> list[Gap]:
    """Return the stages that lack a responsible section, lead or deputy at `at`, in the order of the stages."""
    held = {row.stage: row for row in responsibilities if row.since <= at and (row.until is None or at < row.until)}
    found = [Gap(stage, _missing(held.get(stage))) for stage in Stage]
    return [gap for gap in found if gap.missing]


def _missing(charge: Charge | None) -> tuple[Part, ...]:
    if charge is None:
        return tuple(Part)
    there = {Part.SECTION: charge.section_id is not None, Part.LEAD: _can_act(charge.lead)}
    there[Part.DEPUTY] = _can_act(charge.deputy)
    return tuple(part for part in Part if not there[part])


def _can_act(person: Person | None) -> bool:
    return person is not None and person.is_active
