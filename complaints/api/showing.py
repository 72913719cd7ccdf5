"""What officials are shown of a complaint. Each serializer lists its fields; a new column is not in here by itself."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from complaints import actions
from complaints.chain import EventKind
from complaints.deadlines import Standing
from complaints.drafting import standing_approval
from complaints.models import (
    Closure,
    Complaint,
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
from complaints.stages import Position, position_of
from departments.api.views import NameInAllLanguages
from departments.channels import ChannelKind
from departments.models import StandardText

POSITIONS = [(each.value, each.value) for each in Position]
_BESIDE = ("department", "section", "category", "district", "channel", "offered_to")


class DutyOut(serializers.ModelSerializer):
    """A step that is owed; `section` owes it."""

    standing = serializers.ChoiceField(choices=Standing.choices)
    section = serializers.CharField(source="section.code")

    class Meta:
        model = Duty
        fields = ("code", "stage", "section", "promised_at", "due_at", "standing", "ended_at")


class EventOut(serializers.ModelSerializer):
    """A fact of the trail; who did it only by kind."""

    kind = serializers.ChoiceField(choices=EventKind.choices)

    class Meta:
        model = Event
        fields = ("number", "kind", "occurred_at", "recorded_at", "actor")


class ContestOut(serializers.ModelSerializer):
    """The citizen's word that an answer is none, and how it was judged."""

    class Meta:
        model = Contest
        fields = ("contested_at", "reason", "judged_at", "upheld")


class LetterOut(serializers.ModelSerializer):
    """A letter; of an answer, `own_share` is the share of its words that is not from a standard text."""

    contest = serializers.SerializerMethodField()

    class Meta:
        model = Letter
        fields = (
            *("id", "kind", "language", "text", "channel_kind", "sent_at", "delivered_at", "expected_at"),
            *("own_share", "contest"),
        )

    @extend_schema_field(ContestOut(allow_null=True))
    def get_contest(self, letter: Letter) -> Any:
        contest = getattr(letter, "contest", None)
        return ContestOut(contest).data if contest else None


class NoteOut(serializers.ModelSerializer):
    author = serializers.CharField(source="author.username")

    class Meta:
        model = Note
        fields = ("kind", "author", "text", "written_at")


class PauseOut(serializers.ModelSerializer):
    class Meta:
        model = Pause
        fields = ("id", "asked_at", "starts_at", "ends_at", "inadmissible", "contested_at", "judged_at", "upheld")


class ClosureOut(serializers.ModelSerializer):
    class Meta:
        model = Closure
        fields = ("outcome", "statement", "concluded_at", "delivered_at", "confirmed_at", "voided_at", "void_reason")


class RatingOut(serializers.ModelSerializer):
    class Meta:
        model = Rating
        fields = ("stars", "answered", "could_say", "used", "explained", "comment", "rated_at")


class OfferOut(serializers.ModelSerializer):
    """The transfer that waits for an answer."""

    from_department = serializers.CharField(source="from_department.code")
    to_department = serializers.CharField(source="to_department.code")

    class Meta:
        model = Transfer
        fields = ("from_department", "to_department", "reason", "offered_at")


class DraftOut(serializers.ModelSerializer):
    """The draft in hand; `is_approved` when exactly this wording may be sent."""

    author = serializers.CharField(source="author.username")
    is_approved = serializers.SerializerMethodField()

    class Meta:
        model = Draft
        fields = ("kind", "language", "text", "standard_text", "own_share", "author", "written_at", "is_approved")

    def get_is_approved(self, draft: Draft) -> bool:
        return standing_approval(draft.complaint, draft) is not None


class StandardTextOut(serializers.ModelSerializer):
    """A wording with which the answer may begin."""

    name = NameInAllLanguages()

    class Meta:
        model = StandardText
        fields = ("id", "name", "language", "text")


class ContactOut(serializers.Serializer):
    kind = serializers.ChoiceField(choices=ChannelKind.choices)
    address = serializers.CharField()
    is_verified = serializers.BooleanField()


class CitizenOut(serializers.Serializer):
    """Who asked; shown only where the name was given openly."""

    name = serializers.CharField()
    contact = ContactOut(allow_null=True)


class ComplaintRow(serializers.ModelSerializer):
    """One line of the list. `next` is the open duty that is due first. Needs `for_rows`."""

    department = serializers.CharField(source="department.code")
    section = serializers.CharField(source="section.code")
    category = serializers.CharField(source="category.code", allow_null=True, default=None)
    district = serializers.CharField(source="district.code", allow_null=True, default=None)
    channel = serializers.ChoiceField(source="channel.kind", choices=ChannelKind.choices)
    offered_to = serializers.CharField(source="offered_to.code", allow_null=True, default=None)
    stage = serializers.SerializerMethodField()
    owner = serializers.SerializerMethodField()
    next = serializers.SerializerMethodField()

    class Meta:
        model = Complaint
        fields: tuple[str, ...] = (
            "reference",
            "reason",
            "department",
            "section",
            "category",
            "district",
            "channel",
            "offered_to",
            "language",
            "received_at",
            "recorded_at",
            "version",
            "stage",
            "owner",
            "next",
        )

    def get_stage(self, complaint: Any) -> str:
        entry = next(iter(complaint.open_entries), None)
        return entry.stage if entry else Position.ENDED.value

    def get_owner(self, complaint: Any) -> str | None:
        entry = next(iter(complaint.open_entries), None)
        return entry.owner.username if entry and entry.owner else None

    @extend_schema_field(DutyOut(allow_null=True))
    def get_next(self, complaint: Any) -> Any:
        first = next(iter(complaint.open_duties), None)
        return DutyOut(first).data if first else None


class ComplaintOut(ComplaintRow):
    """All that an official may see of one complaint. Needs `for_reading`."""

    department_name = NameInAllLanguages(source="department.name")
    position = serializers.SerializerMethodField()
    citizen = serializers.SerializerMethodField()
    offer = serializers.SerializerMethodField()
    draft = serializers.SerializerMethodField()
    standard_texts = serializers.SerializerMethodField()
    duties = serializers.SerializerMethodField()
    events = EventOut(many=True)
    letters = LetterOut(many=True, source="letters_in_order")
    notes = NoteOut(many=True, source="notes_in_order")
    pauses = PauseOut(many=True)
    closures = ClosureOut(many=True)
    rating = serializers.SerializerMethodField()
    moves = serializers.SerializerMethodField()

    class Meta:
        model = Complaint
        fields = (
            *ComplaintRow.Meta.fields,
            "department_name",
            "position",
            "text",
            "place",
            "anonymity",
            "citizen",
            "offer",
            "draft",
            "standard_texts",
            "duties",
            "events",
            "letters",
            "notes",
            "pauses",
            "closures",
            "rating",
            "moves",
        )

    @extend_schema_field(serializers.ChoiceField(choices=POSITIONS))
    def get_position(self, complaint: Any) -> str:
        standing = any(closure.voided_at is None for closure in complaint.closures.all())
        stage = self.get_stage(complaint)
        return position_of(None if stage == Position.ENDED else stage, concluded=standing).value

    @extend_schema_field(CitizenOut(allow_null=True))
    def get_citizen(self, complaint: Complaint) -> Any:
        citizen, contact = complaint.citizen, complaint.contact
        if complaint.anonymity != Complaint.Anonymity.NAMED or citizen is None:
            return None
        reach = None
        if contact is not None:
            reach = {"kind": contact.kind, "address": contact.address, "is_verified": contact.verified_at is not None}
        return CitizenOut({"name": citizen.name, "contact": reach}).data

    @extend_schema_field(OfferOut(allow_null=True))
    def get_offer(self, complaint: Any) -> Any:
        offer = next(iter(complaint.open_offers), None)
        return OfferOut(offer).data if offer else None

    @extend_schema_field(DraftOut(allow_null=True))
    def get_draft(self, complaint: Any) -> Any:
        draft = next(iter(complaint.open_drafts), None)
        return DraftOut(draft).data if draft else None

    @extend_schema_field(StandardTextOut(many=True))
    def get_standard_texts(self, complaint: Complaint) -> Any:
        offered = StandardText.objects.offered(complaint.department_id, complaint.reason)
        return StandardTextOut(offered, many=True).data

    @extend_schema_field(DutyOut(many=True))
    def get_duties(self, complaint: Any) -> Any:
        return DutyOut(complaint.duties_now, many=True).data

    @extend_schema_field(RatingOut(allow_null=True))
    def get_rating(self, complaint: Complaint) -> Any:
        rating = getattr(complaint, "rating", None)
        return RatingOut(rating).data if rating else None

    def get_moves(self, complaint: Complaint) -> list[str]:
        official, at = self.context["official"], self.context["at"]
        return list(actions.allowed_moves(complaint, by=official, at=at))


def for_rows(complaints: QuerySet[Complaint], at: Any) -> QuerySet[Complaint]:
    """Fetch what `ComplaintRow` shows, in a fixed number of queries."""
    entries = StageEntry.objects.filter(left_at__isnull=True).select_related("owner")
    duties = Duty.objects.as_of(at).filter(ended_at__isnull=True).select_related("section").order_by("due_at", "pk")
    return complaints.select_related(*_BESIDE).prefetch_related(
        Prefetch("entries", entries, to_attr="open_entries"), Prefetch("duties", duties, to_attr="open_duties")
    )


def for_reading(complaints: QuerySet[Complaint], at: Any) -> QuerySet[Complaint]:
    """Fetch what `ComplaintOut` shows, in a fixed number of queries."""
    duties = Duty.objects.as_of(at).select_related("section").order_by("due_at", "pk")
    drafts = Draft.objects.filter(closed_at__isnull=True).select_related("author")
    offers = Transfer.objects.filter(answered_at__isnull=True).select_related("from_department", "to_department")
    letters = Letter.objects.select_related("contest").order_by("sent_at", "pk")
    notes = Note.objects.order_by("pk").select_related("author")
    return (
        for_rows(complaints, at)
        .select_related(*_BESIDE, "citizen", "contact", "rating")
        .prefetch_related(
            Prefetch("duties", duties, to_attr="duties_now"),
            Prefetch("drafts", drafts, to_attr="open_drafts"),
            Prefetch("transfers", offers, to_attr="open_offers"),
            Prefetch("letters", letters, to_attr="letters_in_order"),
            Prefetch("notes", notes, to_attr="notes_in_order"),
            Prefetch("events", Event.objects.order_by("number")),
            Prefetch("pauses", Pause.objects.order_by("pk")),
            Prefetch("closures", Closure.objects.order_by("pk")),
        )
    )
