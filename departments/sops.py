"""What a procedure is made of (stages, reasons, steps, units), and which version of it applies at a moment."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    """The three stages of every engagement with a citizen (Bajwa, Masood and Nawaz, findings)."""

    CONTENT = "content", _("Content creation")
    RESPONSE = "response", _("Response")
    MONITORING = "monitoring", _("Monitoring")


class Reason(models.TextChoices):
    """Why citizens come (the survey's Figure 7)."""

    COMPLAINT = "complaint", _("Complaint")
    QUESTION = "question", _("Question")
    FORM = "form", _("Get or hand in a form")
    EVENT = "event", _("Sign up for an event")
    PROJECT_INPUT = "project_input", _("Give input on a project")
    CONFLICT = "conflict", _("Resolve a conflict")


class Unit(models.TextChoices):
    """How a limit is counted. Days run to the end of the due date; hours are open hours to the minute."""

    WORKING_DAYS = "working_days", _("working days")
    WORKING_HOURS = "working_hours", _("working hours")
    CALENDAR_DAYS = "calendar_days", _("calendar days")


class CountsFrom(models.TextChoices):
    """The fact in a complaint's life from which a step's limit is counted."""

    RECEIPT = "receipt", _("receipt of the query")
    TRANSFER = "transfer", _("transfer to another department")
    ANSWER = "answer", _("the first answer sent")
    CONCLUSION = "conclusion", _("the conclusion")
    HANDOVER = "handover", _("hand-over to monitoring")
    ELSEWHERE = "elsewhere", _("records outside one complaint's clock")


class Tells(models.TextChoices):
    """Whom a rung of the escalation ladder tells."""

    OWNER = "owner", _("owner")
    LEAD = "lead", _("lead of the stage")
    HEAD = "head", _("head of the department")
    CENTRE = "centre", _("the centre over all departments")


def in_force(at: datetime, path: str = "") -> Q:
    """The SOP versions that apply at `at` (aware). A deviation of a department also ends on its expiry date.

    `path` is the lookup prefix to the SopVersion, such as "version__".
    """
    begun = Q(**{f"{path}in_force_from__lte": at})
    not_ended = Q(**{f"{path}in_force_until__isnull": True}) | Q(**{f"{path}in_force_until__gt": at})
    return begun & not_ended
