"""Which quarter, and as of when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils import timezone
from django.utils.dateformat import format as written
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from departments.models import Department
from departments.patterns import PatternForm
from engagement.compliance import FIRST_YEAR
from engagement.dashboard.exhibits import Filter, Narrowed, Opening
from engagement.periods import Quarter, quarters

# The list of quarters goes back so many years at most.
YEARS = 10


class WhichFigures(PatternForm):
    """A quarter of the list and a moment that is past; without a moment, now. Bound to the address's query, so that a
    chosen page has an address that can be sent on."""

    quarter = forms.ChoiceField(
        label=_("Quarter"),
        required=False,
        error_messages={"invalid_choice": _("Choose a quarter from the list.")},
    )
    at = forms.DateTimeField(
        label=_("As it was known on"),
        required=False,
        help_text=_("Leave it empty for now. Write a day and an hour like 2026-11-21T09:00."),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "govuk-input--width-20"}, format="%Y-%m-%dT%H:%M"
        ),
        error_messages={"invalid": _("Write a day and an hour like 2026-11-21T09:00.")},
    )

    def __init__(
        self,
        data: Mapping[str, Any],
        departments: Sequence[Department],
        now: datetime,
        filters: Sequence[Filter] = (),
        opens_on: Opening = Opening.PRESENT,
    ) -> None:
        self._now = now
        self._filters = filters
        self._quarters = offered(departments, now)
        self._first = self._quarters[:2][-1 if opens_on is Opening.FINISHED else 0]
        # The address may hold fewer or other words than the form.
        super().__init__({"quarter": str(self._first), **{name: data[name] for name in data}})
        self.fields["quarter"].choices = [(str(each), name_of(each)) for each in self._quarters]  # type: ignore[attr-defined]
        for each in filters:
            self.fields[each.name] = forms.ChoiceField(
                label=str(each.label),
                required=False,
                choices=[("", gettext("All")), *each.choices(departments)],
                error_messages={"invalid_choice": gettext("Choose from the list.")},
            )

    def clean_at(self) -> datetime | None:
        """Refuse what has not come yet, and years that no calendar of ours knows."""
        at: datetime | None = self.cleaned_data["at"]
        if at is None:
            return None
        if at.year < FIRST_YEAR:
            raise forms.ValidationError(gettext("Write a year from 1900 on."))
        if at > self._now:
            raise forms.ValidationError(gettext("This moment has not come yet. Leave it empty for now."))
        return at

    @property
    def chosen(self) -> Quarter:
        """The quarter of a valid form."""
        return Quarter.read(self.cleaned_data["quarter"] or str(self._first))

    @property
    def at_chosen(self) -> datetime | None:
        """The moment of a valid form; None is now."""
        at: datetime | None = self.cleaned_data["at"]
        return at

    @property
    def narrowed(self) -> tuple[Narrowed, ...]:
        """The filters of a valid form that are on."""
        on = [(each, self.cleaned_data[each.name]) for each in self._filters if self.cleaned_data[each.name]]
        return tuple(
            Narrowed(each.name, value, f"{each.label}: {dict(self.fields[each.name].choices)[value]}")  # type: ignore[attr-defined]
            for each, value in on
        )

    @property
    def filter_fields(self) -> list[forms.BoundField]:
        """The fields of the filters, in their order."""
        return [self[each.name] for each in self._filters]

    @property
    def asked_query(self) -> str:
        """The words of the address that ask for what a valid form asks for."""
        words = {"quarter": str(self.chosen)}
        if self.at_chosen is not None:
            words["at"] = f"{timezone.localtime(self.at_chosen):%Y-%m-%dT%H:%M}"
        return urlencode(words | {each.name: each.value for each in self.narrowed})


def refuse_busy(form: WhichFigures) -> None:
    """Say that somebody else's earlier moment is being counted."""
    form.add_error(
        "at", forms.ValidationError(gettext("An earlier moment is just being counted. Ask again in a minute."), "busy")
    )


def is_busy(form: WhichFigures) -> bool:
    """Whether that was said."""
    return "at" in form.errors and form.errors["at"].as_data()[0].code == "busy"


def offered(departments: Sequence[Department], now: datetime) -> list[Quarter]:
    """Return the quarters since the first of `departments` took queries, the present one first."""
    today = timezone.localdate(now)
    begun = [timezone.localdate(each.live_since) for each in departments if each.live_since and each.live_since <= now]
    first = max(min(begun, default=today), today.replace(year=today.year - YEARS, month=1, day=1))
    return list(quarters(first, today))[::-1]


def name_of(quarter: Quarter) -> str:
    """Write a quarter for a reader: its months and its year."""
    return gettext("{first} to {last} {year}").format(
        first=written(quarter.start, "F"), last=written(quarter.end, "F"), year=quarter.year
    )
