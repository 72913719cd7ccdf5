"""How officials judge their own quarter, sealed, and how a department remarks on what was read (measurement 2.5)."""

from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from complaints.wording import one_line, required
from departments.errors import Invalid, NotAllowed, NotReady
from departments.models import Department, User
from departments.roles import Role, current
from engagement.models import Remark, SelfAssessment
from engagement.periods import Quarter, day_in
from engagement.scale import Level
from engagement.sealing import assessment_closes, assessment_opens, is_reading_shown

LONGEST_EVIDENCE, LONGEST_REMARK = 500, 1000


def is_open(quarter: Quarter, today: date) -> bool:
    """Whether officials may judge `quarter` on `today`."""
    return assessment_opens(quarter) <= today <= assessment_closes(quarter)


def runs_its_engagement(official: User, department: Department, at: datetime) -> bool:
    """Whether `official` is asked: everybody in a post of the department, whole or in a section, at `at`. Auditors and
    the centre look on; they do not run it."""
    posts = current(official.appointments.all(), at)
    return official.is_active and any(
        post.department_id == department.pk and post.role != Role.AUDITOR for post in posts
    )


def assess(
    department: Department, quarter: Quarter, *, by: User, at: datetime, level: str, evidence: str
) -> SelfAssessment:
    """Keep how high the official holds the engagement of the quarter, with one sentence of evidence. Only in the
    quarter's last week, in the zone of the department; an answer given again replaces the one before."""
    _must_be_given(at)
    if not runs_its_engagement(by, department, at):
        raise NotAllowed(_("Asked are those who hold a post in %(department)s.") % {"department": department})
    today = day_in(department.calendar.zone, at)
    if not is_open(quarter, today):
        raise NotReady(
            _("%(quarter)s can be judged from %(first)s to %(last)s.")
            % {
                "quarter": quarter,
                "first": date_format(assessment_opens(quarter), "DATE_FORMAT"),
                "last": date_format(assessment_closes(quarter), "DATE_FORMAT"),
            }
        )
    if level not in Level.values:
        raise Invalid(_("Choose LOW, MEDIUM or HIGH."), field="level")
    said = one_line(evidence, what=_("one sentence of evidence"), field="evidence", longest=LONGEST_EVIDENCE)
    return SelfAssessment.objects.create(
        department=department, quarter=str(quarter), official=by, level=level, evidence=said, given_at=at
    )


def may_remark(official: User, department: Department, at: datetime) -> bool:
    """Whether `official` signs for the department: its head."""
    posts = current(official.appointments.all(), at)
    return official.is_active and any(
        post.department_id == department.pk and post.section_id is None and post.role == Role.HEAD for post in posts
    )


def remark(department: Department, quarter: Quarter, *, by: User, at: datetime, text: str) -> Remark:
    """Sign what the department says of the three readings of a quarter that is over. It alters none of them."""
    _must_be_given(at)
    if not may_remark(by, department, at):
        raise NotAllowed(_("Only the head of %(department)s signs its remark.") % {"department": department})
    if not is_reading_shown(quarter, day_in(department.calendar.zone, at)):
        raise NotReady(_("%(quarter)s is not read yet; remark on it when it is over.") % {"quarter": quarter})
    said = required(text, what=_("the remark"), field="text", longest=LONGEST_REMARK)
    return Remark.objects.create(department=department, quarter=str(quarter), text=said, signed_by=by, signed_at=at)


def _must_be_given(at: datetime) -> None:
    if at.tzinfo is None:
        raise Invalid(_("Give the time with its zone."), field="at")
