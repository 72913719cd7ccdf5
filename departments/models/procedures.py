"""Standard operating procedures as rows: what is promised, step by step, from which day on."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from departments.models.people import Department, User
from departments.names import NameField
from departments.sops import CountsFrom, Reason, Stage, Tells, Unit, in_force


class Sop(models.Model):
    """The procedure for one reason. Without a department it is the uniform one that all adopt."""

    reason = models.CharField(max_length=16, choices=Reason)
    department = models.ForeignKey(Department, models.PROTECT, related_name="sops", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reason"], condition=Q(department__isnull=True), name="one_uniform_sop"),
            models.UniqueConstraint(fields=["department", "reason"], name="one_own_sop_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.department.code if self.department else 'uniform'})"


class SopVersionQuerySet(models.QuerySet["SopVersion"]):
    def for_query(self, department: Department, reason: str, at: datetime) -> "SopVersion | None":
        """Return the version that a query of `reason` filed with `department` at `at` lives under: the
        department's own deviation while it lasts, else the uniform one."""
        own_or_uniform = Q(sop__department=department) | Q(sop__department__isnull=True)
        versions = self.filter(own_or_uniform, in_force(at), sop__reason=reason).select_related("sop")
        return versions.order_by(F("sop__department").desc(nulls_last=True), "-number").first()


class SopVersion(models.Model):
    """One dated wording of a procedure. Immutable once in force: a change is a new version
    (departments/administration/procedures.py adopts it)."""

    sop = models.ForeignKey(Sop, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    in_force_from = models.DateTimeField(null=True, blank=True, editable=False)
    in_force_until = models.DateTimeField(null=True, blank=True, editable=False)
    adopted_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True, editable=False)
    deviation_reason = models.TextField(blank=True, help_text="Why this department does not keep the uniform SOP.")

    objects = SopVersionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sop", "number"], name="one_version_a_number")]

    def __str__(self) -> str:
        return f"{self.sop} v{self.number}"


class Step(models.Model):
    """One line of an SOP. Steps without a limit carry no clock; `mandatory` ones decide the stage's standing."""

    version = models.ForeignKey(SopVersion, models.CASCADE, related_name="steps")
    stage = models.CharField(max_length=12, choices=Stage)
    code = models.CharField(max_length=4)
    title = NameField()
    instruction = NameField()
    limit = models.PositiveIntegerField(null=True, blank=True)
    unit = models.CharField(max_length=16, choices=Unit, blank=True)
    counts_from = models.CharField(max_length=12, choices=CountsFrom, default=CountsFrom.RECEIPT)
    mandatory = models.BooleanField(default=True)

    class Meta:
        ordering = ["version", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="one_step_a_code"),
            models.CheckConstraint(condition=Q(limit__isnull=True) | ~Q(unit=""), name="step_limit_has_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Rung(models.Model):
    """A rung of the escalation ladder: so long after the due date, tell these. Level 0 is the overdue flag itself
    and comes with the due date."""

    version = models.ForeignKey(SopVersion, models.CASCADE, related_name="rungs")
    level = models.PositiveSmallIntegerField()
    after = models.PositiveIntegerField(default=0)
    unit = models.CharField(max_length=16, choices=Unit, default=Unit.WORKING_HOURS)
    tells = models.CharField(max_length=8, choices=Tells)

    class Meta:
        ordering = ["version", "level"]
        constraints = [models.UniqueConstraint(fields=["version", "level"], name="one_rung_a_level")]

    def __str__(self) -> str:
        return f"{self.version} rung {self.level}"
