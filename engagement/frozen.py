"""What is frozen of a quarter, and whether it was restated since."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from departments.models import Department
from engagement.evidence import Evidence
from engagement.freezing import Status
from engagement.models import Restatement, Snapshot
from engagement.periods import Quarter
from engagement.rollup import METHOD_VERSION


@dataclass(frozen=True)
class Frozen:
    """A snapshot and the last restatement of it; None where there never was one."""

    snapshot: Snapshot
    restated: Restatement | None = None

    @property
    def status(self) -> Status:
        """Final, or restated while the last count comes to something else."""
        return Status.RESTATED if self.restated and self.restated.differences else Status.FINAL

    @property
    def evidence(self) -> Evidence:
        """The counts as they were frozen."""
        return Evidence.from_json(self.snapshot.results["evidence"])


def frozen(
    departments: Iterable[Department], quarter: Quarter, at: datetime, version: int = METHOD_VERSION
) -> dict[int, Frozen]:
    """Return what is frozen of `quarter` for each department (primary key) that has a snapshot whose moment has come
    by `at`, in two queries."""
    later = Restatement.objects.filter(counted_at__lte=at).order_by("counted_at")
    found = Snapshot.objects.filter(
        department__in=departments, quarter=str(quarter), method_version=version, frozen_at__lte=at
    ).prefetch_related(Prefetch("restatements", later))
    return {each.department_id: Frozen(each, next(iter(list(each.restatements.all())[::-1]), None)) for each in found}


def status_of(found: Frozen | None) -> Status:
    """Return the status of a quarter: without a snapshot it is provisional."""
    return found.status if found else Status.PROVISIONAL
