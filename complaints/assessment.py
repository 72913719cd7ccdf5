"""What a citizen is asked about a concluded case beside the stars, and what was answered (measurement 2.5, source a).

The questions are worded once, for the citizen's page and for the official who reads them out on the telephone: answers
to other words could not be added up.
"""

from typing import Any, Protocol, TypedDict

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.models import Rating
from departments.errors import Invalid

YES, NO = "yes", "no"
_EITHER = [(YES, _("Yes")), (NO, _("No"))]


class Answers(TypedDict):
    """The answers by field of `Rating`; each may be left out (empty, None)."""

    answered: str
    could_say: bool | None
    used: str
    explained: bool | None


class Answered(Protocol):
    """Whatever has the answers: a rating, or what a citizen sees of it."""

    @property
    def answered(self) -> str: ...
    @property
    def could_say(self) -> bool | None: ...
    @property
    def used(self) -> str: ...
    @property
    def explained(self) -> bool | None: ...


# In the order in which they are asked.
QUESTIONS: dict[str, Any] = {
    "answered": _("Did the office answer what you asked?"),
    "could_say": _("Could you give your opinion or rate the work?"),
    "used": _("Was your opinion used, or were you told why not?"),
    "explained": _("Did you get what you came for, or were you told why not?"),
}
CHOICES: dict[str, list[tuple[str, Any]]] = {
    "answered": list(Rating.Answered.choices),
    "could_say": _EITHER,
    "used": list(Rating.Used.choices),
    "explained": _EITHER,
}


def check(answers: Answers) -> None:
    """Raise Invalid, naming the field, for an answer that none of the choices is."""
    wrong = [name for name in ("could_say", "explained") if answers[name] not in (None, True, False)]
    if answers["answered"] not in ("", *Rating.Answered.values):
        wrong.append("answered")
    if answers["used"] not in ("", *Rating.Used.values):
        wrong.append("used")
    if wrong:
        raise Invalid(gettext("Choose one of the answers, or leave the question out."), field=wrong[0])


def given(answers: Answers) -> dict[str, Any]:
    """Return the answers that were not left out."""
    return {name: answer for name, answer in answers.items() if answer not in ("", None)}


def in_words(answers: Answered) -> list[tuple[str, str]]:
    """Return (question, answer) for each question that was answered, in order."""
    said = []
    for name, question in QUESTIONS.items():
        answer = getattr(answers, name)
        value = (YES if answer else NO) if isinstance(answer, bool) else answer
        if value:
            said.append((str(question), str(dict(CHOICES[name])[value])))
    return said
