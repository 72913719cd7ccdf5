"""Each duty says by which procedure it is owed, as its query does (ADR 28)."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db.models import F

from complaints.models import Complaint, Duty
from departments.models import SopVersion
from departments.sops import Reason
from tests.lives import filed
from tests.world import World

pytestmark = pytest.mark.django_db


def strangers() -> int:
    """Duties of another procedure than their query's."""
    return Duty.objects.exclude(sop_version=F("complaint__sop_version")).count()


def test_the_migration_fills_in_the_querys_run_by_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    migration = import_module("complaints.migrations.0018_filled_in_run_by_run")
    for reason in (Reason.QUESTION, Reason.COMPLAINT, Reason.QUESTION):
        filed(world, reason=reason)
    assert strangers() == 0
    assert Complaint.objects.values("sop_version").distinct().count() == 2
    another = SopVersion.objects.exclude(pk__in=Complaint.objects.values("sop_version"))[0]
    assert Duty.objects.update(sop_version=another) == strangers() > 6
    monkeypatch.setattr(migration, "AT_ONCE", 4)
    migration.fill(apps, None)
    assert strangers() == 0
