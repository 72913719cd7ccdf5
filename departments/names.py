"""What a translatable name is: one mapping of language to text, with English as the fallback, everywhere."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import get_language

FALLBACK = "en"


class Name(dict[str, str]):
    """Language code to text. `str(name)` reads it in the active language."""

    def in_language(self, language: str) -> str:
        """Return the text in `language` (a code such as "ur" or "ur-pk"), else in English."""
        return self.get(language) or self.get(language.split("-")[0]) or self.get(FALLBACK, "")

    def __str__(self) -> str:
        return self.in_language(get_language() or FALLBACK)


def validate_name(value: Any) -> None:
    """Raise ValidationError unless `value` maps language codes to text and has English."""
    if not isinstance(value, dict) or not all(isinstance(k, str) and isinstance(v, str) for k, v in value.items()):
        raise ValidationError('A name is a JSON object of language to text, such as {"en": "Roads", "ur": "سڑکیں"}.')
    if not value.get(FALLBACK, "").strip():
        raise ValidationError('Give the name in English too: {"en": "…"}.')


class NameAttribute(DeferredAttribute):
    """Makes a `Name` of whatever mapping is assigned, so that a row reads the same before and after it is saved."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        plain = isinstance(value, dict) and not isinstance(value, Name)
        instance.__dict__[self.field.attname] = Name(value) if plain else value


class NameField(models.JSONField):
    """A JSON column that reads back as a `Name`; English is required."""

    default_validators = [validate_name]
    descriptor_class = NameAttribute

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        loaded = super().from_db_value(value, expression, connection)
        return Name(loaded) if isinstance(loaded, dict) else loaded

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(dict(value) if isinstance(value, Name) else value)
