"""The forms of the moves: each field is named after the verb's own input, so that what is typed goes to the verb as it
is, and its refusal comes back to the field that it names. Whatever is chosen comes from the official's own reach."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from complaints.actions import Case
from complaints.citizen.fields import QuestionAnswer
from complaints.desk import dates
from complaints.desk.queue import name_of
from complaints.models import Draft, Letter
from complaints.models.letters import DRAFTED, LetterKind
from complaints.outcomes import Outcome
from complaints.wording import LONGEST_TEXT
from departments.channels import ChannelKind
from departments.models import Appointment, Category, Section, StandardText, User
from departments.offices import live_departments
from departments.patterns import PatternForm, Radios
from departments.roles import POWERS, Power
from departments.sops import Stage


class Named(forms.ModelChoiceField):
    """A choice among rows with a translatable name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class Person(forms.ModelChoiceField):
    """A choice among officials."""

    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


def _text(rows: int, **options: Any) -> forms.CharField:
    too_long = _("Shorten this: it has %(show_value)d characters, %(limit_value)d are allowed.")
    messages = {"max_length": too_long, **options.pop("error_messages", {})}
    area = forms.Textarea({"rows": rows, "dir": "auto"})
    return forms.CharField(max_length=LONGEST_TEXT, strip=False, widget=area, error_messages=messages, **options)


def must_say(label: Any, missing: Any, *, hint: Any = "", rows: int = 6) -> forms.CharField:
    """A text that the verb needs; `missing` is said where there is none."""
    return _text(rows, label=label, help_text=hint, error_messages={"required": missing})


def may_say(label: Any, *, hint: Any = "", rows: int = 4) -> forms.CharField:
    """A text that may be left out."""
    return _text(rows, label=label, help_text=hint, required=False)


def one_of(label: Any, choices: Any, missing: Any, *, hint: Any = "") -> forms.ChoiceField:
    """One of a few, all seen at once."""
    messages = {"required": missing, "invalid_choice": missing}
    return forms.ChoiceField(label=label, choices=choices, help_text=hint, widget=Radios, error_messages=messages)


class MoveForm(PatternForm):
    """A move's form. `version` is what the official had before him; it goes to the verb as `seen`."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case = case
        self.prepare()

    def prepare(self) -> None:
        """Narrow the choices to what belongs to this query."""

    def among(self, name: str, rows: QuerySet[Any], *, missing: Any) -> None:
        """Let `name` be chosen among `rows` and nothing else."""
        field: Any = self.fields[name]
        field.queryset = rows
        field.error_messages |= {"required": missing, "invalid_choice": missing}

    def inputs(self) -> dict[str, Any]:
        """Return what the verb takes, by the names of its inputs."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class RouteForm(MoveForm):
    category = Named(None, label=_("Category"), required=False, empty_label=_("As it is"))
    section = Named(None, label=_("Section that answers"), empty_label=None)

    def prepare(self) -> None:
        department = self.case.complaint.department_id
        choose = _("Choose a section of this department.")
        self.among("section", Section.objects.filter(department=department).order_by("pk"), missing=choose)
        open_ones = Category.objects.filter(department=department, is_open=True).order_by("reason", "code")
        self.among("category", open_ones, missing=_("Choose a category of this department."))
        self.initial.update({"section": self.case.complaint.section_id, "category": self.case.complaint.category_id})


class TransferForm(MoveForm):
    to = Named(None, label=_("Department that must answer"), empty_label=_("Choose a department"))
    reason = must_say(_("Why it is theirs"), _("Say why it is theirs."), hint=_("They read it before they decide."))

    def prepare(self) -> None:
        others = live_departments(self.case.at).exclude(pk=self.case.complaint.department_id)
        self.among("to", others, missing=_("Choose the department."))


class ReturnForm(MoveForm):
    reason = must_say(_("Why it is not yours"), _("Say why it is not yours."))


class DraftForm(MoveForm):
    text = must_say(
        _("The letter"), _("Write the letter."), hint=_("Say what was found, what was done, or why not."), rows=14
    )
    kind = one_of(_("What it is"), [(k.value, k.label) for k in DRAFTED], _("Choose what it is."))
    language = one_of(_("Language of the letter"), settings.LANGUAGES, _("Choose the language."))
    standard_text: Any = forms.ModelChoiceField(None, required=False, widget=forms.HiddenInput)

    def prepare(self) -> None:
        """Begin with the wording in hand, or with the standard text that was chosen (initial, by its number)."""
        complaint = self.case.complaint
        before = Draft.objects.filter(complaint=complaint, closed_at__isnull=True).first()
        start = before or Draft(kind=LetterKind.SUBSTANTIVE, language=complaint.language, text="")
        offered = StandardText.objects.offered(complaint.department_id, complaint.reason)
        self.offered = list(offered.filter(language=start.language))
        asked = self.initial.get("standard_text", "")
        self.chosen = next((text for text in self.offered if str(text.pk) == asked), None)
        self.is_unknown = bool(asked) and self.chosen is None
        # One that was closed while the letter was written still is what it began with.
        gone = _("This standard text is not there any more. Choose another, or begin without one.")
        self.among("standard_text", StandardText.objects.of(complaint.department_id), missing=gone)
        text = self.chosen.text if self.chosen else start.text
        self.initial.update({"kind": start.kind, "language": start.language, "text": text})
        self.initial["standard_text"] = self.chosen


class SendBackForm(MoveForm):
    comment = must_say(_("What must change"), _("Say what must change."), rows=4)


class AskForm(MoveForm):
    text = must_say(
        _("The question"),
        _("Write the question."),
        hint=_("Ask for one thing that you need. The clock of the resolution stops from its delivery to the answer."),
    )


class InterimForm(MoveForm):
    reason = must_say(_("Why it takes longer"), _("Say why it takes longer."))
    expected_at = forms.DateField(
        label=_("New date"),
        help_text=_("The citizen is told this date. The promise itself stays as it was."),
        widget=forms.DateInput({"type": "date", "class": "govuk-input--width-10"}),
        error_messages={"required": _("Give the new date."), "invalid": _("Write the date like 2026-03-31.")},
    )

    def inputs(self) -> dict[str, Any]:
        """The date, to the end of that day in the office's zone."""
        zone = self.case.worktime.zone
        return {
            **super().inputs(),
            "expected_at": datetime.combine(self.cleaned_data["expected_at"], time(23, 59), zone),
        }


class CallForm(MoveForm):
    text = must_say(_("What came of the call"), _("Say what came of the call."), rows=4)


class NoteForm(MoveForm):
    text = must_say(_("Note"), _("Write the note."), hint=_("Only officials read it."), rows=3)


class WriteForm(MoveForm):
    text = must_say(_("What the citizen says"), _("Write what the citizen says."))
    channel_kind = one_of(_("How it came"), ChannelKind.choices, _("Choose how it came."))

    def prepare(self) -> None:
        self.initial.update({"channel_kind": ChannelKind.PHONE})


class UndeliveredLetter(forms.ModelChoiceField):
    """A letter that waits to be told."""

    def label_from_instance(self, obj: Any) -> str:
        sent = dates.minute(obj.sent_at, obj.complaint.department.calendar.worktime())
        return _("%(kind)s of %(sent)s") % {"kind": LetterKind(obj.kind).label, "sent": sent}


class DeliverForm(MoveForm):
    letter = UndeliveredLetter(
        None,
        label=_("Which letter was said, handed over or posted"),
        empty_label=None,
        widget=Radios,
    )

    def prepare(self) -> None:
        waiting = Letter.objects.filter(complaint=self.case.complaint, delivered_at__isnull=True)
        waiting = waiting.exclude(kind=LetterKind.CITIZEN).select_related("complaint__department__calendar")
        self.among("letter", waiting.order_by("sent_at"), missing=_("Choose the letter."))


class ConcludeForm(MoveForm):
    outcome = one_of(_("Outcome"), [c for c in Outcome.choices if c[0] != Outcome.WITHDRAWN], _("Choose the outcome."))
    statement = may_say(
        _("What the citizen is told"), hint=_("For a refusal: the reason. The letter says how to object.")
    )


class ReassignForm(MoveForm):
    to = Person(None, label=_("New owner"), empty_label=_("Choose a person"))
    reason = must_say(_("Why it changes hands"), _("Say why it changes hands."), rows=3)

    def prepare(self) -> None:
        entry = self.case.entry
        power = Power.MONITOR if entry is not None and entry.stage == Stage.MONITORING else Power.ANSWER
        self.among("to", holders(power, entry.section, self.case.at) if entry else User.objects.none(),
                   missing=_("Choose a person who may take it over."))  # fmt: skip


def holders(power: Power, section: Section, at: datetime) -> QuerySet[User]:
    """Return the people who hold `power` over what the section has, at `at`."""
    roles = [role for role, powers in POWERS.items() if power in powers]
    here = Q(section=section) | Q(department=section.department_id, section__isnull=True) | Q(department__isnull=True)
    held = Q(since__lte=at) & (Q(until__isnull=True) | Q(until__gt=at))
    posts = Appointment.objects.filter(here, held, role__in=roles)
    return User.objects.filter(pk__in=posts.values("user"), is_active=True).order_by("first_name", "username")


class ContestedPause(forms.ModelChoiceField):
    """A pause, by the moment of its question."""

    def label_from_instance(self, obj: Any) -> str:
        asked = dates.minute(obj.asked_at, obj.complaint.department.calendar.worktime())
        return _("Question of %(asked)s") % {"asked": asked}


class JudgePauseForm(MoveForm):
    pause: Any = ContestedPause(None, label=_("The contested pause"), empty_label=None, widget=Radios)
    verdict = one_of(
        _("Your judgement"),
        [("upheld", _("The pause counts: the question was needed")), ("struck", _("The pause does not count"))],
        _("Choose your judgement."),
    )

    def prepare(self) -> None:
        contested = self.case.complaint.pauses.filter(contested_at__isnull=False, judged_at__isnull=True)
        rows = contested.select_related("complaint__department__calendar").order_by("pk")
        self.among("pause", rows, missing=_("Choose the pause."))
        self.initial.update({"pause": contested.first()})


class ContestAnswerForm(MoveForm):
    reason = may_say(_("What is not answered"), hint=_("In the citizen's words. Monitoring reads it."), rows=3)


class ContestedAnswer(forms.ModelChoiceField):
    """An answer, by the moment of its sending."""

    def label_from_instance(self, obj: Any) -> str:
        sent = dates.minute(obj.sent_at, obj.complaint.department.calendar.worktime())
        return _("Answer of %(sent)s") % {"sent": sent}


class JudgeAnswerForm(MoveForm):
    letter: Any = ContestedAnswer(None, label=_("The contested answer"), empty_label=None, widget=Radios)
    verdict = one_of(
        _("Your judgement"),
        [("upheld", _("It is an answer to what was asked")), ("struck", _("It is no answer"))],
        _("Choose your judgement."),
    )

    def prepare(self) -> None:
        contested = self.case.complaint.letters.filter(contest__isnull=False, contest__judged_at__isnull=True)
        rows = contested.select_related("complaint__department__calendar").order_by("pk")
        self.among("letter", rows, missing=_("Choose the answer."))
        self.initial.update({"letter": contested.first()})


class ObjectForm(MoveForm):
    reason = must_say(_("What is still wrong"), _("Say what is still wrong."))


class RateForm(MoveForm):
    stars = forms.TypedChoiceField(
        label=_("How the citizen judges it"),
        coerce=int,
        choices=[(5, _("5: very good")), (4, "4"), (3, "3"), (2, "2"), (1, _("1: very bad"))],
        widget=Radios,
        error_messages={"required": _("Choose 1 to 5."), "invalid_choice": _("Choose 1 to 5.")},
    )
    answered = QuestionAnswer("answered")
    could_say = QuestionAnswer("could_say")
    used = QuestionAnswer("used")
    explained = QuestionAnswer("explained")
    comment = may_say(_("What the citizen adds"), rows=3)


class WithdrawForm(MoveForm):
    reason = may_say(_("Why the citizen withdraws"), hint=_("In the citizen's words. Monitoring checks it."), rows=3)


class VerifyForm(MoveForm):
    proof = forms.CharField(
        label=_("The word in the message that we sent to the address"),
        max_length=60,
        widget=forms.TextInput({"class": "govuk-input--width-10", "dir": "ltr", "autocomplete": "off"}),
        error_messages={"required": _("Write the word that the citizen reads out.")},
    )
