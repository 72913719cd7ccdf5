"""The form of our pages."""

from django import forms


class PatternForm(forms.Form):
    """A form that is rendered in the patterns of our pages."""
