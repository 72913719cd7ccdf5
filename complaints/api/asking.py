"""What each move takes: one serializer a move, and the verb that it calls. Foreign rows are looked up only among those
that belong to the complaint, so that another's is refused like one that does not exist."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework import serializers

from complaints import closing, contesting, correspondence, drafting, pausing, routing
from complaints.models import Complaint, Rating
from complaints.models.letters import DRAFTED, LetterKind
from complaints.outcomes import Outcome
from complaints.wording import LONGEST_TEXT
from departments.api.reading import KnownFields, Moment
from departments.channels import ChannelKind
from departments.models import Category, Department, Section, StandardText, User
from departments.offices import live_departments

_HIGHEST_KEY = 2**63 - 1
DRAFT_KINDS = [(each.value, str(each.label)) for each in DRAFTED]
OUTCOMES = [(each.value, str(each.label)) for each in Outcome if each != Outcome.WITHDRAWN]


def _text(**more: Any) -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST_TEXT, **more)


class OneOf(serializers.CharField):
    """A row named by a code; `among` gives the rows that may be named for a complaint at a moment."""

    def __init__(self, among: Callable[[Complaint, datetime], QuerySet[Any]], by: str, **more: Any) -> None:
        self.among, self.by = among, by
        super().__init__(max_length=150, **more)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the row; raises ValidationError."""
        return _found(self, {self.by: super().run_validation(data)})


class NumberedOneOf(serializers.IntegerField):
    """A row named by its number."""

    def __init__(self, among: Callable[[Complaint, datetime], QuerySet[Any]], **more: Any) -> None:
        self.among = among
        super().__init__(min_value=1, max_value=_HIGHEST_KEY, **more)

    def to_internal_value(self, data: Any) -> int:
        """Return the number; booleans are none."""
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the row; raises ValidationError."""
        return _found(self, {"pk": super().run_validation(data)})


def _found(field: Any, named: dict[str, Any]) -> Any:
    row = field.among(field.context["complaint"], field.context["at"]).filter(**named).first()
    if row is None:
        raise serializers.ValidationError("There is no such one to choose.")
    return row


def _sections(complaint: Complaint, at: datetime) -> QuerySet[Section]:
    return Section.objects.filter(department=complaint.department_id)


def _categories(complaint: Complaint, at: datetime) -> QuerySet[Category]:
    return Category.objects.filter(department=complaint.department_id, is_open=True)


def _departments(complaint: Complaint, at: datetime) -> QuerySet[Department]:
    return live_departments(at)


def _standard_texts(complaint: Complaint, at: datetime) -> QuerySet[StandardText]:
    return StandardText.objects.offered(complaint.department_id, complaint.reason)


def _colleagues(complaint: Complaint, at: datetime) -> QuerySet[User]:
    return User.objects.filter(appointments__department=complaint.department_id).distinct()


class Move(KnownFields):
    """A move; `version` is that of the complaint when it was read, so that nobody decides on what has changed since."""

    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class Route(Move):
    section = OneOf(_sections, "code")
    category = OneOf(_categories, "code", required=False)


class TransferMove(Move):
    to = OneOf(_departments, "code", help_text="Code of a department that takes queries.")
    reason = _text()


class WithReason(Move):
    reason = _text()


class Withdraw(Move):
    reason = _text(required=False, allow_blank=True)


class Drafting(Move):
    text = _text()
    kind = serializers.ChoiceField(choices=DRAFT_KINDS, required=False)
    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False)
    standard_text = NumberedOneOf(
        _standard_texts, required=False, help_text="Number of the standard text with which it began."
    )


class SendBack(Move):
    comment = _text()


class WithText(Move):
    text = _text()


class Interim(Move):
    reason = _text()
    expected_at = Moment()


class Write(Move):
    text = _text()
    channel_kind = serializers.ChoiceField(choices=ChannelKind.choices)


class JudgePause(Move):
    pause = NumberedOneOf(lambda complaint, at: complaint.pauses.all())
    verdict = serializers.ChoiceField(choices=[("upheld", "Upheld"), ("struck", "Struck")])


class ContestAnswer(Move):
    reason = _text(required=False, allow_blank=True)


class JudgeAnswer(Move):
    letter = NumberedOneOf(lambda complaint, at: complaint.letters.filter(contest__isnull=False))
    verdict = serializers.ChoiceField(choices=[("upheld", "Upheld"), ("struck", "Struck")])


class Deliver(Move):
    letter = NumberedOneOf(lambda complaint, at: complaint.letters.exclude(kind=LetterKind.CITIZEN))


class Conclude(Move):
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    statement = _text(required=False, allow_blank=True)


class Rate(Move):
    """The citizen's judgement, and the answers to the questions of complaints/assessment.py as far as given."""

    stars = serializers.IntegerField(min_value=1, max_value=5)
    answered = serializers.ChoiceField(choices=Rating.Answered.choices, required=False, allow_blank=True)
    could_say = serializers.BooleanField(required=False, allow_null=True)
    used = serializers.ChoiceField(choices=Rating.Used.choices, required=False, allow_blank=True)
    explained = serializers.BooleanField(required=False, allow_null=True)
    comment = _text(required=False, allow_blank=True)


class Verify(KnownFields):
    """The word in the message to the address; it can be proven once only and needs no version."""

    proof = serializers.CharField(max_length=100)


class Reassign(Move):
    to = OneOf(_colleagues, "username", help_text="User name of an official of the department.")
    reason = _text()


@dataclass(frozen=True)
class Asked:
    """What a move takes and the verb that makes it."""

    takes: type[KnownFields]
    verb: Callable[..., Any]


# By the names of complaints/stages.py::MOVES; a test holds the two tables together.
ASKED: dict[str, Asked] = {
    "route": Asked(Route, routing.route),
    "transfer": Asked(TransferMove, routing.transfer),
    "accept_transfer": Asked(Move, routing.accept_transfer),
    "return_transfer": Asked(WithReason, routing.return_transfer),
    "accept": Asked(Move, routing.accept),
    "draft": Asked(Drafting, drafting.draft),
    "approve": Asked(Move, drafting.approve),
    "send_back": Asked(SendBack, drafting.send_back),
    "send": Asked(Move, drafting.send),
    "ask": Asked(WithText, correspondence.ask),
    "interim": Asked(Interim, correspondence.interim),
    "call": Asked(WithText, correspondence.call),
    "write": Asked(Write, correspondence.citizen_writes),
    "contest_pause": Asked(Move, pausing.contest_pause),
    "judge_pause": Asked(JudgePause, pausing.judge_pause),
    "contest_answer": Asked(ContestAnswer, contesting.contest_answer),
    "judge_answer": Asked(JudgeAnswer, contesting.judge_answer),
    "deliver": Asked(Deliver, correspondence.deliver),
    "conclude": Asked(Conclude, closing.conclude),
    "hand_over": Asked(Move, closing.hand_over),
    "confirm": Asked(Move, closing.confirm),
    "object": Asked(WithReason, closing.object_to),
    "rate": Asked(Rate, closing.rate),
    "sign_off": Asked(Move, closing.sign_off),
    "withdraw": Asked(Withdraw, closing.withdraw),
    "verify": Asked(Verify, correspondence.verify_contact),
    "note": Asked(WithText, correspondence.note),
    "reassign": Asked(Reassign, routing.reassign),
}
