"""The open rows as files: written aside first, so that a slow reader holds nothing up and no answer is held in memory
whole."""

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from datetime import datetime, time
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import IO

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from departments.offices import live_departments
from engagement.dashboard.forms import WhichFigures
from engagement.dashboard.guard import Busy, alone
from engagement.figures import is_quick
from engagement.openrows import OpenRow, open_rows

# Up to so many bytes are kept in memory, more on disk.
IN_MEMORY = 1_000_000
COLUMNS = [each.name for each in fields(OpenRow)]


@login_not_required
@require_safe
def performance_rows(request: HttpRequest, code: str, kind: str) -> HttpResponseBase:
    """The rows as they were known when the present day began: so nobody can tell from two answers what happened in
    between. 404 for a quarter that cannot be."""
    now = timezone.now()
    department = live_departments(now).filter(code=code).first()
    if department is None or kind not in KINDS:
        raise Http404
    form = WhichFigures({"quarter": request.GET.get("quarter", "")}, [department], now)
    if not form.is_valid():
        raise Http404
    at = timezone.make_aware(datetime.combine(timezone.localdate(now), time.min))
    content_type, write = KINDS[kind]
    try:
        file = _aside(write, lambda: open_rows(department, form.chosen, at))
    except Busy:
        return render(request, "dashboard/busy.html", status=503)
    name = f"{department.code}_{form.chosen}_open-rows_as-of-{at:%Y-%m-%d}.{kind}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


def _aside(write: Callable[[IO[str], Iterable[OpenRow]], None], rows: Callable[[], Iterable[OpenRow]]) -> IO[bytes]:
    """Write the rows to a file that vanishes when it is closed; one at a time where that takes long."""
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the answer closes it
    text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    if is_quick():
        write(text, rows())
    else:
        with alone():
            write(text, rows())
    text.detach()
    file.seek(0)
    return file


def _csv(file: IO[str], rows: Iterable[OpenRow]) -> None:
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)


def _json(file: IO[str], rows: Iterable[OpenRow]) -> None:
    file.write('{"columns": ' + json.dumps(COLUMNS) + ', "rows": [')
    for number, row in enumerate(rows):
        file.write(("," if number else "") + "\n" + json.dumps(asdict(row), ensure_ascii=False))
    file.write("\n]}\n")


KINDS: dict[str, tuple[str, Callable[[IO[str], Iterable[OpenRow]], None]]] = {
    "csv": ("text/csv; charset=utf-8", _csv),
    "json": ("application/json", _json),
}
