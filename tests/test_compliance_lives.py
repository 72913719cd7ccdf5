"""SOP compliance against an independent recount: random lives by the real verbs, counted again from the trail alone.

The recount knows nothing of duties. It reads each query's events up to a moment, computes its own dates by going from
day to day, and so tells what stood at that moment, whatever was written down since.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F

from complaints.models import Approval, Complaint, Duty, Event, Letter
from complaints.models.letters import ANSWERS
from departments.channels import ChannelKind
from engagement.compliance import DepartmentCompliance, compliance
from tests.histories import ALL, BEGIN, PLAIN, Lives, played

pytestmark = pytest.mark.django_db

Sides = dict[tuple[str, str], tuple[int, int, int, int]]


def sides(found: Sequence[DepartmentCompliance]) -> Sides:
    """(department, step) to (on time, late, not yet due, released), all-zero ones left out."""
    steps = ((each.department.code, step) for each in found for stage in each.stages for step in stage.steps)
    counted = {(code, s.code): (s.on_time, s.late, s.not_yet_due, s.released) for code, s in steps}
    return {key: four for key, four in counted.items() if any(four)}


@dataclass
class Owed:
    """A step as the recount sees it."""

    code: str
    department: str
    start: datetime
    limit: int
    promised: datetime
    due: datetime
    ended: datetime | None = None
    how: str = ""
    escalate_by: datetime | None = None
    escalated: list[datetime] = field(default_factory=list)


RESOLVED = {"complaint", "conflict"}
DAYS_TO_ANSWER = {"question": 3, "complaint": 10, "form": 2, "event": 2, "project_input": 10, "conflict": 5}


class Recount:
    """One query's trail up to a moment, told again."""

    def __init__(self, complaint: Complaint, events: Sequence[Event], zones: dict[str, str], names: dict[int, str]):
        self.zones, self.names = zones, names
        self.reason = complaint.reason
        self.language = complaint.language
        self.department = names[complaint.channel.department_id]
        self.in_content = True
        self.owed: list[Owed] = []
        self.interim: list[tuple[datetime, datetime]] = []
        self.answers: list[tuple[str, datetime, bool]] = []
        self.closures: dict[int, tuple[str, datetime]] = {}
        self.voided: dict[int, datetime] = {}
        self.certain: dict[int, datetime] = {}
        self.offered = ""
        for event in events:
            self.tell(event, event.recorded_at)

    def zone(self, department: str) -> ZoneInfo:
        return ZoneInfo(self.zones[department])

    def end_of(self, day: date, department: str) -> datetime:
        midnight = datetime.combine(day + timedelta(days=1), time(), self.zone(department))
        return midnight.astimezone(UTC) - timedelta(microseconds=1)

    def due(self, start: datetime, days: int, department: str) -> datetime:
        day = start.astimezone(self.zone(department)).date()
        while days:
            day += timedelta(days=1)
            days -= day.weekday() < 5
        return self.end_of(day, department)

    def days_between(self, start: datetime, end: datetime) -> int:
        first, last = (moment.astimezone(self.zone(self.department)).date() for moment in (start, end))
        return sum((first + timedelta(days=n + 1)).weekday() < 5 for n in range((last - first).days))

    def open(self, codes: str = "") -> list[Owed]:
        return [each for each in self.owed if each.ended is None and (not codes or each.code in codes.split())]

    def owe(self, code: str, start: datetime, limit: int, department: str = "") -> None:
        if not self.open(code):
            holder = department or self.department
            due = self.due(start, limit, holder)
            self.owed.append(Owed(code, holder, start, limit, due, due))

    def end(self, codes: str, how: str, at: datetime) -> None:
        for each in self.open(codes):
            each.ended, each.how = at, how

    def monitored(self, at: datetime) -> None:
        self.owe("K3", at, 0)
        kept = self.open("K3")[0]
        if kept.start == at:
            day = at.astimezone(self.zone(self.department)).date() + timedelta(days=40)
            kept.due = self.end_of(day, self.department)

    def tell(self, event: Event, at: datetime) -> None:
        handler = getattr(self, f"on_{event.kind}", None)
        if handler is not None:
            handler(event, at)

    def on_received(self, event: Event, at: datetime) -> None:
        start = event.occurred_at
        for code, limit in (("R1", 1), ("R2", 1), ("R3", DAYS_TO_ANSWER[self.reason])):
            self.owe(code, start, limit)
        if self.reason in RESOLVED:
            self.owe("R6", start, 20)
        if event.complaint.channel.kind in (ChannelKind.WEB, ChannelKind.PHONE):
            self.end("R1", "done", at)

    def on_accepted(self, event: Event, at: datetime) -> None:
        self.end("R2", "done", at)

    def on_transferred(self, event: Event, at: datetime) -> None:
        self.offered = self.names[event.data["to"]]
        self.owe("R4", at, 2, self.offered)

    def on_transfer_returned(self, event: Event, at: datetime) -> None:
        self.end("R4", "done", at)

    def on_transfer_accepted(self, event: Event, at: datetime) -> None:
        self.end("R4", "done", at)
        self.department = self.offered
        for each in self.open():
            each.department = self.department
        self.owe("R2", at, 1)

    def on_answered(self, event: Event, at: datetime) -> None:
        letter = Letter.objects.get(pk=event.data["letter"])
        self.answers.append((self.department, at, letter.language == self.language))
        self.end("R2 R3" if self.in_content else "R3", "done", at)
        self.in_content = False
        if self.reason not in RESOLVED:
            self.owe("K1", at, 10)

    def on_interim_sent(self, event: Event, at: datetime) -> None:
        self.interim.append((at, datetime.fromisoformat(event.data["expected_at"])))

    def on_concluded(self, event: Event, at: datetime) -> None:
        self.closures[event.data["closure"]] = (self.department, at)
        self.in_content = False
        self.end("R6 K1", "done", at)
        self.owe("K2", at, 1)
        self.end("R1 R2 R3 R6 K1", "closed", at)

    def on_handed_over(self, event: Event, at: datetime) -> None:
        self.end("K2", "done", at)
        self.monitored(at)

    def on_signed_off(self, event: Event, at: datetime) -> None:
        self.end("K3", "done", at)

    def on_withdrawn(self, event: Event, at: datetime) -> None:
        self.closures[event.data["closure"]] = (self.department, at)
        self.end("", "released", at)
        self.monitored(at)

    def on_confirmed(self, event: Event, at: datetime) -> None:
        self.certain[event.data["closure"]] = at

    def on_delivered(self, event: Event, at: datetime) -> None:
        letter = Letter.objects.get(pk=event.data["letter"])
        if letter.kind == "auto_ack":
            self.end("R1", "done", event.occurred_at)
        elif letter.kind == "closing":
            closed = max((made, pk) for pk, (_, made) in self.closures.items() if made == letter.sent_at)[1]
            self.certain.setdefault(closed, event.occurred_at + timedelta(days=30))

    def on_reopened(self, event: Event, at: datetime) -> None:
        pk = event.data["closure"]
        self.in_content = True
        concluded = self.closures[pk][1]
        self.voided[pk] = at
        self.owed = [each for each in self.owed if each.ended is not None or each.code not in ("K2", "K3")]
        off = sum(self.days_between(self.closures[pk][1], void) for pk, void in self.voided.items())
        for each in self.owed:
            undone = each.code in ("R6", "K1") or each.how in ("closed", "released")
            if each.ended == concluded and undone and each.code in ("R1", "R2", "R3", "R6", "K1"):
                each.ended, each.how = None, ""
                moved = max(each.promised, self.due(each.start, each.limit + off, self.department))
                if moved != each.due:
                    each.due, each.escalate_by, each.escalated = moved, None, []

    def on_flagged(self, event: Event, at: datetime) -> None:
        code, due = event.data["code"], datetime.fromisoformat(event.data["due_at"])
        for each in (each for each in self.owed if each.code == code and each.due == due):
            if event.data["level"] == 0:
                each.escalate_by = self.due(due, 1, each.department)
            else:
                each.escalated.append(at)

    def counted(self, at: datetime) -> Iterator[tuple[str, str, datetime, str]]:
        """(department, step, the moment that decides the period, side) of everything as it stood at `at`."""
        for each in self.owed:
            yield each.department, each.code, each.start, self.side(each, at)
            passed = (each.ended or at) > each.due and at > each.due
            if passed:
                yield each.department, "M2", each.start, self.escalation(each, at)
            if passed and each.code in ("R3", "R6"):
                told = any(sent <= each.due < expected for sent, expected in self.interim)
                yield each.department, "R5", each.start, "on time" if told else "late"
        for department, sent, understood in self.answers:
            yield department, "C1", sent, "on time"
            yield department, "C3", sent, "on time" if understood else "late"
        for pk, (department, made) in self.closures.items():
            held = pk in self.certain and self.certain[pk] <= at
            yield department, "R7", made, "late" if pk in self.voided else "on time" if held else "not yet due"

    def side(self, each: Owed, at: datetime) -> str:
        if each.ended is None:
            return "late" if each.due < at else "not yet due"
        if each.ended > each.due or each.how == "closed":
            return "late"
        return "released" if each.how == "released" else "on time"

    def escalation(self, each: Owed, at: datetime) -> str:
        by = each.escalate_by
        healed = each.ended if each.ended is not None and each.ended <= at else None
        if by is None:
            return "late" if each.due < at - timedelta(days=1) else "not yet due"
        if any(told <= by for told in each.escalated):
            return "on time"
        if healed is not None and healed <= by:
            return "released"
        return "late" if by < at else "not yet due"


def recount(lives: Lives, start: date, end: date, at: datetime) -> Sides:
    zones = {d.code: d.calendar.zone for d in lives.departments}
    names = {d.pk: d.code for d in lives.departments}
    totals: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for complaint in Complaint.objects.select_related("channel"):
        events = [event for event in complaint.events.order_by("number") if event.recorded_at <= at]
        if not events:
            continue
        for department, code, moment, side in Recount(complaint, events, zones, names).counted(at):
            if start <= moment.astimezone(ZoneInfo(zones[department])).date() <= end:
                totals[department, code][side] += 1
    return {
        key: (count["on time"], count["late"], count["not yet due"], count["released"]) for key, count in totals.items()
    }


@pytest.mark.parametrize("seed", played(1, 2, 3))
def test_every_figure_equals_a_recount_of_the_trail_at_any_moment(seed: int) -> None:
    lives = Lives(seed)
    for _ in range(330):
        lives.live(PLAIN)
    lived = lives.at - BEGIN
    seen: Counter[str] = Counter()
    for number in range(12):
        at = lives.at if number == 0 else BEGIN + lived * lives.random.uniform(0.05, 1.2)
        start = (BEGIN + lived * lives.random.uniform(-0.1, 0.6)).date()
        end = start + timedelta(days=lives.random.choice([0, 7, 30, 365]))
        expected = recount(lives, start, end, at)
        assert sides(compliance(lives.departments, start, end, at)) == expected, (at, start, end)
        seen.update({code: sum(four) for (_, code), four in expected.items()})
    assert len(seen) > 10, "of the thirteen steps that have records"


@pytest.mark.parametrize("seed", played(4, 5))
def test_a_figure_of_a_past_moment_is_what_it_was_then(seed: int) -> None:
    """Pauses, contests, holidays, transfers, reopenings and the like later on change nothing of it."""
    lives = Lives(seed)
    start, end = BEGIN.date() - timedelta(days=3), BEGIN.date() + timedelta(days=365)
    then: list[tuple[datetime, list[DepartmentCompliance]]] = []
    for number in range(360):
        lives.live(ALL)
        if number % 24 == 23:
            then.append((lives.at, compliance(lives.departments, start, end, lives.at)))
    for at, figures in then:
        assert compliance(lives.departments, start, end, at) == figures, at
    assert len({str(sides(figures)) for _, figures in then}) > len(then) / 2, "the figures did change with time"
    assert len(set(Duty.objects.values_list("cause", flat=True))) >= 5
    # What they are counted by without looking it up:
    assert not Duty.objects.exclude(sop_version=F("complaint__sop_version")).exists()
    approvals = Letter.objects.filter(kind__in=ANSWERS, approval__isnull=False)
    assert set(approvals.values_list("approval__decision", flat=True)) == {Approval.Decision.APPROVED}
