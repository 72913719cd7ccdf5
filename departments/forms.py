"""Form fields for what is peculiar here: a name in several languages, a district, a time of day kept as minutes."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.helpers import ActionForm
from django.contrib.auth.forms import AdminUserCreationForm
from django.core.exceptions import ValidationError
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from departments.districts import Province, by_province
from departments.models import District, Holiday, Interval, User
from departments.names import FALLBACK, Name
from departments.worktime import MINUTES_A_DAY


def _attributes(language: str) -> dict[str, str]:
    info = get_language_info(language)
    name = info["name_local"]
    direction = "rtl" if info["bidi"] else "ltr"
    return {"lang": language, "dir": direction, "aria-label": name, "placeholder": name, "class": "vTextField"}


class NameWidget(forms.MultiWidget):
    """One input a language, each marked with its language and direction for screen readers and keyboards."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({code: forms.TextInput(_attributes(code)) for code, _label in settings.LANGUAGES}, attrs)

    def decompress(self, value: Any) -> list[str]:
        """Return the texts of a name in the order of the inputs."""
        name = value or {}
        return [name.get(code, "") for code, _label in settings.LANGUAGES]


class NameFormField(forms.MultiValueField):
    """A name in all languages of the site; only the English one must be given."""

    widget = NameWidget

    def __init__(self, *, encoder: Any = None, decoder: Any = None, **kwargs: Any) -> None:
        # The JSON column behind it offers its coders and a hidden initial value; a name needs none of them.
        kwargs["show_hidden_initial"] = False
        missing = _("Give it in English too.")
        fields = [
            forms.CharField(required=code == FALLBACK, error_messages={"incomplete": missing, "required": missing})
            for code, _label in settings.LANGUAGES
        ]
        super().__init__(fields=fields, require_all_fields=False, **kwargs)

    def compress(self, data_list: Sequence[str]) -> Name:
        """Return the name; languages left empty are left out."""
        given = zip((code for code, _label in settings.LANGUAGES), data_list, strict=False)
        return Name({code: text for code, text in given if text})


class _ByProvince(forms.models.ModelChoiceIterator):
    """Nothing, then the districts under the names of their provinces."""

    def __iter__(self) -> Iterator[Any]:
        yield "", self.field.empty_label
        for province, districts in by_province(self.queryset):
            yield province, [self.choice(district) for district in districts]


class DistrictField(forms.ModelChoiceField):
    """A district, named by its code; it may be left out. `silence` is the first line of the list."""

    iterator = _ByProvince

    def __init__(self, *, silence: Any, **kwargs: Any) -> None:
        wrong = _("Choose a district from the list, or its first line.")
        messages = {"invalid_choice": wrong}
        rows = District.objects.all()
        super().__init__(
            rows, to_field_name="code", required=False, empty_label=silence, error_messages=messages, **kwargs
        )


def offer_districts(form: forms.Form) -> None:
    """Read the districts for the page on which `form` is drawn. Where none are kept, they are not asked for."""
    # The iterator itself: a list of the choices would first ask how many there are.
    choices = list(iter(form.fields["district"].choices))  # type: ignore[attr-defined]
    if len(choices) == 1:
        del form.fields["district"]
    else:
        form.fields["district"].widget.choices = choices


class DistrictForm(forms.ModelForm):
    """A district, in one of the provinces."""

    province = forms.ChoiceField(label=_("province"), choices=Province.choices)

    class Meta:
        model = District
        fields = ("code", "province", "name")
        field_classes = {"name": NameFormField}


class ClockField(forms.CharField):
    """A time of day such as 09:00, up to 24:00, as minutes after midnight."""

    default_error_messages = {"clock": _("Write a time like 09:00, up to 24:00.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput({"size": 5, "placeholder": "09:00", "dir": "ltr"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show minutes as a time; leave what somebody typed as it is."""
        return f"{value // 60:02}:{value % 60:02}" if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """Return the minutes; None for an empty input."""
        text = super().to_python(value)
        if not text:
            return None
        hours, colon, minutes = text.partition(":")
        if not (colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2 and int(minutes) < 60):
            raise ValidationError(self.error_messages["clock"], code="clock")
        total = int(hours) * 60 + int(minutes)
        if total > MINUTES_A_DAY:
            raise ValidationError(self.error_messages["clock"], code="clock")
        return total


class IntervalForm(forms.ModelForm):
    """One line of the weekly hours."""

    opens = ClockField(label=_("opens"))
    closes = ClockField(label=_("closes"))

    class Meta:
        model = Interval
        fields = ("weekday", "opens", "closes")


class HolidayForm(forms.ModelForm):
    """A holiday to declare."""

    class Meta:
        model = Holiday
        fields = ("calendar", "date", "name", "status")
        field_classes = {"name": NameFormField}

    def clean(self) -> dict[str, Any] | None:
        """Declare the cancelled holiday of that date again, if there is one, for a date has one row."""
        given = super().clean() or self.cleaned_data
        if self.instance.pk is None and "calendar" in given and "date" in given:
            same = Holiday.objects.filter(calendar=given["calendar"], date=given["date"])
            self.instance = same.filter(status=Holiday.Status.CANCELLED).first() or self.instance
        return given


class AdoptionForm(ActionForm):
    """The choice of an action on versions, and the day on which an adopted deviation ends."""

    until = forms.DateField(
        label=_("Deviation ends on"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


class UserCreation(AdminUserCreationForm):
    """A new account."""

    class Meta(AdminUserCreationForm.Meta):
        model = User
