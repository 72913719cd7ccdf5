"""What is read of a request: JSON of a bounded size and depth, known names only, moments with their zone."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any

from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

LARGEST_BODY = 256 * 1024  # bytes; the longest text of 20,000 characters, escaped, is half of it
FIRST_YEAR, LAST_YEAR = 1900, 2999


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"The body is larger than {LARGEST_BODY:,} bytes."
    default_code = "too_large"


class BoundedJSON(BaseParser):
    """JSON in UTF-8, whatever character set the request claims. Raises ParseError or TooLarge."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """Return the object in the body."""
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise TooLarge
        try:
            found = json.loads(body.decode("utf-8"), parse_constant=_refuse)
            if b"\\ud" in body.lower():
                # Half of a surrogate pair is no character: to name it in an answer would end in a 500.
                json.dumps(found, ensure_ascii=False).encode("utf-8")
        except (ValueError, RecursionError) as wrong:
            raise ParseError("The body is no JSON that can be read.") from wrong
        if not isinstance(found, dict):
            raise ParseError("The body must be a JSON object.")
        return found


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON.")


class KnownFields(serializers.Serializer):
    """A body in which a name that is not listed is refused instead of passed over: a slip must not look like done."""

    def to_internal_value(self, data: Any) -> Any:
        """Check the names, then the values."""
        if isinstance(data, Mapping):
            unknown = sorted(set(map(str, data)) - set(self.fields))
            if unknown:
                raise serializers.ValidationError({name[:100]: ["There is no such field."] for name in unknown[:20]})
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """A moment with its zone, in years that every calendar can tell."""

    def enforce_timezone(self, value: datetime) -> datetime:
        """Refuse what has no zone, or lies outside all reckoning."""
        if value.tzinfo is None:
            raise serializers.ValidationError("Give the time with its zone, such as 2026-03-02T10:00:00Z.")
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise serializers.ValidationError(f"Give a year from {FIRST_YEAR} to {LAST_YEAR}.")
        return super().enforce_timezone(value)


def refuse_unknown_parameters(request: Request, known: set[str]) -> None:
    """Raise ValidationError for a query parameter that is not in the allow-list."""
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise serializers.ValidationError({name[:100]: ["There is no such parameter."] for name in unknown[:20]})
