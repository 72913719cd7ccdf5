"""Departments, their sections, the people in their posts, and who answers for each stage."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q

from departments.models.calendars import Calendar
from departments.names import NameField
from departments.roles import Role
from departments.sops import Stage


class User(AbstractUser):
    """A person who signs in. What he may do follows from his appointments, never from `is_staff`, which opens
    only Django's admin for reference data."""

    language = models.CharField(max_length=8, choices=settings.LANGUAGES, default="en")


class Department(models.Model):
    """An office that owes citizens answers. It takes queries from `live_since` on; departments/administration
    sets that, and only when every stage has an owner."""

    code = models.SlugField(unique=True)
    name = NameField()
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="departments")
    live_since = models.DateTimeField(null=True, blank=True, editable=False)

    def __str__(self) -> str:
        return str(self.name)


class Section(models.Model):
    """A part of a department to which people are appointed and complaints belong."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="sections")
    code = models.SlugField()
    name = NameField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["department", "code"], name="one_section_a_code")]

    def __str__(self) -> str:
        return f"{self.department.code}/{self.code}"


class Appointment(models.Model):
    """A person in a post for a time. Without a section: over the department. Without a department: the centre's."""

    user = models.ForeignKey(User, models.PROTECT, related_name="appointments")
    department = models.ForeignKey(Department, models.PROTECT, related_name="appointments", null=True, blank=True)
    section = models.ForeignKey(Section, models.PROTECT, related_name="appointments", null=True, blank=True)
    role = models.CharField(max_length=16, choices=Role)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")), name="appointment_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(section__isnull=True) | Q(department__isnull=False), name="section_post_has_department"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"


class Responsibility(models.Model):
    """Who answers for a stage: the section, its lead and his deputy. One row is open per department and stage."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="responsibilities")
    stage = models.CharField(max_length=12, choices=Stage)
    section = models.ForeignKey(Section, models.PROTECT, related_name="responsibilities")
    lead = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    deputy = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "responsibilities"
        constraints = [
            models.UniqueConstraint(
                fields=["department", "stage"], condition=Q(until__isnull=True), name="one_owner_a_stage"
            ),
            models.CheckConstraint(
                condition=Q(lead__isnull=True) | Q(deputy__isnull=True) | ~Q(lead=F("deputy")),
                name="deputy_is_not_the_lead",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department.code} {self.stage}"
