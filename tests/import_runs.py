"""The command `manage.py import_requests`, run in the test's own process, and what it left behind."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import Max

AT = "2025-01-01T00:00+00:00"


def imported(path: Path, source: str, **options: object) -> str:
    """Run the command and return its report."""
    out = StringIO()
    given = {"at": AT, "source": source, **options}
    words = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    call_command("import_requests", path, *words, stdout=out)
    return out.getvalue()


def trouble(path: Path, source: str, **options: object) -> str:
    before = snapshot()
    with pytest.raises(CommandError) as caught:
        imported(path, source, **options)
    assert snapshot() == before, "it wrote something"
    return str(caught.value)


def rejects(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


def snapshot() -> dict[str, tuple[int, int | None]]:
    """Rows and highest key of every table of the house."""
    rooms = ("departments", "messaging", "complaints")
    models = [model for room in rooms for model in apps.get_app_config(room).get_models()]
    return {
        m._meta.label: (m._default_manager.count(), m._default_manager.aggregate(last=Max("pk"))["last"])
        for m in models
    }
