"""Posts, who answers for each stage, and the moment a department begins to take queries."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from departments.administration.authority import may_vouch_for, must_administer
from departments.errors import Invalid, NotAllowed, NotReady, Stale
from departments.models import Appointment, Department, Interval, Responsibility, Section, SopVersion, User
from departments.readiness import Gap, gaps
from departments.roles import Role, current
from departments.sops import Reason, Stage


@transaction.atomic
def appoint(
    user: User,
    role: str,
    *,
    department: Department | None = None,
    section: Section | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    by: User,
    at: datetime,
) -> Appointment:
    """Put `user` in a post from `since` (default: `at`) on, and return it; without a department it is the centre's.

    A post cannot begin in the past, for then it would excuse what was done without it.
    """
    must_administer(by, department, at)
    _not_oneself(by, user)
    begins = since or at
    if role not in Role.values:
        raise Invalid(_("There is no role “%(role)s”.") % {"role": role}, "role")
    if section is not None and (department is None or section.department_id != department.pk):
        raise Invalid(_("The section does not belong to the department of the post."), "section")
    if begins < at:
        raise Invalid(_("A post cannot begin in the past."), "since")
    if until is not None and until <= begins:
        raise Invalid(_("A post must end after it begins."), "until")
    if not user.is_active:
        raise Invalid(_("%(user)s cannot sign in; activate the account first.") % {"user": user}, "user")
    if _overlapping(user, role, department, section, begins, until).exists():
        raise Invalid(_("%(user)s already holds this post.") % {"user": user}, "user")
    return Appointment.objects.create(
        user=user, role=role, department=department, section=section, since=begins, until=until
    )


@transaction.atomic
def forget_second_factor(user: User, *, by: User, at: datetime) -> None:
    """Take all second factors and recovery codes off the account of somebody who has lost them; he sets up new ones
    when he signs in next."""
    if not may_vouch_for(by, user, at):
        raise NotAllowed(_("Only who administers every place where %(user)s serves may do this.") % {"user": user})
    Authenticator.objects.filter(user=user).delete()


@transaction.atomic
def end_appointment(appointment: Appointment, *, by: User, at: datetime) -> None:
    """End a post at `at`; one that has not begun is taken back. Who leads a stage hands that over first."""
    must_administer(by, appointment.department, at)
    _not_oneself(by, appointment.user)
    if appointment.since >= at:
        Appointment.objects.filter(pk=appointment.pk).delete()
        return
    _must_leave_no_gap(appointment, at)
    held = Appointment.objects.filter(Q(until__isnull=True) | Q(until__gt=at), pk=appointment.pk)
    if held.update(until=at) != 1:
        raise Stale(_("This appointment has already ended."))
    appointment.until = at


@transaction.atomic
def make_responsible(
    department: Department,
    stage: str,
    section: Section,
    lead: User | None,
    deputy: User | None,
    *,
    by: User,
    at: datetime,
) -> Responsibility:
    """Make a section, its lead and his deputy answer for a stage from `at` on, and return that row; what held until
    then ends. A live department may not be left without lead or deputy."""
    must_administer(by, department, at)
    _check_charge(department, stage, section, lead, deputy, at)
    held = department.responsibilities.filter(stage=stage, until__isnull=True).first()
    if held and (held.section_id, held.lead_id, held.deputy_id) == (section.pk, lead and lead.pk, deputy and deputy.pk):
        return held
    if held and held.since >= at:
        raise Stale(_("Somebody has just changed who is responsible for this stage; look again."))
    if held and Responsibility.objects.filter(pk=held.pk, until__isnull=True).update(until=at) != 1:
        raise Stale(_("Somebody has just changed who is responsible for this stage; look again."))
    try:
        with transaction.atomic():
            return Responsibility.objects.create(
                department=department, stage=stage, section=section, lead=lead, deputy=deputy, since=at
            )
    except IntegrityError as twice:
        raise Stale(_("Somebody has just changed who is responsible for this stage; look again.")) from twice


@transaction.atomic
def go_live(department: Department, *, by: User, at: datetime) -> None:
    """Let the department take queries from `at` on, or say everything that is missing in one sentence each."""
    must_administer(by, department, at)
    lacking = [_gap_in_words(gap) for gap in gaps(department.responsibilities.select_related("lead", "deputy"), at)]
    lacking += [
        _("No procedure is in force for “%(reason)s”.") % {"reason": reason.label}
        for reason in Reason
        if SopVersion.objects.for_query(department, reason, at) is None
    ]
    if not Interval.objects.filter(version__calendar=department.calendar_id).exists():
        lacking.append(_("The calendar has no working hours."))
    if lacking:
        raise NotReady(_("%(department)s cannot go live.") % {"department": department} + " " + " ".join(lacking))
    if Department.objects.filter(pk=department.pk, live_since__isnull=True).update(live_since=at) != 1:
        raise Stale(_("%(department)s is live already.") % {"department": department})
    department.live_since = at


def _not_oneself(by: User, user: User) -> None:
    if by.pk == user.pk:
        raise NotAllowed(_("Nobody may change their own appointments; ask another administrator."))


def _overlapping(
    user: User,
    role: str,
    department: Department | None,
    section: Section | None,
    since: datetime,
    until: datetime | None,
) -> QuerySet[Appointment]:
    same = user.appointments.filter(Q(until__isnull=True) | Q(until__gt=since), role=role)
    if until is not None:
        same = same.filter(since__lt=until)
    # A lookup by None would compare with NULL and find nothing, so the missing places are asked for by name.
    at_department = Q(department=department) if department else Q(department__isnull=True)
    at_section = Q(section=section) if section else Q(section__isnull=True)
    return same.filter(at_department, at_section)


def _must_leave_no_gap(appointment: Appointment, at: datetime) -> None:
    if appointment.department is None:
        return
    user, department = appointment.user, appointment.department
    others = user.appointments.filter(department=department).exclude(pk=appointment.pk)
    led = department.responsibilities.filter(Q(lead=user) | Q(deputy=user), until__isnull=True)
    if current(others, at) or not led:
        return
    stages = ", ".join(str(Stage(charge.stage).label) for charge in led.order_by("stage"))
    raise NotReady(
        _("%(user)s is still lead or deputy of: %(stages)s. Name someone else first.")
        % {"user": user, "stages": stages}
    )


def _check_charge(
    department: Department, stage: str, section: Section, lead: User | None, deputy: User | None, at: datetime
) -> None:
    if stage not in Stage.values:
        raise Invalid(_("There is no stage “%(stage)s”.") % {"stage": stage}, "stage")
    if section.department_id != department.pk:
        raise Invalid(_("The section does not belong to “%(department)s”.") % {"department": department}, "section")
    if lead is not None and lead == deputy:
        raise Invalid(_("The lead and the deputy must be two people."), "deputy")
    for field, person in (("lead", lead), ("deputy", deputy)):
        if person is None and department.live_since is not None:
            raise NotReady(_("A department that takes queries needs a lead and a deputy for every stage."))
        if person is not None and not _serves(person, department, at):
            raise Invalid(
                _("%(user)s holds no post in “%(department)s”.") % {"user": person, "department": department}, field
            )


def _serves(person: User, department: Department, at: datetime) -> bool:
    return person.is_active and bool(current(person.appointments.filter(department=department), at))


def _gap_in_words(gap: Gap) -> str:
    return _("%(stage)s lacks: %(parts)s.") % {
        "stage": gap.stage.label,
        "parts": ", ".join(str(part.label) for part in gap.missing),
    }
