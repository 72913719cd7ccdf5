"""Working calendars as rows: dated weekly hours, several intervals a day, and holidays."""

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from departments.names import NameField
from departments.worktime import Hours, Week, Worktime


def validate_zone(value: str) -> None:
    """Raise ValidationError unless `value` is an IANA time zone."""
    if value not in available_timezones():
        raise ValidationError(f"“{value}” is not a time zone; write it like Asia/Karachi.")


class Calendar(models.Model):
    """When an office works. `revision` grows with every change of its rows, so that a computed worktime can be
    kept in memory under (id, revision) and never be stale."""

    code = models.SlugField(unique=True)
    name = NameField()
    zone = models.CharField(max_length=64, validators=[validate_zone], default="Asia/Karachi")
    revision = models.PositiveIntegerField(default=1, editable=False)

    def __str__(self) -> str:
        return str(self.name)

    def worktime(self) -> Worktime:
        """Return this calendar as the plain value that departments/worktime.py computes with."""
        return _loaded(self.pk, self.revision)


@lru_cache(maxsize=64)
def _loaded(pk: int, revision: int) -> Worktime:
    calendar = Calendar.objects.get(pk=pk)
    weeks = []
    for version in calendar.versions.prefetch_related("intervals"):
        hours: dict[int, list[Hours]] = {}
        for interval in version.intervals.all():
            hours.setdefault(interval.weekday, []).append(Hours(interval.opens, interval.closes))
        weeks.append(Week(version.since, {day: tuple(sorted(some)) for day, some in hours.items()}))
    closed = calendar.holidays.exclude(status=Holiday.Status.CANCELLED).values_list("date", flat=True)
    return Worktime(ZoneInfo(calendar.zone), tuple(weeks), frozenset(closed))


class CalendarVersion(models.Model):
    """The weekly hours from `since` (a local date) until the next version begins: Ramadan hours are one."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="versions")
    since = models.DateField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["since"]
        constraints = [models.UniqueConstraint(fields=["calendar", "since"], name="one_week_a_start")]

    def __str__(self) -> str:
        return f"{self.calendar} from {self.since}"


class Interval(models.Model):
    """Open from `opens` to `closes`, minutes after local midnight (1440 is the end of the day)."""

    WEEKDAYS = [(0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday")),
                (5, _("Saturday")), (6, _("Sunday"))]  # fmt: skip

    version = models.ForeignKey(CalendarVersion, models.CASCADE, related_name="intervals")
    weekday = models.PositiveSmallIntegerField(choices=WEEKDAYS)
    opens = models.PositiveSmallIntegerField(help_text="Minutes after midnight: 540 is 09:00.")
    closes = models.PositiveSmallIntegerField(help_text="Minutes after midnight: 1020 is 17:00, 1440 midnight.")

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="weekday_0_to_6"),
            models.CheckConstraint(
                condition=models.Q(opens__lt=models.F("closes"), closes__lte=1440), name="opens_before_closes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens // 60:02}:{self.opens % 60:02}"


class Holiday(models.Model):
    """A day on which the office is closed. Moon-sighted ones are provisional until the government notifies them."""

    class Status(models.TextChoices):
        PROVISIONAL = "provisional", _("Provisional")
        CONFIRMED = "confirmed", _("Confirmed")
        CANCELLED = "cancelled", _("Cancelled")

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="holidays")
    date = models.DateField()
    name = NameField()
    status = models.CharField(max_length=12, choices=Status, default=Status.PROVISIONAL)

    class Meta:
        ordering = ["date"]
        constraints = [models.UniqueConstraint(fields=["calendar", "date"], name="one_holiday_a_date")]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"
