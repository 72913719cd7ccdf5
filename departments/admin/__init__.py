"""Django's admin for the reference data. What has a verb is done by the verb; the rest is plain editing for staff
with Django's permissions."""

from departments.admin import calendars, people, procedures, texts, tokens

__all__ = ["calendars", "people", "procedures", "texts", "tokens"]
