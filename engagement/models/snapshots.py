"""What was frozen of finished quarters, and what was found to be otherwise later."""

from django.db import models

from departments.models import Department


class Snapshot(models.Model):
    """A department's finished quarter as it was known at `frozen_at`, 45 days after its end. Append-only by a database
    trigger (migration 0004); engagement/snapshots.py alone writes it.

    `results` are the evidence of the gates, the verdicts and the steps; `inputs_hash` is the digest of the trails they
    were counted from, so that who has the records can show that these are the same.
    """

    department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False)
    quarter = models.CharField(max_length=6)  # 2026Q3
    method_version = models.PositiveSmallIntegerField()
    calendar_revision = models.PositiveIntegerField()
    inputs_hash = models.CharField(max_length=64)
    results = models.JSONField()
    frozen_at = models.DateTimeField()
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["department", "quarter", "method_version"], name="one_snapshot_a_quarter_and_method"
            )
        ]

    def __str__(self) -> str:
        return f"{self.department_id} {self.quarter} v{self.method_version}"


class Restatement(models.Model):
    """That a count as of `counted_at` came to something else than what was frozen or restated before. Append-only. No
    `differences` says that it is again as frozen. `reasons` are the later events by kind and the queries they touched.
    """

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="restatements")
    counted_at = models.DateTimeField()
    results = models.JSONField()
    differences = models.JSONField()
    reasons = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["snapshot", "counted_at"], name="one_restatement_a_count")]

    def __str__(self) -> str:
        return f"{self.snapshot_id} {self.counted_at}"
