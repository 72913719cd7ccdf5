"""Which records a sign marks, and among which it looks: one condition for its count and for the list behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models import Window as Over
from django.db.models.functions import MD5, Lag, Lead, RowNumber

from complaints.answers import NEEDS_OWN_TEXT, OWN_SHARE_NEEDED
from complaints.deadlines import Ended
from complaints.models import Closure, Duty, Note, Rating
from complaints.models.letters import ANSWERS, LetterKind
from complaints.outcomes import Outcome, standing_closure
from complaints.steps import RESOLUTION
from departments.channels import ChannelKind
from engagement import lots, signs
from engagement.compliance import Window, within
from engagement.gates import COUNTED_A_CITIZEN
from engagement.models import CallBack
from engagement.nested import grouped
from engagement.periods import Quarter

# Outcomes after which a citizen is likely to judge badly (measurement 5, row 10: asked by outcome).
UNWELCOME = (Outcome.REFUSED, Outcome.PARTLY, Outcome.NOT_REACHED)
SPOKEN = (ChannelKind.PHONE, ChannelKind.COUNTER)


@dataclass(frozen=True)
class Mark:
    """The condition of what a sign counts, and of the rows among which."""

    of: Q
    marked: Q


Marks = Mapping[str, Mark]


def counted(rows: QuerySet[Any], marks: Marks, *beside: str) -> list[dict[str, Any]]:
    """Return k and n of every mark, by department and `beside`, in one query."""
    numbers: dict[str, Case | Value] = {}
    for code, mark in marks.items():
        numbers[_k(code)] = _one_if(mark.of & mark.marked)
        numbers[_n(code)] = _one_if(mark.of)
    by = ("held_by", *beside)
    found = rows.order_by().annotate(**numbers).values(*by, *numbers)
    counts = [f"COUNT({name})" for name in numbers]
    return [dict(zip((*by, *numbers), row, strict=True)) for row in grouped(found, by, *counts)]


def _one_if(condition: Q) -> Case | Value:
    """Something to count where the condition holds, nothing elsewhere."""
    return Case(When(condition, then=Value(1))) if condition else Value(1)


def k_and_n(row: Mapping[str, Any], code: str) -> tuple[int, int]:
    """Return what `counted` found for a sign in one row."""
    return row[_k(code)], row[_n(code)]


def _k(code: str) -> str:
    return f"k_{code.replace('-', '_')}"


def _n(code: str) -> str:
    return f"n_{code.replace('-', '_')}"


def of_closures(at: datetime) -> Marks:
    """The signs that closures give."""
    stands = standing_closure(at) & ~Q(outcome=Outcome.WITHDRAWN)
    rated = Exists(Rating.objects.filter(complaint=OuterRef("complaint"), rated_at__lte=at))
    told = Q(delivered_at__lte=at)
    called = Note.objects.filter(
        complaint=OuterRef("complaint"),
        kind=Note.Kind.CALL,
        written_at__lte=OuterRef("concluded_at"),
        written_at__gte=OuterRef("concluded_at") - signs.AFTER_A_CALL,
    )
    return {
        "held": Mark(Q(), Q(voided_at__lte=at)),
        "born-closed": Mark(Q(), Q(concluded_at__lt=F("complaint__recorded_at") + signs.BORN_CLOSED)),
        "withdrawn": Mark(Q(outcome=Outcome.WITHDRAWN), Q(Exists(called))),
        "unasked": Mark(stands, ~(told | Q(rated))),
        "unrated": Mark(stands & told, ~Q(rated)),
    }


_ANSWERS = Q(kind__in=ANSWERS)
_HEAVY = _ANSWERS & Q(complaint__reason__in=NEEDS_OWN_TEXT)
_BY_SOMEBODY = _ANSWERS & Q(author__isnull=False)


def letters(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """The answers and the interim notes of the period, each with the moments of those beside it: of the answers with
    the same text before and after it, and of the answer before it by the same hand. What is no such answer has moments
    too, which say nothing: the marks leave it out."""
    text = Case(When(_HEAVY, then=MD5("text")))
    alike: dict[str, Any] = {"partition_by": [F("held_by"), text], "order_by": ["sent_at", "pk"]}
    hand = Case(When(_BY_SOMEBODY, then=F("author")))
    sent: QuerySet[Any] = lots.answers(days, at).annotate(
        alike_before=Over(Lag("sent_at"), **alike),
        alike_after=Over(Lead("sent_at"), **alike),
        hand_before=Over(Lag("sent_at"), partition_by=[F("held_by"), hand], order_by=["sent_at", "pk"]),
    )
    return sent


def of_letters(at: datetime) -> Marks:
    """The signs that `letters` give."""
    repeated = Q(alike_before__gte=F("sent_at") - signs.REPEATED) | Q(alike_after__lte=F("sent_at") + signs.REPEATED)
    return {
        "canned": Mark(_HEAVY, Q(own_share__lt=OWN_SHARE_NEEDED)),
        "repeated": Mark(_HEAVY, repeated),
        "contested": Mark(_ANSWERS, Q(contest__contested_at__lte=at)),
        "hurried": Mark(_BY_SOMEBODY, Q(hand_before__gt=F("sent_at") - signs.MINUTE)),
        "instant": Mark(
            _ANSWERS & Q(complaint__taken_by__isnull=True),
            Q(sent_at__lt=F("complaint__recorded_at") + signs.INSTANT),
        ),
        "interim": Mark(Q(), Q(kind=LetterKind.INTERIM)),
    }


def contacts(days: Sequence[Window], at: datetime) -> QuerySet[Any]:
    """What citizens brought in the period, each with its `number` among those of one citizen to the department."""
    number = Over(RowNumber(), partition_by=[F("held_by"), F("citizen")], order_by=["received_at", "pk"])
    brought: QuerySet[Any] = lots.contacts(days, at).annotate(number=number)
    return brought


def of_contacts() -> Marks:
    """The signs that `contacts` give, and how many can have been made lighter."""
    by_official = Q(taken_by__isnull=False)
    late = Q(recorded_at__gt=F("received_at") + signs.TYPED_LATE)
    return {
        "typed-late": Mark(by_official & Q(channel__kind__in=SPOKEN), late),
        "staff-logged": Mark(Q(), by_official),
        "beyond-five": Mark(Q(), Q(citizen__isnull=False) & Q(number__gt=COUNTED_A_CITIZEN)),
        "reclassified": Mark(Q(reason__in=NEEDS_OWN_TEXT), Q(pk__in=[])),
    }


def of_ratings() -> Marks:
    """The signs that ratings give."""
    just_closed = Closure.objects.filter(
        complaint=OuterRef("complaint"),
        concluded_at__lte=OuterRef("rated_at"),
        concluded_at__gt=OuterRef("rated_at") - signs.MINUTE,
    )
    return {
        "instant-rating": Mark(Q(), Q(Exists(just_closed))),
        "staff-rating": Mark(Q(), Q(taken_by__isnull=False)),
    }


def calls(days: Window, quarter: Quarter, at: datetime) -> QuerySet[Any]:
    """The calls of the quarter's draw that citizens answered and whose case the office held for closed: one closure at
    least was not void before the call."""
    stood = Q(voided_at__isnull=True) | Q(voided_at__gte=OuterRef("settled_at"))
    closed = Closure.objects.filter(stood, complaint=OuterRef("complaint"), concluded_at__lte=OuterRef("settled_at"))
    drawn = CallBack.objects.filter(draw__quarter=str(quarter), draw__department__in=days.departments)
    answered = drawn.filter(Exists(closed.exclude(outcome=Outcome.WITHDRAWN)), settled_at__lte=at)
    return answered.filter(state=CallBack.State.ANSWERED).annotate(held_by=F("draw__department"))


def of_calls() -> Marks:
    """The signs that call-backs give."""
    return {"unsolved": Mark(Q(), Q(answered=Rating.Answered.NO))}


def resolutions(days: Sequence[Window], at: datetime) -> QuerySet[Duty]:
    """The resolutions of the period that had a date: each as its duty stood when it was done."""
    then = Q(replaced_at__isnull=True) | Q(replaced_at__gt=F("ended_at"))
    done = Duty.objects.filter(
        then, code=RESOLUTION, ended_as=Ended.DONE, ended_at__lte=at, opened_at__lte=F("ended_at")
    )
    return done.filter(within(days, "department", "ended_at")).annotate(held_by=F("department"))


def of_resolutions() -> Marks:
    """Resolved just before the date: not after it."""
    return {
        "last-day": Mark(Q(), Q(ended_at__lte=F("due_at"), ended_at__gt=F("due_at") - signs.LAST_DAY)),
    }
