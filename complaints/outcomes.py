"""How a complaint can end, what each outcome presupposes, and when a closure holds."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# Measurement 2.6: a closure holds after 30 calendar days without objection to a delivered notice.
OBJECTION_WINDOW = timedelta(days=30)


class Outcome(models.TextChoices):
    GRANTED = "granted", _("Granted")
    PARTLY = "partly", _("Partly granted")
    REFUSED = "refused", _("Refused, with the reason")
    ANSWERED = "answered", _("Answered")
    WITHDRAWN = "withdrawn", _("Withdrawn by the citizen")
    NOT_REACHED = "not_reached", _("Citizen not reached")


# An official may conclude with these only after the answer itself was sent. A withdrawal is the citizen's word
# (the verb `withdraw`), and "not reached" presupposes a question left without an answer and a call (2.6).
NEEDS_AN_ANSWER = frozenset({Outcome.GRANTED, Outcome.PARTLY, Outcome.REFUSED, Outcome.ANSWERED})


def standing_closure(at: datetime, path: str = "") -> Q:
    """Closures made and not voided at `at`."""
    made = Q(**{f"{path}concluded_at__lte": at})
    return made & (Q(**{f"{path}voided_at__isnull": True}) | Q(**{f"{path}voided_at__gt": at}))


def held_closure(at: datetime, path: str = "") -> Q:
    """Closures that hold at `at`: confirmed by the citizen, or delivered 30 days ago without objection."""
    silent = Q(**{f"{path}delivered_at__lte": at - OBJECTION_WINDOW})
    return standing_closure(at, path) & (Q(**{f"{path}confirmed_at__lte": at}) | silent)
