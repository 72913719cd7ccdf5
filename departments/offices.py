"""Who answers to the public: the live departments, and for each stage the section and the post of its lead."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Prefetch, Q

from departments.models import Department, Responsibility, Section
from departments.roles import Role, current
from departments.sops import Stage


@dataclass(frozen=True)
class Charge:
    """One stage and who answers for it; no section when nobody does, no post when its lead holds none here."""

    stage: Stage
    section: Section | None
    post: Role | None


@dataclass(frozen=True)
class Office:
    """A live department and its three stages, in their order."""

    department: Department
    charges: tuple[Charge, ...]


def live_departments(at: datetime) -> models.QuerySet[Department]:
    """Return the departments that take queries at `at`, by code."""
    return Department.objects.filter(live_since__lte=at).order_by("code")


def offices(at: datetime) -> list[Office]:
    """Return the departments that take queries at `at`, by code, in a number of queries that does not grow. Names of
    persons are left out: the public is owed the office and the post."""
    held = Q(since__lte=at) & (Q(until__isnull=True) | Q(until__gt=at))
    responsible = Responsibility.objects.filter(held).select_related("section", "lead")
    return [
        Office(department, _charges(department.responsibilities.all(), at))
        for department in live_departments(at).prefetch_related(
            Prefetch("responsibilities", responsible.prefetch_related("lead__appointments"))
        )
    ]


def _charges(responsibilities: Iterable[Responsibility], at: datetime) -> tuple[Charge, ...]:
    by_stage = {row.stage: row for row in responsibilities}
    return tuple(_charge(stage, by_stage.get(stage), at) for stage in Stage)


def _charge(stage: Stage, row: Responsibility | None, at: datetime) -> Charge:
    if row is None:
        return Charge(stage, None, None)
    return Charge(stage, row.section, _post(row, at))


def _post(row: Responsibility, at: datetime) -> Role | None:
    """Return the lead's post in the section, else his post elsewhere in the department."""
    if row.lead is None:
        return None
    posts = current(row.lead.appointments.all(), at)
    here = [post for post in posts if post.department_id == row.department_id]
    nearest = sorted(here, key=lambda post: post.section_id != row.section_id)
    return Role(nearest[0].role) if nearest else None
