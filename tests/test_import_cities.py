"""The cities' own files: what the house says of on time, late and waiting equals what their strings say, exactly.

The expected counts are computed here from the printed dates, without any of the code that imports them. The imports
are a process's work, one after the other into a database of its own. To keep the tests short they take one row of
SAMPLED, chosen by the digest of its key; JAWAB_WHOLE_FILES=1 takes them all.
"""

import csv
import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from complaints.importing.files import rows_of
from complaints.importing.requests import Oddity, Unusable, request_of
from complaints.importing.sources import SOURCES, layout_of
from tests.import_rows import environment, own_database

DATA = Path(settings.BASE_DIR).parent / "shared" / "data" / "311-dev"
pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the cities' records are not there: {DATA}"),
]
PATIENCE = 1800.0  # seconds, on a machine that is busy with other things
SAMPLED = 16
WHOLE = os.environ.get("JAWAB_WHOLE_FILES") == "1"

Told = dict[str, list[Any]]

IMPORT_AND_TELL = """
import json, sys
from datetime import date, datetime
import django
django.setup()
from django.core.management import call_command
from django.db.models import Count
from complaints.deadlines import owed, standing
from complaints.models import Complaint, Duty
from departments.models import Department
from engagement.survival import curve, median, within
from engagement.waiting import waiting, waits_of

class Always:
    start, end = date(1990, 1, 1), date(2900, 1, 1)

def told(city, moments):
    departments = [each for each in Department.objects.select_related("calendar") if f"({city})" in each.name["en"]]
    complaints = Complaint.objects.filter(department__in=departments)
    found = {"complaints": complaints.count(), "open": complaints.filter(closures__isnull=True).count()}
    for moment in moments:
        at = datetime.fromisoformat(moment)
        duties = Duty.objects.filter(owed(at), code="R6", department__in=departments).annotate(standing=standing(at))
        rows = duties.values_list("department__name", "standing").annotate(count=Count("pk")).order_by()
        found[moment] = [[name["en"], stands, count] for name, stands, count in rows]
        waits = waiting(departments, Always, at)
        found["waits " + moment] = of_all = {}
        for department in departments:
            group = waits_of(waits[department.pk]["all"])
            points = curve(group)
            if group.n:
                shares = [round(within(points, days)[0], 9) for days in (2, 5, 10, 20)]
                of_all[department.name["en"]] = [group.n, median(group, points).day, shares]
    return found

call_command("migrate", verbosity=0)
cities = json.loads(sys.argv[1])
for file, source, rejects, *_ in cities:
    call_command("import_requests", file, f"--source={source}", f"--rejects={rejects}", stdout=sys.stderr)
print(json.dumps([told(name, moments) for *_, name, moments in cities]))
"""


@dataclass(frozen=True)
class City:
    """A file with due dates, its columns, and how far its printed times are from UTC in the summer half of the year."""

    file: str
    source: str
    name: str
    agency: str
    created: str
    due: str
    closed: str
    form: str
    summer: timedelta
    middle: datetime  # as printed, in summer, amid the records


CITIES = [
    City(
        *("baltimore", "baltimore", "Baltimore", "Agency", "CreatedDate", "DueDate", "CloseDate"),
        form="%m/%d/%Y %I:%M:%S %p",
        summer=timedelta(hours=8),
        middle=datetime(2017, 7, 5, 12),
    ),
    City(
        *("boston", "boston", "Boston", "Department", "OPEN_DT", "TARGET_DT", "CLOSED_DT"),
        form="%Y-%m-%d %H:%M:%S",
        summer=timedelta(hours=8),
        middle=datetime(2020, 7, 7, 12),
    ),
    City(
        *("nyc2018", "nyc", "New York City", "Agency", "Created Date", "Due Date", "Closed Date"),
        form="%m/%d/%y %H:%M",
        summer=timedelta(hours=4),
        middle=datetime(2018, 10, 21, 14),
    ),
]


def taken(city: City, folder: Path) -> Path:
    """The file to import: the city's own, or a part of it."""
    whole = DATA / f"{city.file}.csv.gz"
    if WHOLE:
        return whole
    part = folder / f"{city.file}.csv.gz"
    with gzip.open(whole, "rt", encoding="utf-8", newline="") as file, gzip.open(part, "wt", newline="") as out:
        rows = csv.reader(file)
        writer = csv.writer(out)
        writer.writerow(next(rows))
        writer.writerows(row for row in rows if hashlib.sha256(row[0].encode()).digest()[0] % SAMPLED == 0)
    return part


def printed(file: Path) -> list[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def time_in(city: City, row: dict[str, str], column: str) -> datetime | None:
    return datetime.strptime(row[column], city.form) if row[column] else None


def expected(city: City, rows: list[dict[str, str]], at: datetime) -> Counter[tuple[str, str]]:
    """Requests with a due date by agency and standing at `at`, a printed time."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        created, due, closed = (time_in(city, row, column) for column in (city.created, city.due, city.closed))
        if due is None or created is None or created > at:
            continue
        if closed is not None and closed <= at:
            stands = "late" if closed > due else "met"
        else:
            stands = "overdue" if due < at else "running"
        counts[f"{row[city.agency]} ({city.name})", stands] += 1
    return counts


def day_of(city: City, printed: datetime) -> date:
    """The date on the wall. Where the printed summer time is eight hours from UTC, the wall's time was taken for UTC
    and printed in the city's zone, so that it reads four or five hours too early."""
    if city.summer == timedelta(hours=4):
        return printed.date()
    return printed.replace(tzinfo=ZoneInfo(SOURCES[city.source].zone)).astimezone(UTC).date()


def expected_waits(city: City, rows: list[dict[str, str]], at: datetime, today: date) -> dict[str, list[object]]:
    """By agency: how many there are, the day by which half have an answer (None: not yet), and which share has one
    within 2, 5, 10 and 20 calendar days; by going from day to day through the printed dates."""
    lasted: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for row in rows:
        created, closed = time_in(city, row, city.created), time_in(city, row, city.closed)
        if created is not None and created <= at:
            is_closed = closed is not None and closed <= at
            last = day_of(city, closed) if closed is not None and is_closed else today
            lasted[f"{row[city.agency]} ({city.name})"].append(((last - day_of(city, created)).days, is_closed))
    found: dict[str, list[object]] = {}
    for agency, cases in lasted.items():
        still, half, shares = Fraction(1), None, []
        for day in range(max(21, *(days + 1 for days, _ in cases))):
            at_risk = sum(days >= day for days, _ in cases)
            if at_risk:
                still *= 1 - Fraction(sum(days == day and is_closed for days, is_closed in cases), at_risk)
            if half is None and still <= Fraction(1, 2):
                half = day
            if day in (2, 5, 10, 20):
                shares.append(round(float(1 - still), 9))
        found[agency] = [len(cases), half, shares]
    return found


def moments(city: City, rows: list[dict[str, str]]) -> dict[str, datetime]:
    """Two moments by their ISO form, each as the city would print it: after everything, and amid the records."""
    columns = (city.created, city.due, city.closed)
    newest = max(found for row in rows for column in columns if (found := time_in(city, row, column)))
    after = newest + timedelta(days=2)
    return {
        after.replace(tzinfo=UTC).isoformat(): after,
        (city.middle + city.summer).replace(tzinfo=UTC).isoformat(): city.middle,
    }


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What an installation says after the import of all three, by file, each with the rows that were in it."""
    folder = tmp_path_factory.mktemp("cities")
    files = [taken(city, folder) for city in CITIES]
    rows = [printed(file) for file in files]
    asked = [
        (str(file), city.source, f"{file}.rejects", city.name, [*moments(city, of_it)])
        for city, file, of_it in zip(CITIES, files, rows, strict=True)
    ]
    with own_database(folder, "import_cities") as database:
        done = subprocess.run(
            [sys.executable, "-c", IMPORT_AND_TELL, json.dumps(asked)],
            cwd=settings.BASE_DIR, env=environment(folder, database),
            capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {city.file: both for city, *both in zip(CITIES, rows, json.loads(done.stdout), strict=True)}


@pytest.mark.processes
@pytest.mark.one_database
@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.file)
def test_on_time_and_late_are_what_the_city_printed(city: City, imported: Told) -> None:
    rows, found = imported[city.file]
    assert found["complaints"] == len(rows)
    assert found["open"] == sum(not row[city.closed] for row in rows)
    for iso, at in moments(city, rows).items():
        assert Counter({(name, stands): count for name, stands, count in found[iso]}) == expected(city, rows, at)
        today = datetime.fromisoformat(iso).astimezone(ZoneInfo(SOURCES[city.source].zone)).date()
        assert found[f"waits {iso}"] == expected_waits(city, rows, at, today)


@pytest.mark.parametrize(
    ("file", "source", "taken", "odd"),
    [
        (
            "baltimore",
            "baltimore",
            6353,
            {Oddity.CLOSED_AT_ONCE: 1386, Oddity.DUE_AT_ONCE: 149, Oddity.OVER_A_YEAR: 23},
        ),
        ("boston", "boston", 3228, {Oddity.DUE_AT_ONCE: 2, Oddity.CLOSED_AT_ONCE: 7}),
        ("nyc2018", "nyc", 4273, {Oddity.MOJIBAKE: 28, Oddity.CLOSED_AT_ONCE: 7, Oddity.CLOSED_BUT_STATUS_OPEN: 3}),
        ("nyc2024", "nyc", 1000, {Oddity.CLOSED_AT_ONCE: 6, Oddity.CLOSED_WITHOUT_DATE: 1}),
        ("sf", "sf", 6833, {Oddity.LINE_BREAK: 107, Oddity.OVER_A_YEAR: 674}),
    ],
)
def test_oddities_are_found_as_listed(file: str, source: str, taken: int, odd: dict[Oddity, int]) -> None:
    """The counts are those of the list that came with the records; San Francisco's 13 backward rows are refused."""
    header, *rows = rows_of(DATA / f"{file}.csv.gz")
    layout = layout_of(SOURCES[source], header)
    found: Counter[Oddity] = Counter()
    refused: Counter[str] = Counter()
    for cells in rows:
        try:
            found.update(request_of(layout, cells, at=datetime(2026, 1, 1, tzinfo=UTC)).oddities)
        except Unusable as reason:
            refused[reason.kind] += 1
    assert len(rows) - refused.total() == taken
    assert refused == ({"closed before it was created": 13} if file == "sf" else {})
    listed = {oddity: count for oddity, count in found.items() if oddity in _LISTED}
    assert listed == odd


_LISTED = frozenset(
    {
        *(Oddity.CLOSED_AT_ONCE, Oddity.DUE_AT_ONCE, Oddity.OVER_A_YEAR, Oddity.MOJIBAKE, Oddity.LINE_BREAK),
        *(Oddity.CLOSED_BUT_STATUS_OPEN, Oddity.CLOSED_WITHOUT_DATE),
    }
)
