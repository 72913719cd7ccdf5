"""How a long list is cut into pages: by the order in which queries were written down, never by counting."""

import base64
import binascii
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

USUAL, LARGEST = 50, 200
# A primary key is unique and grows, so that nothing is skipped or shown twice while new queries come in.
ORDERS = {"recorded": "pk", "-recorded": "-pk"}
_HIGHEST_KEY = 2**63 - 1


class KeysetPages(BasePagination):
    """`limit`, `ordering`, and `cursor` as the page before gave it in `next`."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """Return the rows of the page, and remember where the next begins."""
        asked = request.query_params
        order = asked.get("ordering", "-recorded")
        if order not in ORDERS:
            raise serializers.ValidationError({"ordering": [f"Choose one of: {', '.join(ORDERS)}."]})
        limit = _limit(asked.get("limit", str(USUAL)))
        rows: QuerySet[Any] = queryset.order_by(ORDERS[order])
        if "cursor" in asked:
            rows = rows.filter(**{"pk__lt" if order.startswith("-") else "pk__gt": _key(asked["cursor"])})
        found = list(rows[: limit + 1])
        self.next = _cursor(found[limit - 1].pk) if len(found) > limit else None
        return found[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        """The page, with the cursor of the next."""
        return Response({"next": self.next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """As OpenAPI."""
        cursor = {"type": "string", "nullable": True, "description": "Give it as `cursor`; null on the last page."}
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": cursor, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """As OpenAPI."""
        limit = {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": USUAL}
        ordering = {"type": "string", "enum": list(ORDERS), "default": "-recorded"}
        cursor = {"type": "string", "pattern": "^[0-9A-Za-z_-]+=*$", "maxLength": 40}
        schemas = {"limit": limit, "ordering": ordering, "cursor": cursor}
        return [{"name": name, "in": "query", "required": False, "schema": each} for name, each in schemas.items()]


def _limit(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= LARGEST:
        return int(text)
    raise serializers.ValidationError({"limit": [f"Give a number from 1 to {LARGEST}."]})


def _cursor(key: int) -> str:
    return base64.urlsafe_b64encode(str(key).encode()).decode()


def _key(cursor: str) -> int:
    try:
        text = base64.urlsafe_b64decode(cursor.encode()).decode()
        if len(cursor) <= 40 and text.isascii() and text.isdigit() and int(text) <= _HIGHEST_KEY:
            return int(text)
    except (ValueError, binascii.Error):
        pass
    raise serializers.ValidationError({"cursor": ["Give the cursor as the page before gave it."]})
