"""Filing through the API: an official's program takes down what came by telephone, counter or letter."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac
from rest_framework import serializers

from complaints.intake import Filed, Reachable, Submission, lodge
from complaints.models import Complaint
from complaints.wording import LONGEST_LINE, LONGEST_TEXT, cleaned
from departments.api.reading import KnownFields, Moment
from departments.channels import ASSISTED, ChannelKind
from departments.errors import Invalid, NotReady
from departments.models import Category, Channel, District, User
from departments.roles import scope_of
from departments.sops import Reason

SHORTEST_KEY, LONGEST_KEY = 8, 100


class ContactIn(KnownFields):
    """How the citizen wants to be answered."""

    kind = serializers.ChoiceField(choices=ChannelKind.choices)
    address = serializers.CharField(max_length=320)


class ComplaintIn(KnownFields):
    """What was taken down. `channel` is the id of a telephone, counter or letter channel of one's own department;
    `category` a code of that department's catalogue, `district` one of /api/districts/."""

    channel = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    reason = serializers.ChoiceField(choices=Reason.choices)
    text = serializers.CharField(max_length=LONGEST_TEXT)
    category = serializers.CharField(max_length=80, required=False, allow_null=True)
    language = serializers.ChoiceField(choices=settings.LANGUAGES, default="en")
    district = serializers.CharField(max_length=50, required=False, allow_null=True)
    place = serializers.CharField(max_length=LONGEST_LINE, default="", allow_blank=True)
    name = serializers.CharField(max_length=200, default="", allow_blank=True)
    anonymity = serializers.ChoiceField(choices=Complaint.Anonymity.choices, default=Complaint.Anonymity.NAMED.value)
    contact = ContactIn(required=False, allow_null=True)
    received_at = Moment(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Look up channel, category and district among those that this official may name."""
        channels = _channels(self.context["official"], self.context["at"])
        channel = channels.filter(pk=attrs["channel"]).select_related("department__calendar").first()
        if channel is None:
            raise serializers.ValidationError({"channel": ["There is no such one to choose."]})
        offered = Category.objects.filter(department=channel.department_id, is_open=True).select_related("section")
        category = _named(offered, attrs, "category")
        district = _named(District.objects.all(), attrs, "district")
        return {**attrs, "channel": channel, "category": category, "district": district}


def _named(rows: QuerySet[Any], attrs: dict[str, Any], name: str) -> Any:
    """Return the row whose code is in the field `name`; None where nothing is."""
    code = attrs.get(name)
    if code is None:
        return None
    row = rows.filter(code=code).first()
    if row is None:
        raise serializers.ValidationError({name: ["There is no such one to choose."]})
    return row


class FiledOut(serializers.Serializer):
    """The reference, and the code that only the citizen may have: it is told here and to nobody again."""

    reference = serializers.CharField()
    tracking_code = serializers.CharField()
    received_at = serializers.DateTimeField()


def file(asked: dict[str, Any], *, key: str, by: User, at: datetime) -> Filed:
    """File what was asked. The same key of the same official gives the same complaint and code; with another text it
    raises NotReady."""
    contact = asked.get("contact")
    submission = Submission(
        channel=asked["channel"],
        reason=asked["reason"],
        text=asked["text"],
        language=asked["language"],
        category=asked["category"],
        place=asked["place"],
        district=asked["district"],
        name=asked["name"],
        reach=Reachable(contact["kind"], contact["address"]) if contact else None,
        anonymity=asked["anonymity"],
        received_at=asked.get("received_at"),
        token=_token(key, by),
    )
    filed = lodge(submission, by=by, at=at)
    if not filed.new and (filed.complaint.text, filed.complaint.reason) != (cleaned(asked["text"]), asked["reason"]):
        raise NotReady("This Idempotency-Key was used for another query; make a new one for each.")
    return filed


def _channels(official: User, at: datetime) -> QuerySet[Channel]:
    scope = scope_of(official.appointments.all(), at)
    own = Q(department__in=scope.departments) | Q(department__sections__in=scope.sections)
    return Channel.objects.filter(Q() if scope.everything else own, kind__in=ASSISTED, is_open=True).distinct()


def _token(key: str, by: User) -> str:
    """Keyed with our secret and the official, because with the token comes the code: nobody else can make it."""
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        sentence = f"Send the header Idempotency-Key with {SHORTEST_KEY} to {LONGEST_KEY} plain characters."
        raise Invalid(sentence, field="Idempotency-Key")
    return "api:" + salted_hmac("complaints.api.filing", f"{by.pk}:{key}", algorithm="sha256").hexdigest()
