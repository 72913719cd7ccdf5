"""Plays a life again from its own rows, by the verbs, and says where the rows of the two differ."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings

from complaints import closing, contesting, correspondence, drafting, intake, pausing, routing
from complaints.actions import responsible
from complaints.actors import By, Voice
from complaints.chain import EventKind
from complaints.demo.archetypes import TABLES, Archetype, Model, Row, read
from complaints.demo.words import _read as words_of
from complaints.intake import Reachable, Submission
from complaints.models import (
    Approval,
    Citizen,
    Closure,
    Complaint,
    ContactPoint,
    Contest,
    Draft,
    Duty,
    Event,
    Letter,
    Note,
    Pause,
    Rating,
    StageEntry,
    Transfer,
)
from complaints.pulling import pull_deliveries
from complaints.references import address_proof, tracking_code
from complaints.sweep import sweep
from departments.models import Category, Channel, Department, District, Section, StandardText, User
from departments.sops import Stage
from messaging.models import Outgoing
from messaging.receipts import receipt
from messaging.states import State
from tests.lives import proof_of

K = EventKind
# These follow from keys and secrets, which are other ones in every life.
_OF_KEYS = {"id", "code_hmac", "idempotency_key", "trail_hash", "hash", "previous_hash", "content_hash", "dedup_key"}


class Replay:
    """One life played again, with another token and another address."""

    def __init__(self, archetype: Archetype, people: dict[int, User]) -> None:
        self.old, self.people = archetype, people
        self.complaint: Complaint
        self.swept: datetime | None = None

    def play(self) -> Complaint:
        for event in self.old.rows[Event]:
            self.event = event
            self.at = event["recorded_at"]
            self.by: By = self.people[event["official_id"]] if event["official_id"] else Voice(event["actor"])
            getattr(self, event["kind"])()
        return self.complaint

    def row(self, model: Model, name: str) -> Row:
        """Return the old row that the data of the event names."""
        return next(row for row in self.old.rows[model] if row["id"] == self.event["data"][name])

    def twin(self, model: Model, name: str) -> Any:
        """Return the new row that stands where the old one, named by the event, stood."""
        number = [row["id"] for row in self.old.rows[model]].index(self.event["data"][name])
        return model._default_manager.filter(complaint=self.complaint).order_by("pk")[number]

    def act(self, verb: Any, **inputs: Any) -> None:
        verb(self.complaint, by=self.by, at=self.at, **inputs)

    def received(self) -> None:
        old = self.old.complaint
        contacts, citizens = self.old.rows[ContactPoint], self.old.rows[Citizen]
        reach = Reachable(contacts[0]["kind"], f"0{contacts[0]['address']}") if contacts else None
        submission = Submission(
            channel=Channel.objects.select_related("department__calendar").get(pk=old["channel_id"]),
            reason=old["reason"],
            text=old["text"],
            language=old["language"],
            category=self.first_category(),
            place=old["place"],
            district=District.objects.filter(pk=old["district_id"]).first(),
            name=citizens[0]["name"] if citizens else "",
            reach=reach,
            anonymity=old["anonymity"],
            received_at=old["received_at"],
            token=f"again:{old['reference']}",
        )
        self.complaint = intake.lodge(submission, by=self.by, at=self.at).complaint

    def first_category(self) -> Category | None:
        """Return the category under which it was filed: section and resolution tell, the row keeps only the last."""
        old, first = self.old.complaint, self.old.rows[StageEntry][0]
        routed = [e["data"]["category"] for e in self.old.rows[Event] if e["kind"] == K.ROUTED]
        known = Category.objects.filter(pk=routed[0] if routed else old["category_id"]).first()
        row = responsible(Section.objects.get(pk=first["section_id"]).department_id, Stage.CONTENT)
        assert row is not None
        resolution = next((d for d in self.old.rows[Duty] if d["code"] == "R6"), None)
        if known is None or known.section_id != first["section_id"]:
            return None
        if (
            known.section_id == row.section_id
            and resolution
            and known.resolution_limit not in (None, resolution["limit"])
        ):
            return None
        return known

    def routed(self) -> None:
        data = self.event["data"]
        category = Category.objects.filter(pk=data["category"]).first()
        self.act(routing.route, section=Section.objects.get(pk=data["section"]), category=category)

    def transferred(self) -> None:
        to = Department.objects.get(pk=self.event["data"]["to"])
        self.act(routing.transfer, to=to, reason=self.row(Transfer, "transfer")["reason"])

    def transfer_accepted(self) -> None:
        self.act(routing.accept_transfer)

    def transfer_returned(self) -> None:
        self.act(routing.return_transfer, reason=self.row(Transfer, "transfer")["answer"])

    def accepted(self) -> None:
        self.act(routing.accept)

    def reassigned(self) -> None:
        to = self.people[self.event["data"]["owner"]]
        self.act(routing.reassign, to=to, reason=self.row(Note, "note")["text"])

    def drafted(self) -> None:
        draft = self.row(Draft, "draft")
        begun = StandardText.objects.filter(pk=draft["standard_text_id"]).first()
        wording = {"text": draft["text"], "kind": draft["kind"], "language": draft["language"]}
        self.act(drafting.draft, **wording, standard_text=begun)

    def approved(self) -> None:
        self.act(drafting.approve)

    def sent_back(self) -> None:
        self.act(drafting.send_back, comment=self.row(Approval, "approval")["comment"])

    def answered(self) -> None:
        self.act(drafting.send)

    wrote = answered

    def citizen_wrote(self) -> None:
        letter = self.row(Letter, "letter")
        self.act(correspondence.citizen_writes, text=letter["text"], channel_kind=letter["channel_kind"])

    def asked(self) -> None:
        self.act(correspondence.ask, text=self.row(Letter, "letter")["text"])

    def delivered(self) -> None:
        letter = self.twin(Letter, "letter")
        if self.by is not Voice.MACHINE:
            self.act(correspondence.deliver, letter=letter)
            return
        if self.event["data"].get("read"):
            correspondence.read_on_page(self.complaint, at=self.at)  # at the first of several, for all of them
            return
        message = letter.outgoing
        receipt(message.dedup_key, State.ACCEPTED, kind=message.kind, at=self.event["occurred_at"])
        assert pull_deliveries(at=self.at) == 1

    def contact_verified(self) -> None:
        self.complaint.refresh_from_db()
        self.act(correspondence.verify_contact, proof=proof_of(self.complaint))

    def interim_sent(self) -> None:
        letter = self.row(Letter, "letter")
        reasons = words_of("phrases")["office"][letter["language"]]["interim_reasons"]
        reason = next(reason for reason in reasons if reason in letter["text"])
        self.act(correspondence.interim, reason=reason, expected_at=letter["expected_at"])

    def noted(self) -> None:
        self.act(correspondence.note, text=self.row(Note, "note")["text"])

    def called(self) -> None:
        self.act(correspondence.call, text=self.row(Note, "note")["text"])

    def pause_contested(self) -> None:
        self.act(pausing.contest_pause)

    def pause_judged(self) -> None:
        self.act(pausing.judge_pause, pause=self.twin(Pause, "pause"), verdict=self.event["data"]["verdict"])

    def answer_contested(self) -> None:
        letter = self.row(Letter, "letter")
        contest = next(row for row in self.old.rows[Contest] if row["letter_id"] == letter["id"])
        self.act(contesting.contest_answer, reason=contest["reason"])

    def answer_judged(self) -> None:
        verdict = self.event["data"]["verdict"]
        self.act(contesting.judge_answer, letter=self.twin(Letter, "letter"), verdict=verdict)

    def concluded(self) -> None:
        closure = self.row(Closure, "closure")
        self.act(closing.conclude, outcome=closure["outcome"], statement=closure["statement"])

    def handed_over(self) -> None:
        self.act(closing.hand_over)

    def confirmed(self) -> None:
        self.act(closing.confirm)

    def reopened(self) -> None:
        self.act(closing.object_to, reason=self.row(Closure, "closure")["void_reason"])

    def rated(self) -> None:
        rating = self.row(Rating, "rating")
        taken = ("stars", "answered", "could_say", "used", "explained", "comment")
        self.act(closing.rate, **{name: rating[name] for name in taken})

    def signed_off(self) -> None:
        self.act(closing.sign_off)

    def withdrawn(self) -> None:
        self.act(closing.withdraw, reason=self.row(Closure, "closure")["statement"])

    def flagged(self) -> None:
        """One sweep flags all that is due by then; its events stand one after the other."""
        if self.swept != self.at:
            sweep(at=self.at)
        self.swept = self.at


def differences(old: Archetype, complaint: Complaint) -> Iterator[str]:
    """Yield a sentence for each table in which the two lives differ in more than keys and secrets."""
    new = read([complaint.pk])[complaint.pk]
    for model in TABLES:
        before, after = _plain(old, model), _plain(new, model)
        if len(before) != len(after):
            yield f"{model.__name__}: {len(before)} rows, again {len(after)}"
        for number, (one, other) in enumerate(zip(before, after, strict=False)):
            for name in one:
                if one[name] != other[name]:
                    yield f"{model.__name__} {number}.{name}: {one[name]!r}, again {other[name]!r}"


def _plain(archetype: Archetype, model: Model) -> list[dict[str, Any]]:
    """Return the rows with keys as places within the life, and reference and address by their names."""
    places = {(m, row["id"]): f"{m.__name__} {n}" for m in TABLES for n, row in enumerate(archetype.rows[m])}
    named = {archetype.complaint["reference"]: "REFERENCE"}
    if archetype.complaint["idempotency_key"]:
        named[tracking_code(settings.TRACKING_KEY, archetype.complaint["idempotency_key"])] = "CODE"
    for contact in archetype.rows[ContactPoint]:
        named[contact["address"]] = "ADDRESS"
        named[address_proof(settings.TRACKING_KEY, contact["kind"], contact["address"])] = "PROOF"
    events = {"letter": Letter, "draft": Draft, "approval": Approval, "closure": Closure, "note": Note, "pause": Pause}
    events |= {"rating": Rating, "transfer": Transfer, "duty": Duty, "contact": ContactPoint}

    def plain(field: Any, value: Any) -> Any:
        if field.is_relation and value is not None:
            return places.get((field.related_model, value), value)
        if isinstance(value, dict):
            same = {k: v for k, v in value.items() if k not in ("text", "content")}
            return {k: places[events[k], v] if k in events else v for k, v in same.items()}
        if isinstance(value, str):
            for text, name in named.items():
                value = value.replace(text, name)
        return value

    fields = [field for field in model._meta.concrete_fields if field.attname not in _OF_KEYS]
    return [{field.attname: plain(field, row[field.attname]) for field in fields} for row in archetype.rows[model]]


assert Outgoing in TABLES
