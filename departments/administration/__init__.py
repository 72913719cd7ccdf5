"""The verbs that change who is who, what is promised and when people work."""

from departments.administration.calendars import (
    calendar_changed,
    cancel_holiday,
    confirm_holiday,
    declare_holiday,
    open_week,
)
from departments.administration.channels import close_channel, open_channel, open_channels
from departments.administration.people import (
    appoint,
    end_appointment,
    forget_second_factor,
    go_live,
    make_responsible,
)
from departments.administration.procedures import adopt, draft_version

__all__ = [
    "adopt",
    "appoint",
    "calendar_changed",
    "cancel_holiday",
    "close_channel",
    "confirm_holiday",
    "declare_holiday",
    "draft_version",
    "end_appointment",
    "forget_second_factor",
    "go_live",
    "make_responsible",
    "open_channel",
    "open_channels",
    "open_week",
]
