"""What a verb refuses, on the page: the sentence at the input that is meant, everything typed kept, and a status."""

from django import forms

from complaints.desk.moving import STATUS
from departments.errors import Refused


def refused(form: forms.Form, refusal: Refused) -> int:
    """Write the refusal into the form and return the status of the page."""
    field = getattr(refusal, "field", "")
    form.add_error(field if field in form.fields else None, refusal.sentence)
    return next((STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS), 409)
