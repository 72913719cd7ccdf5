"""Random histories: queries of three departments that live by the real verbs, one step of time after the other."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from django.db import connection

from complaints import closing, correspondence, drafting, intake, pausing, routing
from complaints.actors import Voice
from complaints.intake import Reachable, Submission
from complaints.models import Complaint
from complaints.outcomes import Outcome
from complaints.pulling import pull_deliveries
from complaints.sweep import sweep
from departments.administration import declare_holiday
from departments.errors import Refused
from departments.models import Department
from departments.sops import Reason
from messaging.models import Outgoing
from tests.world import World, make_calendar, make_world

BEGIN = datetime(2026, 9, 21, 4, tzinfo=UTC)  # Sydney's clock moves in the fortnight after
HOUR = timedelta(hours=1)
Verb = Callable[["Lives", Complaint, World], object]


def played(*seeds: int) -> tuple[int, ...]:
    """Return those of `seeds` whose histories this run plays: on PostgreSQL the last, on SQLite those before it,
    and an only one on both.

    Histories take the most time of all tests. Every one is played, and every database plays some.
    """
    return seeds[-1:] if connection.vendor == "postgresql" else seeds[:-1] or seeds


class Lives:
    """Random queries of three departments in two zones, one step of time after the other."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.at = BEGIN
        far = make_calendar("far", "Australia/Sydney")
        self.worlds = {
            world.department.code: world for world in (make_world("a"), make_world("b"), make_world("c", calendar=far))
        }
        self.complaints: list[Complaint] = []

    @property
    def departments(self) -> list[Department]:
        return [world.department for world in self.worlds.values()]

    def live(self, verbs: Sequence[Verb]) -> None:
        """Let some time pass, then file a query, or try verbs on one until the rules let one pass."""
        self.at += self.random.choice([1, 2, 5, 11, 17, 26]) * HOUR
        if len(self.complaints) < 8 or self.random.random() < 0.14:
            self.file()
            return
        complaint = self.random.choice(self.complaints)
        for verb in self.random.choices(verbs, k=8):
            complaint.refresh_from_db()
            if self.done(verb, complaint):
                return

    def done(self, verb: Verb, complaint: Complaint) -> bool:
        try:
            verb(self, complaint, self.worlds[complaint.department.code])
        except Refused:
            return False
        return verb is not sweeping

    def file(self) -> None:
        world = self.random.choice(list(self.worlds.values()))
        kind = self.random.choice(["web", "web", "phone", "email", "letter"])
        submission = Submission(
            channel=world.channels[kind],
            reason=self.random.choice(Reason.values),
            text="The well is dry.",
            language=self.random.choice(["en", "ur"]),
            received_at=self.at - self.random.choice([0, 0, 3, 30]) * HOUR,
            reach=Reachable(kind, f"{len(self.complaints)}@example.org") if kind in ("email", "letter") else None,
        )
        by = Voice.CITIZEN if kind in ("web", "email") else world.intake
        self.complaints.append(intake.lodge(submission, by=by, at=self.at).complaint)


def accept(lives: Lives, complaint: Complaint, world: World) -> None:
    routing.accept(complaint, by=world.officer, at=lives.at)


def answer(lives: Lives, complaint: Complaint, world: World) -> None:
    language = lives.random.choice([complaint.language, complaint.language, "en"])
    drafting.draft(complaint, by=world.officer, at=lives.at, text="We dig.", language=language)
    drafting.approve(complaint, by=world.approver, at=lives.at)
    drafting.send(complaint, by=world.officer, at=lives.at)


def conclude(lives: Lives, complaint: Complaint, world: World) -> None:
    closing.conclude(complaint, by=world.officer, at=lives.at, outcome=Outcome.ANSWERED)


def hand_over(lives: Lives, complaint: Complaint, world: World) -> None:
    closing.hand_over(complaint, by=world.officer, at=lives.at)


def confirm(lives: Lives, complaint: Complaint, world: World) -> None:
    closing.confirm(complaint, by=Voice.CITIZEN, at=lives.at)


def object_to(lives: Lives, complaint: Complaint, world: World) -> None:
    closing.object_to(complaint, by=Voice.CITIZEN, at=lives.at, reason="Still dry.")


def sign_off(lives: Lives, complaint: Complaint, world: World) -> None:
    closing.sign_off(complaint, by=world.monitor, at=lives.at)


def withdraw(lives: Lives, complaint: Complaint, world: World) -> None:
    if lives.random.random() < 0.5:
        closing.withdraw(complaint, by=Voice.CITIZEN, at=lives.at)


def transfer(lives: Lives, complaint: Complaint, world: World) -> None:
    to = lives.random.choice(lives.departments)
    routing.transfer(complaint, by=world.intake, at=lives.at, to=to, reason="Theirs.")


def accept_transfer(lives: Lives, complaint: Complaint, world: World) -> None:
    if complaint.offered_to is not None:
        routing.accept_transfer(complaint, by=lives.worlds[complaint.offered_to.code].intake, at=lives.at)


def return_transfer(lives: Lives, complaint: Complaint, world: World) -> None:
    if complaint.offered_to is not None:
        by = lives.worlds[complaint.offered_to.code].intake
        routing.return_transfer(complaint, by=by, at=lives.at, reason="Not ours.")


def interim(lives: Lives, complaint: Complaint, world: World) -> None:
    later = lives.at + lives.random.choice([1, 9, 30]) * 24 * HOUR
    correspondence.interim(complaint, by=world.officer, at=lives.at, reason="Rain.", expected_at=later)


def deliver(lives: Lives, complaint: Complaint, world: World) -> None:
    waiting = complaint.letters.filter(delivered_at__isnull=True).order_by("pk").first()
    if waiting is not None:
        correspondence.deliver(complaint, by=world.officer, at=lives.at, letter=waiting)


def sweeping(lives: Lives, complaint: Complaint, world: World) -> None:
    sweep(at=lives.at)


def mail_goes(lives: Lives, complaint: Complaint, world: World) -> None:
    Outgoing.objects.filter(state="queued").update(state="accepted", state_at=lives.at)
    pull_deliveries(at=lives.at)


def ask(lives: Lives, complaint: Complaint, world: World) -> None:
    question = correspondence.ask(complaint, by=world.officer, at=lives.at, text="Which well?")
    correspondence.deliver(complaint, by=world.officer, at=lives.at, letter=question)


def write(lives: Lives, complaint: Complaint, world: World) -> None:
    correspondence.citizen_writes(complaint, by=Voice.CITIZEN, at=lives.at, text="The one by the school.")


def contest(lives: Lives, complaint: Complaint, world: World) -> None:
    pausing.contest_pause(complaint, by=Voice.CITIZEN, at=lives.at)


def judge(lives: Lives, complaint: Complaint, world: World) -> None:
    pause = complaint.pauses.filter(contested_at__isnull=False).last()
    if pause is not None:
        verdict = lives.random.choice(["upheld", "struck"])
        pausing.judge_pause(complaint, by=world.monitor, at=lives.at, pause=pause, verdict=verdict)


def holiday(lives: Lives, complaint: Complaint, world: World) -> None:
    if lives.random.random() < 0.5:
        day = (lives.at + 48 * HOUR).date()
        declare_holiday(world.calendar, day, {"en": "Flood"}, by=world.centre, at=lives.at)
        sweep(at=lives.at)


PLAIN = [
    *[accept, answer, answer, conclude, conclude, hand_over, confirm, object_to, object_to, sign_off, withdraw],
    *[
        transfer,
        transfer,
        accept_transfer,
        accept_transfer,
        return_transfer,
        interim,
        deliver,
        deliver,
        sweeping,
        sweeping,
    ],
]
ALL = [*PLAIN, mail_goes, ask, ask, write, contest, judge, holiday]
