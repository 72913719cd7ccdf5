"""The fields of the citizen's forms: text cleaned by the rules of complaints/wording.py, with messages to be read."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from complaints.assessment import CHOICES, QUESTIONS, YES
from complaints.wording import LONGEST_LINE, LONGEST_TEXT, cleaned
from departments.patterns import RadiosInLine

_MAIL_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+")
# What people put between the digits of a number; Urdu keyboards type digits of their own.
_BETWEEN = re.compile(r"[\s().\-\u200e\u200f\u2010-\u2015]+")
_NUMBER = re.compile(r"\+?[0-9]{7,15}")
_DIGITS = {ord(c): str(i % 10) for i, c in enumerate("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")}


class TextAnswer(forms.CharField):
    """Free text: cleaned, bounded, never cut."""

    def __init__(self, *, empty: Any = "", longest: int = LONGEST_TEXT, **kwargs: Any) -> None:
        self.empty = empty
        self.longest = longest
        super().__init__(required=bool(empty), **kwargs)

    def clean(self, value: Any) -> str:
        """Return the cleaned text; refuse it when it is too long, or empty where it may not be."""
        plain = cleaned(value or "")
        if not any(c.isprintable() and not c.isspace() for c in plain):
            if self.required:
                raise ValidationError(self.empty, code="required")
            return ""
        if len(plain) > self.longest:
            message = _("Shorten this: it has %(has)s characters, %(allowed)s are allowed.")
            values = {"has": f"{len(plain):,}", "allowed": f"{self.longest:,}"}
            raise ValidationError(message, code="long", params=values)
        return plain


class LineAnswer(TextAnswer):
    """Text in one line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"longest": LONGEST_LINE, **kwargs})

    def clean(self, value: Any) -> str:
        """Return the cleaned text with its line breaks made spaces."""
        return " ".join(super().clean(value).split())


class MailAnswer(LineAnswer):
    """One e-mail address."""

    def clean(self, value: Any) -> str:
        """Return the address."""
        plain = super().clean(value)
        if not _MAIL_ADDRESS.fullmatch(plain):
            raise ValidationError(_("Write one e-mail address, like name@example.pk."), code="address")
        return plain


class NumberAnswer(LineAnswer):
    """One telephone number, typed with whatever digits and spaces."""

    def clean(self, value: Any) -> str:
        """Return the number as + and digits."""
        plain = _BETWEEN.sub("", super().clean(value).translate(_DIGITS))
        if not _NUMBER.fullmatch(plain):
            raise ValidationError(_("Write one telephone number, like 0300 1234567."), code="number")
        return plain


class QuestionAnswer(forms.TypedChoiceField):
    """One of the questions of complaints/assessment.py, which may be left out: gives what the verb takes."""

    def __init__(self, name: str) -> None:
        wrong = _("Choose one of the answers, or leave the question out.")
        # A question of yes and no is kept as a truth value, any other by its word.
        is_either = dict(CHOICES[name]).keys() == {"yes", "no"}
        super().__init__(
            label=QUESTIONS[name],
            choices=CHOICES[name],
            coerce=(lambda word: word == YES) if is_either else str,
            empty_value=None if is_either else "",
            required=False,
            widget=RadiosInLine,
            error_messages={"invalid_choice": wrong},
        )
