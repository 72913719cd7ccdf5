"""Handmade files of the four cities, one good row each, which a test changes where it wants trouble; and databases of
a test's own for imports that run as processes."""

import csv
import gzip
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

GOOD: dict[str, dict[str, str]] = {
    "baltimore": {
        "SRRecordID": "18-00000001",
        "SRType": "SW-Dirty Alley",
        "MethodReceived": "Phone",
        "CreatedDate": "04/16/2018 05:30:13 AM",
        "SRStatus": "Closed",
        "DueDate": "04/23/2018 05:30:13 AM",
        "CloseDate": "04/20/2018 06:25:33 AM",
        "Agency": "Solid Waste",
        "Address": "12 S STOCKTON ST",
        "Neighborhood": "Hollins Market",
    },
    "boston": {
        "CASE_ENQUIRY_ID": "101004128563",
        "OPEN_DT": "2022-01-17 11:20:00",
        "TARGET_DT": "2022-01-18 11:20:22",
        "CLOSED_DT": "2022-01-18 10:08:24",
        "CASE_STATUS": "Closed",
        "CLOSURE_REASON": "Case Closed. Closed date : 2022-01-18 15:08:24.983 Case Resolved made area safe",
        "CASE_TITLE": "Street Light Knockdown",
        "SUBJECT": "Public Works Department",
        "REASON": "Street Lights",
        "TYPE": "Street Light Knock Downs",
        "Department": "PWDx",
        "Location": "Batterymarch St",
        "Source": "Citizens Connect App",
    },
    "nyc": {
        "Unique Key": "40605866",
        "Created Date": "10/21/18 0:00",
        "Closed Date": "10/21/18 2:08",
        "Agency": "NYPD",
        "Complaint Type": "Noise - Vehicle",
        "Descriptor": "Car/Truck Music",
        "Incident Address": "2760 JEROME AVENUE",
        "City": "BRONX",
        "Status": "Closed",
        "Due Date": "10/21/18 8:00",
        "Resolution Description": "The condition was gone.",
        "Open Data Channel Type": "PHONE",
    },
    "sf": {
        "unique_key": "6078653",
        "created_date": "2016-07-13 15:11:07+00:00",
        "closed_date": "2016-07-14 12:13:22+00:00",
        "status": "Closed",
        "status_notes": "Field Work has been completed.",
        "agency_name": "PUC Sewer Ops",
        "category": "Sewer Issues",
        "complaint_type": "Odor",
        "descriptor": "Odor From_catch_basin",
        "incident_address": "1 Main St",
        "source": "Web",
    },
}


def header(source: str) -> list[str]:
    return list(GOOD[source])


def row(source: str, **changes: str) -> list[str]:
    """The good row of a city with some columns changed; their names are written with _ for a space."""
    good = GOOD[source]
    changed = {name if name in good else name.replace("_", " "): value for name, value in changes.items()}
    assert changed.keys() <= good.keys(), changed.keys() - good.keys()
    return list({**good, **changed}.values())


def text_of(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def write(path: Path, source: str, *rows: Sequence[str]) -> Path:
    """Write a file of the city, packed where its name says so."""
    data = text_of([header(source), *rows]).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def many(source: str, key: str, count: int, **changes: str) -> list[list[str]]:
    """Rows that differ only in their key."""
    return [row(source, **{key: f"many-{number:05}"}, **changes) for number in range(count)]


@contextmanager
def own_database(folder: Path, name: str) -> Iterator[str]:
    """The address of a database of this test's own, on the kind of server that the test run uses."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield f"sqlite:///{folder / f'{name}.sqlite3'}"
        return
    own = f"{name}_{os.getpid()}"
    _on_server(given, f'CREATE DATABASE "{own}"')
    try:
        yield urlunsplit(urlsplit(given)._replace(path=f"/{own}"))
    finally:
        _on_server(given, f'DROP DATABASE "{own}" WITH (FORCE)')


def _on_server(address: str, statement: str) -> None:
    connection = psycopg2.connect(address)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def environment(folder: Path, database: str) -> dict[str, str]:
    """What a process of an installation of its own is started with."""
    (folder / "var").mkdir(exist_ok=True)
    return {
        **os.environ,
        "DATABASE_URL": database,
        "JAWAB_VAR": str(folder / "var"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
