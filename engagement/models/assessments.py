"""What officials say of their own department, and what it remarks on what others say."""

from django.db import models

from departments.models import Department, User
from engagement.scale import Level


class SelfAssessment(models.Model):
    """How high one official holds the engagement of the department in a quarter, said before its records are read.

    Append-only: whoever answers again in the same week adds a row, and the last one counts. The official is kept so
    that nobody counts twice, and is shown to nobody: engagement/hearing.py alone reads these rows, and gives their
    distribution."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False)
    quarter = models.CharField(max_length=6)  # 2026Q3
    official = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    level = models.CharField(max_length=6, choices=Level)
    evidence = models.CharField(max_length=500)
    given_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["department", "quarter", "official"], name="assessment_of_a_quarter")]

    def __str__(self) -> str:
        return f"{self.department_id} {self.quarter}"


class Remark(models.Model):
    """What the head of a department says of its three readings of a quarter; it stands beside them and changes none.
    Append-only: the last one is shown."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="+", db_index=False)
    quarter = models.CharField(max_length=6)
    text = models.CharField(max_length=1000)
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    signed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["department", "quarter"], name="remark_of_a_quarter")]

    def __str__(self) -> str:
        return f"{self.department_id} {self.quarter}"
