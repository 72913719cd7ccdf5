"""What an official may do: roles carry powers, appointments carry roles to a section, a department or all of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The posts that Jawab knows."""

    INTAKE = "intake", _("Intake")
    OFFICER = "officer", _("Officer")
    APPROVER = "approver", _("Approver")
    MONITOR = "monitor", _("Monitor")
    HEAD = "head", _("Head")
    ADMINISTRATOR = "administrator", _("Administrator")
    AUDITOR = "auditor", _("Auditor")


class Power(models.TextChoices):
    """What a post allows. CITIZEN and MACHINE are held by no appointment: see complaints/stages.py."""

    VIEW = "view"
    NOTE = "note"
    LODGE = "lodge"  # take down what a citizen says by phone, over the counter or by letter
    TRIAGE = "triage"  # choose category and section, transfer, take or return a transfer
    ANSWER = "answer"  # own, draft, send, ask, conclude, hand over
    APPROVE = "approve"
    ASSIGN = "assign"  # give a complaint to another officer
    MONITOR = "monitor"  # judge pauses, void a closure, sign off
    ADMINISTER = "administer"
    CITIZEN = "citizen"


P = Power
POWERS: dict[str, frozenset[Power]] = {
    Role.INTAKE: frozenset({P.VIEW, P.NOTE, P.LODGE, P.TRIAGE}),
    Role.OFFICER: frozenset({P.VIEW, P.NOTE, P.LODGE, P.ANSWER}),
    Role.APPROVER: frozenset({P.VIEW, P.NOTE, P.APPROVE}),
    Role.MONITOR: frozenset({P.VIEW, P.NOTE, P.MONITOR}),
    Role.HEAD: frozenset({P.VIEW, P.NOTE, P.TRIAGE, P.APPROVE, P.ASSIGN}),
    Role.ADMINISTRATOR: frozenset({P.VIEW, P.ASSIGN, P.ADMINISTER}),
    Role.AUDITOR: frozenset({P.VIEW}),
}


class Post(Protocol):
    """What this file needs to know of an appointment; `department_id` None is the centre, `section_id` None
    is the whole department."""

    department_id: int | None
    section_id: int | None
    role: str
    since: datetime
    until: datetime | None


AnyPost = TypeVar("AnyPost", bound=Post)


class Place(Protocol):
    """What this file needs to know of a section."""

    pk: int
    department_id: int


@dataclass(frozen=True)
class Scope:
    """How far an official sees: everything, or the named departments and sections (primary keys)."""

    everything: bool
    departments: frozenset[int]
    sections: frozenset[int]


def current(appointments: Iterable[AnyPost], at: datetime) -> list[AnyPost]:
    """Return the appointments that are held at `at` (aware); `until` is the first moment no longer held."""
    return [post for post in appointments if post.since <= at and (post.until is None or at < post.until)]


def powers_of(appointments: Iterable[Post], section: Place, at: datetime) -> frozenset[Power]:
    """Return what the holder of `appointments` may do at `at` with a complaint that `section` owns."""
    powers: set[Power] = set()
    for post in current(appointments, at):
        over_all = post.department_id is None
        over_department = post.section_id is None and post.department_id == section.department_id
        if over_all or over_department or post.section_id == section.pk:
            powers |= POWERS.get(post.role, frozenset())
    return frozenset(powers)


def scope_of(appointments: Iterable[Post], at: datetime, power: Power = Power.VIEW) -> Scope:
    """Return where the holder of `appointments` has `power` at `at`; every role sees where it serves."""
    held = [post for post in current(appointments, at) if power in POWERS.get(post.role, frozenset())]
    return Scope(
        everything=any(post.department_id is None for post in held),
        departments=frozenset(p.department_id for p in held if p.department_id and p.section_id is None),
        sections=frozenset(p.section_id for p in held if p.section_id is not None),
    )


def administers(appointments: Iterable[Post], department_id: int | None, at: datetime) -> bool:
    """True if the holder of `appointments` may change who is who in the department at `at`; None is the centre.

    Only a post over the whole department counts, and only the centre's reaches beyond its own.
    """
    return any(
        Power.ADMINISTER in POWERS.get(post.role, frozenset())
        and post.section_id is None
        and post.department_id in (None, department_id)
        for post in current(appointments, at)
    )
