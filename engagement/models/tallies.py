"""What is kept of what was counted."""

from django.db import models

from departments.models import Department


class Tally(models.Model):
    """What a department's quarter came to: the counts of engagement/compliance.py as of `rows_at`, and those of every
    family as of `counted_at`, when all of it was counted in full. Kept because at a million queries that takes seconds.
    It holds nothing that cannot be counted again from the records; engagement/tallies.py alone writes it."""

    department = models.ForeignKey(Department, models.CASCADE, related_name="+", db_index=False)
    quarter = models.CharField(max_length=6)  # 2026Q3
    method_version = models.PositiveSmallIntegerField()
    counted_at = models.DateTimeField()
    calendar_revision = models.PositiveIntegerField(default=0)  # of the department's calendar, as it was counted with
    took = models.FloatField()  # seconds that counting the quarter took, for all departments counted with this one
    rows_at = models.DateTimeField()  # `counted_at`, or later: procedures keep up between full counts
    rows = models.JSONField()
    figures = models.JSONField(default=dict)  # by the name of the family (engagement/tallies.py::FAMILIES)

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [models.UniqueConstraint(fields=["department", "quarter"], name="one_tally_a_quarter")]

    def __str__(self) -> str:
        return f"{self.department_id} {self.quarter}"
