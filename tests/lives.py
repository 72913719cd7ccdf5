"""Queries brought to each position of their life by verbs alone, and what the tests ask of them there."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection

from complaints import closing, correspondence, drafting, intake, routing
from complaints.actors import By, Voice
from complaints.intake import Filed, Reachable, Submission
from complaints.models import Complaint, Duty, Letter, Refusal
from complaints.models.letters import LetterKind
from complaints.outcomes import Outcome
from complaints.references import address_proof
from complaints.stages import Position, position_of
from departments.models import Appointment, Department, User
from departments.roles import Role
from tests.world import FOUNDED, World

# Monday, 10:00 in Karachi.
MONDAY = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
BY_PHONE = Reachable("phone", "+923001234567")
BY_MAIL = Reachable("email", "citizen@example.pk")
# Texts that somebody will send us: all must be kept as text or refused with a sentence, and break nothing.
HOSTILE = {
    "nul": "a\0b",
    "lone surrogate": "a\ud800b",
    "turned": "\u202egnp.exe",
    "headers": "a\r\nBcc: b@example.pk",
    "script": "<script>alert(1)</script>",
    "template": "{{ complaint.code_hmac }}{% debug %}",
    "format": "%s%n{0}",
    "sql": "'; DROP TABLE complaints_complaint; --",
    "emoji": "\U0001f9f1" * 50,
    "urdu": "کنواں خشک ہے۔",
    "terminal": "\x1b[31mred",
    "line separators": "a\u2028b\u2029c\x85d",
}


def day(number: float) -> datetime:
    """Return the moment `number` calendar days after Monday 10:00."""
    return MONDAY + timedelta(days=number)


def minute(number: float) -> datetime:
    """Return the moment `number` minutes after Monday 10:00."""
    return MONDAY + timedelta(minutes=number)


def lodged(world: World, *, by: By = Voice.CITIZEN, at: datetime = MONDAY, **changes: Any) -> Filed:
    fields = {"channel": world.channels["web"], "reason": "complaint", "text": "The well is dry.", **changes}
    return intake.lodge(Submission(**fields), by=by, at=at)


def proof_of(complaint: Complaint) -> str:
    """Return the word that the message to the complaint's address told."""
    assert complaint.contact is not None
    return address_proof(settings.TRACKING_KEY, complaint.contact.kind, complaint.contact.address)


def filed(world: World, **changes: Any) -> Complaint:
    return lodged(world, **changes).complaint


def owned(world: World, **changes: Any) -> Complaint:
    """In content creation, owned by the officer since minute 10."""
    complaint = filed(world, **changes)
    routing.accept(complaint, by=world.officer, at=minute(10))
    return complaint


def approved(world: World, **changes: Any) -> Complaint:
    """Owned, with a draft of the officer that the approver approved at minute 30."""
    complaint = owned(world, **changes)
    drafting.draft(complaint, by=world.officer, at=minute(20), text="A team comes on Friday.")
    drafting.approve(complaint, by=world.approver, at=minute(30))
    return complaint


def answered(world: World, **changes: Any) -> Complaint:
    """In response since minute 40."""
    complaint = approved(world, **changes)
    drafting.send(complaint, by=world.officer, at=minute(40))
    return complaint


def concluded(world: World, **changes: Any) -> Complaint:
    """Concluded as granted at minute 50."""
    complaint = answered(world, **changes)
    closing.conclude(complaint, by=world.officer, at=minute(50), outcome=Outcome.GRANTED)
    return complaint


def monitored(world: World, **changes: Any) -> Complaint:
    """Handed to monitoring at minute 60."""
    complaint = concluded(world, **changes)
    closing.hand_over(complaint, by=world.officer, at=minute(60))
    return complaint


def ended(world: World, **changes: Any) -> Complaint:
    """Confirmed at minute 70 and signed off at minute 80."""
    complaint = monitored(world, **changes)
    closing.confirm(complaint, by=Voice.CITIZEN, at=minute(70))
    closing.sign_off(complaint, by=world.monitor, at=minute(80))
    return complaint


BRING: dict[Position, Callable[..., Complaint]] = {
    Position.CONTENT: owned,
    Position.RESPONSE: answered,
    Position.CONCLUDED: concluded,
    Position.MONITORING: monitored,
    Position.ENDED: ended,
}


def offered(world: World, to: Department, **changes: Any) -> Complaint:
    """In content creation, offered to another department at minute 20."""
    complaint = filed(world, **changes)
    routing.transfer(complaint, by=world.intake, at=minute(20), to=to, reason="It is theirs.")
    return complaint


def asked(world: World, *, at: datetime = MONDAY + timedelta(minutes=20), **changes: Any) -> Complaint:
    """Owned, with a question that was asked and told in person at `at`, so that the pause runs."""
    complaint = owned(world, **changes)
    question(world, complaint, at=at)
    return complaint


def question(world: World, complaint: Complaint, *, at: datetime) -> Letter:
    """Ask a question and tell it in the same moment."""
    letter = correspondence.ask(complaint, by=world.officer, at=at, text="Which well?")
    correspondence.deliver(complaint, by=world.officer, at=at, letter=letter)
    return letter


def answer(world: World, complaint: Complaint, *, at: datetime, text: str = "The team came.") -> Letter:
    """Draft, approve and send an answer in one moment."""
    drafting.draft(complaint, by=world.officer, at=at, text=text)
    drafting.approve(complaint, by=world.approver, at=at)
    return drafting.send(complaint, by=world.officer, at=at)


def acknowledgement(complaint: Complaint) -> Letter:
    return complaint.letters.get(kind=LetterKind.ACKNOWLEDGEMENT)


def position(complaint: Complaint) -> Position:
    """Return where the complaint is, read from its rows."""
    entry = complaint.entries.filter(left_at__isnull=True).first()
    standing = complaint.closures.filter(voided_at__isnull=True).exists()
    return position_of(entry.stage if entry else None, concluded=standing)


def owner(complaint: Complaint) -> User | None:
    """Return the person who owns the stage in hand."""
    return complaint.entries.get(left_at__isnull=True).owner


def also(person: User, role: Role, world: World) -> User:
    """Give the person a second post in the department, as happens in small offices."""
    Appointment.objects.create(user=person, department=world.department, role=role, since=FOUNDED)
    return person


def duty(complaint: Complaint, code: str) -> Duty:
    """Return the duty of this step that was not replaced, the latest."""
    found = complaint.duties.filter(code=code, replaced_at__isnull=True).order_by("pk").last()
    assert found is not None, f"{code} was never owed"
    return found


def standing_of(complaint: Complaint, code: str, at: datetime) -> str:
    """Return how the latest row of this step stood at `at`."""
    row = Duty.objects.as_of(at).filter(complaint=complaint, code=code).order_by("pk").last()
    assert row is not None, f"{code} was not owed at {at}"
    return str(row.standing)  # type: ignore[attr-defined]


def kinds(complaint: Complaint) -> list[str]:
    """Return the kinds of the complaint's events, first to last."""
    return list(complaint.events.order_by("number").values_list("kind", flat=True))


def rows() -> dict[str, int]:
    """Return how many rows each table of the project has, and the sums that no refused verb may change."""
    tables = sorted(
        model._meta.db_table
        for app in ("departments", "messaging", "complaints")
        for model in apps.get_app_config(app).get_models()
        if model is not Refusal  # the note of a refused attempt is written on purpose
    )
    counts = [f"SELECT '{table}', COUNT(*) FROM {table}" for table in tables]
    sums = [f"SELECT '{column}', COALESCE(SUM({column}), 0) FROM complaints_complaint" for column in _SUMMED]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counts + sums))
        return {name: int(count) for name, count in cursor.fetchall()}


_SUMMED = ("version", "trail_length", "section_id")
