"""The open rows of a department's quarter: one for each contact, coarse enough that nobody is recognised, and exact
enough that anybody can count the published answer gate (M1) again (measurement 2.3, 5 row 24).

Which citizens' fields are told is the word of engagement/anonymity.py. A row's key is a pseudonym: it says nothing of
the query, and another year gives it another one.
"""

import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from complaints.deadlines import LATE, ON_TIME, owed, standing
from complaints.models import Duty
from departments.models import Department
from engagement.anonymity import coarsened, kept_back
from engagement.contacts import Contact, Fate, cohort
from engagement.periods import Quarter
from engagement.rollup import METHOD_VERSION

# Of so many contacts at a time the steps are looked up.
CHUNK = 2_000
FATES = {
    Fate.ANSWERED: "answered",
    Fate.WAITING: "waiting",
    Fate.NEVER: "closed_without_answer",
    Fate.WITHDRAWN: "withdrawn",
}


@dataclass(frozen=True)
class OpenRow:
    """One contact. Empty texts and None are not told. M1 is: of the rows that are `counted`, those with
    `answered_in_time` "yes"; where the page tells only a bound, so do the rows."""

    key: str
    quarter: str
    as_of: str
    method: int
    reason: str
    channel: str
    language: str
    district: str
    counted: str
    answered_in_time: str = ""
    waited_working_days: int | None = None
    fate: str = ""
    steps_on_time: int | None = None
    steps_late: int | None = None


def open_rows(department: Department, quarter: Quarter, at: datetime) -> Iterator[OpenRow]:
    """Yield the rows as of `at` (aware), in the order of their keys, which is no order of the queries."""
    contacts = cohort([department], quarter.start, quarter.end, at).contacts
    year = timezone.localdate(at).year
    keyed = sorted((_key(contact.pk, year), contact) for contact in contacts)
    described = coarsened([(each.reason, each.channel, each.language, each.district) for _key, each in keyed])
    unusual = kept_back(each.fate for _key, each in keyed)
    hidden = kept_back(each.in_time if each.counts else None for _key, each in keyed)
    rows = list(zip(keyed, described, unusual, hidden, strict=True))
    moment = timezone.localtime(at).isoformat(timespec="minutes")
    for begin in range(0, len(rows), CHUNK):
        chunk = rows[begin : begin + CHUNK]
        steps = _steps(department, [contact.pk for (_key, contact), *_rest in chunk], at)
        for (key, contact), (reason, channel, language, district), is_unusual, is_hidden in chunk:
            row = OpenRow(
                key, str(quarter), moment, METHOD_VERSION, reason, channel, language, district, _counted(contact)
            )  # fmt: skip
            yield row if is_hidden else _with_outcome(row, contact, steps[contact.pk], is_unusual)


def _with_outcome(row: OpenRow, contact: Contact, steps: Counter[str], is_unusual: bool) -> OpenRow:  # noqa: FBT001
    """Say what became of it; where few contacts of the file had that fate, not how long it took and what it was."""
    return replace(
        row,
        answered_in_time={True: "yes", False: "no", None: ""}[contact.in_time if contact.counts else None],
        waited_working_days=None if is_unusual else contact.waited,
        fate="" if is_unusual else FATES[contact.fate],
        steps_on_time=steps["on_time"],
        steps_late=steps["late"],
    )


def _counted(contact: Contact) -> str:
    return "yes" if contact.counts and contact.in_time is not None else "no"


def _key(pk: int, year: int) -> str:
    secret = str(settings.TRACKING_KEY).encode()
    return hmac.new(secret, f"open row {year} {pk}".encode(), sha256).hexdigest()[:16]


def _steps(department: Department, contacts: Sequence[int], at: datetime) -> dict[int, Counter[str]]:
    """Of each contact, how many steps that the department owed were on time and late."""
    duties = Duty.objects.filter(owed(at), complaint__in=contacts, department=department).annotate(stands=standing(at))
    found: dict[int, Counter[str]] = defaultdict(Counter)
    counted: Iterable[tuple[int, str, int]] = (
        duties.order_by().values_list("complaint", "stands").annotate(n=Count("pk"))
    )
    for complaint, stands, n in counted:
        side = "on_time" if stands in ON_TIME else "late" if stands in LATE else "open"
        found[complaint][side] += n
    return found
