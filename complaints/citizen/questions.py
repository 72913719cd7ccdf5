"""What a citizen is asked to file a query: one small form a page, in plain words."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from complaints.citizen.drafts import Draft
from complaints.citizen.fields import LineAnswer, MailAnswer, NumberAnswer, TextAnswer
from complaints.models import Complaint
from complaints.wording import LONGEST_LINE
from departments.channels import ChannelKind
from departments.forms import DistrictField, offer_districts
from departments.models import Category, Channel
from departments.patterns import PatternForm, Radios
from departments.sops import Reason

_PRIMARY_KEY = re.compile(r"[0-9]{1,18}")

NONE_OF_THESE = "none"
NOT_AT_ALL = "none"
# So many of an office's subjects are named to say what it does.
_SUBJECTS_NAMED = 4

REASONS = (
    (Reason.COMPLAINT, _("Complain"), _("Something is wrong, was not done, or was done badly.")),
    (Reason.QUESTION, _("Ask a question"), _("You want to know something.")),
    (Reason.FORM, _("Get a form, or hand one in"), _("An application, a certificate, a licence.")),
    (Reason.EVENT, _("Sign up for an event"), _("A training, an open court, a hearing.")),
    (Reason.PROJECT_INPUT, _("Say what you think of a project"), _("A plan, a road, a scheme, a law.")),
    (Reason.CONFLICT, _("Get help in a dispute"), _("You and somebody else disagree, and an office can settle it.")),
)


def ways_in(at: datetime) -> QuerySet[Channel]:
    """Return the open web channels of the departments that take queries at `at`."""
    ways = Channel.objects.filter(kind=ChannelKind.WEB, is_open=True, department__live_since__lte=at)
    return ways.select_related("department__calendar").order_by("department__code", "pk")


def subjects(at: datetime) -> QuerySet[Category]:
    """Return what the departments offer that can be asked here at `at`."""
    offices = ways_in(at).order_by().values("department")
    return Category.objects.filter(is_open=True, department__in=offices).order_by("department__code", "pk")


class Question(PatternForm):
    """One page of the filing: knows the draft, and gives back what was typed as it was typed."""

    def __init__(self, draft: Draft, at: datetime, **kwargs: Any) -> None:
        self.draft = draft
        self.at = at
        super().__init__(**kwargs)

    def typed(self) -> dict[str, str]:
        """Return what was sent, by field."""
        return {name: str(self.data.get(name, "")) for name in self.fields}

    def dress(self) -> None:
        """Fetch what is needed only where the page is drawn."""

    def settle(self, page: str) -> None:
        """Write the good answers into the draft, and forget what they make meaningless."""
        self.draft.settle(page, self.typed())


class AboutReason(Question):
    """Why the citizen comes."""

    page_heading = "reason"
    reason = forms.ChoiceField(
        label=_("What do you want to do?"),
        choices=[(value, label) for value, label, _hint in REASONS],
        widget=Radios(hints={value: hint for value, _label, hint in REASONS}),
        error_messages={
            "required": _("Choose what you want to do."),
            "invalid_choice": _("Choose what you want to do."),
        },
    )


class AboutTopic(Question):
    """What it is about: a line of some department's catalogue, or none of them."""

    topic = forms.CharField(
        label=_("What is it about?"),
        error_messages={"required": _("Choose what it is about. If you do not know, choose the last line.")},
    )

    def groups(self) -> list[tuple[str, list[tuple[str, Any]]]]:
        """Return the lines (value, name) by department, as the page draws them; without a department the last one."""
        groups: dict[str, list[tuple[str, Any]]] = defaultdict(list)
        for line in self._lines().select_related("department"):
            groups[str(line.department.name)].append((str(line.pk), str(line.name)))
        return [*groups.items(), ("", [(NONE_OF_THESE, _("None of these, or I do not know"))])]

    def clean(self) -> dict[str, Any]:
        """Give the chosen line too; None for none of them."""
        given: dict[str, Any] = super().clean() or {}
        chosen = given.get("topic", NONE_OF_THESE)
        category = None
        if chosen != NONE_OF_THESE:
            own = self._lines().filter(pk=chosen) if _PRIMARY_KEY.fullmatch(chosen) else Category.objects.none()
            category = own.select_related("department", "section").first()
            if category is None:
                self.add_error("topic", self.fields["topic"].error_messages["required"])
        return {**given, "category": category}

    def _lines(self) -> QuerySet[Category]:
        return subjects(self.at).filter(reason=self.draft.answer("reason", "reason"))


class AboutOffice(Question):
    """Which office it is for, by what the offices do."""

    page_heading = "office"
    office = forms.ChoiceField(
        label=_("Which office should answer?"),
        help_text=_("Choose the nearest. If it is another's, the office passes it on, and your dates stay."),
        widget=Radios,
        error_messages={
            "required": _("Choose an office."),
            "invalid_choice": _("Choose an office."),
        },
    )

    def __init__(self, draft: Draft, at: datetime, **kwargs: Any) -> None:
        super().__init__(draft, at, **kwargs)
        ways: dict[str, Channel] = {}
        for way in ways_in(at):
            ways.setdefault(str(way.department_id), way)
        self.ways = ways
        field = self.fields["office"]
        field.choices = [(value, str(way.department.name)) for value, way in ways.items()]  # type: ignore[attr-defined]

    def dress(self) -> None:
        """Say what each office does."""
        self.fields["office"].widget.hints = _what_they_do(self.at)

    def clean(self) -> dict[str, Any]:
        """Give the way into the chosen office too."""
        given: dict[str, Any] = super().clean() or {}
        return {**given, "channel": self.ways.get(given.get("office", ""))}


def _what_they_do(at: datetime) -> dict[str, str]:
    named: dict[str, list[str]] = defaultdict(list)
    for category in subjects(at).only("department_id", "name"):
        if len(named[str(category.department_id)]) < _SUBJECTS_NAMED:
            named[str(category.department_id)].append(str(category.name))
    return {office: " · ".join(names) for office, names in named.items()}


class InWords(Question):
    """The matter itself, and where it is."""

    text = TextAnswer(
        label=_("Say it in your own words"),
        help_text=_("What happened, when, and what do you want the office to do? Any language."),
        empty=_("Write what it is about."),
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
    )
    district = DistrictField(
        label=_("In which district is it? (you can leave it empty)"),
        silence=_("I do not want to say, or I do not know"),
    )
    place = LineAnswer(
        label=_("Where is it? (if there is a place)"),
        help_text=_("Village or street, and town. Name something near it that everybody knows."),
        longest=LONGEST_LINE,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def dress(self) -> None:
        """List the districts."""
        offer_districts(self)


class WhoAsks(Question):
    """By name, hidden from the handling office, or unknown."""

    anonymity = forms.ChoiceField(
        label=_("Who may know your name?"),
        choices=[
            (Complaint.Anonymity.NAMED, _("The office may know it")),
            (Complaint.Anonymity.HIDDEN, _("Not the office that handles it")),
            (Complaint.Anonymity.UNKNOWN, _("Nobody: I stay unknown")),
        ],
        widget=Radios(
            hints={
                Complaint.Anonymity.NAMED: _("They can ask back more easily."),
                Complaint.Anonymity.HIDDEN: _("Your name and address are kept, but they do not see them."),
                Complaint.Anonymity.UNKNOWN: _(
                    "We keep no name and no address. You see the answer only here, with the code that you get."
                ),
            }
        ),
        error_messages={
            "required": _("Choose who may know your name."),
            "invalid_choice": _("Choose who may know your name."),
        },
    )
    name = LineAnswer(
        label=_("Your name (you can leave it empty)"),
        longest=200,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "name"}),
    )

    def clean(self) -> dict[str, Any]:
        """Forget the name of who stays unknown."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("anonymity") == Complaint.Anonymity.UNKNOWN:
            given["name"] = ""
        return given

    def settle(self, page: str) -> None:
        """Nothing is kept of who stays unknown, not even in the draft."""
        super().settle(page)
        if self.cleaned_data["anonymity"] == Complaint.Anonymity.UNKNOWN:
            self.draft.typed[page]["name"] = ""
            self.draft.drop("reach")
            self.draft.drop("address")


class HowToReach(Question):
    """On which way the answer comes."""

    page_heading = "reach"
    reach = forms.ChoiceField(
        label=_("How should the answer reach you?"),
        help_text=_("Whatever you choose, you can also read it on this website with the code that you get."),
        choices=[
            (ChannelKind.EMAIL, _("By e-mail")),
            (ChannelKind.SMS, _("By text message to my mobile")),
            (ChannelKind.PHONE, _("By telephone call")),
            (ChannelKind.LETTER, _("By post")),
            (NOT_AT_ALL, _("Not at all: I look on this website")),
        ],
        widget=Radios,
        error_messages={
            "required": _("Choose how the answer should reach you."),
            "invalid_choice": _("Choose how the answer should reach you."),
        },
    )


_NUMBER = {"type": "tel", "autocomplete": "tel", "dir": "ltr", "class": "govuk-input--width-20"}
_ADDRESSES: dict[str, tuple[type[LineAnswer] | type[TextAnswer], Any, Any, forms.Widget]] = {
    ChannelKind.EMAIL: (
        MailAnswer,
        _("Your e-mail address"),
        _("We first send one short message with a word by which you confirm the address."),
        forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr", "spellcheck": "false"}),
    ),
    ChannelKind.SMS: (
        NumberAnswer,
        _("Your mobile number"),
        _("We first send one short message with a word by which you confirm the number."),
        forms.TextInput(attrs=_NUMBER),
    ),
    ChannelKind.PHONE: (
        NumberAnswer,
        _("The number that we should call"),
        _("We call in the office's working hours."),
        forms.TextInput(attrs=_NUMBER),
    ),
    ChannelKind.LETTER: (
        TextAnswer,
        _("Your postal address"),
        _("Name, house and street or village, post office, district."),
        forms.Textarea(attrs={"rows": 4, "autocomplete": "street-address", "dir": "auto"}),
    ),
}
_LONGEST_ADDRESS = 320


class AtAddress(Question):
    """The address for the chosen way."""

    page_heading = "address"

    def __init__(self, draft: Draft, at: datetime, **kwargs: Any) -> None:
        super().__init__(draft, at, **kwargs)
        self.kind = draft.answer("reach", "reach")
        field, label, hint, widget = _ADDRESSES.get(self.kind, _ADDRESSES[ChannelKind.EMAIL])
        self.fields["address"] = field(
            label=label,
            help_text=hint,
            widget=widget,
            longest=_LONGEST_ADDRESS,
            empty=_("Write it here, or go back and choose another way."),
        )

    def clean_address(self) -> str:
        """An address in lines is kept in one line."""
        return ", ".join(filter(None, map(str.strip, self.cleaned_data["address"].splitlines())))


def labels(choices: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """Return what the choices say, by value."""
    return {str(value): label for value, label in choices}
