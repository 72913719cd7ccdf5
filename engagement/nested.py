"""Groups of what a query found: of rows that look at those beside them, or of groups; Django has no word for that."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet


def grouped(rows: QuerySet[Any], by: Sequence[str], *sums: str) -> list[tuple[Any, ...]]:
    """Return `by` and `sums`, SQL over the names of the values of `rows`, for each group of `by`, in one query.

    Never give what a user wrote: both go into the statement as they are.
    """
    sql, params = rows.query.sql_with_params()
    keys = ", ".join(by)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([*by, *sums])} FROM ({sql}) AS found GROUP BY {keys}", params)  # noqa: S608
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
