"""What a citizen answers on the call-back, each answer beside the key that stands for it in a call by machine."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.models import Rating
from departments.patterns import PatternForm, Radios
from engagement.calling import Answers
from engagement.models import CallBack


def _keyed(choices: list[tuple[Any, Any]]) -> list[tuple[Any, str]]:
    """Number the choices from 1, as on the keys of a telephone."""
    return [(value, f"{key} – {label}") for key, (value, label) in enumerate(choices, start=1)]


_YES_NO = [("yes", _("Yes")), ("no", _("No"))]
_SATISFACTION = [
    (1, _("very badly")),
    (2, _("badly")),
    (3, _("neither well nor badly")),
    (4, _("well")),
    (5, _("very well")),
]


class AnswersForm(PatternForm):
    """The three questions of measurement 2.5 and the two beside them; all but the first may be left out."""

    answered = forms.ChoiceField(
        label=_("Did the office answer what you asked?"),
        widget=Radios,
        error_messages={
            "required": _("Choose what the citizen answered to the first question, or say that nobody answered."),
            "invalid_choice": _("Choose one of the answers."),
        },
    )
    could_say = forms.ChoiceField(
        label=_("Could you give your opinion or rate the work?"), widget=Radios, required=False
    )
    used = forms.ChoiceField(label=_("Was your opinion used, or were you told why not?"), widget=Radios, required=False)
    satisfaction = forms.TypedChoiceField(
        label=_("How was it done?"), widget=Radios, required=False, coerce=int, empty_value=None
    )
    explained = forms.ChoiceField(
        label=_("Did you get what you asked for, or was it explained to you why not?"), widget=Radios, required=False
    )
    way = forms.ChoiceField(
        label=_("How the questions were put"), widget=Radios, required=False, initial=CallBack.Way.PHONE
    )
    still_wrong = forms.CharField(
        label=_("Reopen the case: what is still wrong?"),
        help_text=_(
            "Only if the citizen says that it was not answered and wants it opened again. Else leave it empty."
        ),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keyed: dict[str, list[tuple[Any, Any]]] = {
            "answered": list(Rating.Answered.choices),
            "could_say": _YES_NO,
            "used": list(Rating.Used.choices),
            "satisfaction": _SATISFACTION,
            "explained": _YES_NO,
        }
        for name, choices in keyed.items():
            self.fields[name].choices = _keyed(choices)  # type: ignore[attr-defined]
        self.fields["way"].choices = CallBack.Way.choices  # type: ignore[attr-defined]

    def answers(self) -> Answers:
        """Return what a valid form says."""
        said = self.cleaned_data
        yes = {"yes": True, "no": False, "": None}
        return Answers(
            answered=said["answered"],
            could_say=yes[said["could_say"]],
            used=said["used"],
            satisfaction=said["satisfaction"],
            explained=yes[said["explained"]],
            way=said["way"] or CallBack.Way.PHONE,
        )
