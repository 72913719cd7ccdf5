"""What a citizen can do with an opened query: each act with its small form and the verb that it calls."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints import closing, contesting, correspondence, pausing
from complaints.actors import Voice
from complaints.assessment import QUESTIONS
from complaints.chain import EventKind, text_digest
from complaints.citizen.fields import LineAnswer, QuestionAnswer, TextAnswer
from complaints.models import Complaint
from complaints.wording import LONGEST_TEXT
from departments.patterns import PatternForm, Radios

# A second click comes within this time.
_REPEATED_WITHIN = timedelta(minutes=10)


class ActForm(PatternForm):
    """An act needs the page that it was decided on: which query, and what was shown of it."""

    reference = forms.CharField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class Write(ActForm):
    """A letter to the office."""

    text = TextAnswer(
        label=_("Your message to the office"),
        empty=_("Write your message."),
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )


class Object(ActForm):
    """What is still wrong."""

    reason = TextAnswer(
        label=_("What is still wrong?"),
        empty=_("Write what is still wrong."),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )


class Rate(ActForm):
    """A judgement of the whole case. Only the stars must be given."""

    stars = forms.TypedChoiceField(
        label=_("How was it done?"),
        coerce=int,
        choices=[
            (5, _("5: very well")),
            (4, _("4: well")),
            (3, _("3: neither well nor badly")),
            (2, _("2: badly")),
            (1, _("1: very badly")),
        ],
        widget=Radios,
        error_messages={"required": _("Choose 1 to 5."), "invalid_choice": _("Choose 1 to 5.")},
    )
    answered = QuestionAnswer("answered")
    could_say = QuestionAnswer("could_say")
    used = QuestionAnswer("used")
    explained = QuestionAnswer("explained")
    comment = TextAnswer(
        label=_("Do you want to say why? (you can leave it empty)"),
        longest=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class Withdraw(ActForm):
    """Why it is taken back, if the citizen wants to say so."""

    reason = TextAnswer(
        label=_("Why? (you can leave it empty)"),
        longest=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class ContestAnswer(ActForm):
    """What the answer leaves open, if the citizen wants to say so."""

    reason = TextAnswer(
        label=_("What is not answered? (you can leave it empty)"),
        longest=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class Verify(ActForm):
    """The word from our message."""

    proof = LineAnswer(
        label=_("The word in the message"),
        empty=_("Write the word that stands in our message."),
        longest=100,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "class": "govuk-input--width-10"}),
    )


@dataclass(frozen=True)
class Act:
    """One move of the citizen: `do(complaint, seen, at, answers)` calls the verb; `fact` is the event it leaves."""

    form: type[ActForm]
    do: Callable[[Complaint, int, datetime, dict[str, Any]], Any]
    fact: EventKind
    done: Any


def _write(complaint: Complaint, seen: int, at: datetime, answers: dict[str, Any]) -> None:
    correspondence.citizen_writes(complaint, by=Voice.CITIZEN, at=at, seen=seen, text=answers["text"])


def _contest(complaint: Complaint, seen: int, at: datetime, answers: dict[str, Any]) -> None:
    pausing.contest_pause(complaint, by=Voice.CITIZEN, at=at, seen=seen)


def _contest_answer(complaint: Complaint, seen: int, at: datetime, answers: dict[str, Any]) -> None:
    contesting.contest_answer(complaint, by=Voice.CITIZEN, at=at, seen=seen, reason=answers["reason"])


def _confirm(complaint: Complaint, seen: int, at: datetime, answers: dict[str, Any]) -> None:
    closing.confirm(complaint, by=Voice.CITIZEN, at=at, seen=seen)


def _object(complaint: Complaint, seen: int, at: datetime, answers: dict[str, Any]) -> None:
    closing.object_to(complaint, by=Voice.CITIZEN, at=at, seen=seen, reason=answers["reason"])


def _rate(complaint: Complaint, seen: int, at: datetime, answers: dict[str, Any]) -> None:
    said = {name: answers[name] for name in ("stars", *QUESTIONS, "comment")}
    closing.rate(complaint, by=Voice.CITIZEN, at=at, seen=seen, **said)


def _withdraw(complaint: Complaint, seen: int, at: datetime, answers: dict[str, Any]) -> None:
    closing.withdraw(complaint, by=Voice.CITIZEN, at=at, seen=seen, reason=answers["reason"])


def _verify(complaint: Complaint, seen: int, at: datetime, answers: dict[str, Any]) -> None:
    correspondence.verify_contact(complaint, by=Voice.CITIZEN, at=at, proof=answers["proof"])


# By the name of the move (complaints/stages.py).
ACTS: dict[str, Act] = {
    "write": Act(Write, _write, EventKind.CITIZEN_WROTE, _("Your message is with the office.")),
    "contest_pause": Act(
        ActForm, _contest, EventKind.PAUSE_CONTESTED, _("Noted. The date runs on until somebody else has judged this.")
    ),
    "contest_answer": Act(
        ContestAnswer,
        _contest_answer,
        EventKind.ANSWER_CONTESTED,
        _("Noted. It does not count as an answer until somebody else has judged it."),
    ),
    "confirm": Act(ActForm, _confirm, EventKind.CONFIRMED, _("Thank you. You confirmed that it was done.")),
    "object": Act(Object, _object, EventKind.REOPENED, _("Your case is open again, with the dates you were given.")),
    "rate": Act(Rate, _rate, EventKind.RATED, _("Thank you for your judgement.")),
    "withdraw": Act(Withdraw, _withdraw, EventKind.WITHDRAWN, _("You took your query back.")),
    "verify": Act(Verify, _verify, EventKind.CONTACT_VERIFIED, _("The address is confirmed.")),
}


def was_done(complaint: Complaint, act: Act, answers: dict[str, Any], at: datetime) -> bool:
    """Whether the citizen did just this a moment ago: then it is a second click, and no second act."""
    last = complaint.events.filter(actor=Voice.CITIZEN, kind=act.fact).order_by("-number").first()
    if last is None or at - last.recorded_at > _REPEATED_WITHIN:
        return False
    return act.fact != EventKind.CITIZEN_WROTE or last.data.get("text") == text_digest(answers["text"])
