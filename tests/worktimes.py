"""Calendars, zones and moments in a few words, for the tests of working time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from departments.worktime import Hours, Week, Worktime

KARACHI = ZoneInfo("Asia/Karachi")
LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
CAIRO = ZoneInfo("Africa/Cairo")
APIA = ZoneInfo("Pacific/Apia")
ZONES = [KARACHI, NEW_YORK, LONDON, CAIRO, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Australia/Lord_Howe")]

LONG_AGO = date(2020, 1, 1)
NOTHING = timedelta(0)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
MONDAY_TO_FRIDAY = range(5)
EVERY_DAY = range(7)


def hours(*pairs):
    """Hours from clock times: hours("9:00-17:00")."""
    found = []
    for pair in pairs:
        ends = [int(h) * 60 + int(m) for h, m in (end.split(":") for end in pair.split("-"))]
        found.append(Hours(*ends))
    return tuple(found)


def office(*pairs, zone=KARACHI, days=MONDAY_TO_FRIDAY, holidays=()):
    return Worktime(zone, (Week(LONG_AGO, dict.fromkeys(days, hours(*pairs))),), frozenset(holidays))


def at(zone, text, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def last_moment(zone, text):
    return at(zone, f"{text} 23:59:59.999999")


NINE_TO_FIVE = office("9:00-17:00")
