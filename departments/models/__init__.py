"""Who is who, what is promised, and when people work."""

from departments.models.calendars import Calendar, CalendarVersion, Holiday, Interval
from departments.models.catalogue import Category, Channel, ChannelOpening, District
from departments.models.people import Appointment, Department, Responsibility, Section, User
from departments.models.procedures import Rung, Sop, SopVersion, Step
from departments.models.texts import StandardText
from departments.models.tokens import ApiToken

__all__ = [
    "ApiToken",
    "Appointment",
    "Calendar",
    "CalendarVersion",
    "Category",
    "Channel",
    "ChannelOpening",
    "Department",
    "District",
    "Holiday",
    "Interval",
    "Responsibility",
    "Rung",
    "Section",
    "Sop",
    "SopVersion",
    "StandardText",
    "Step",
    "User",
]
