"""Following a query through the API: what the citizen may see, for who holds reference and code."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from complaints import lookups
from complaints.api.showing import POSITIONS
from complaints.citizen.privacy import client_of
from complaints.correspondence import read_on_page
from complaints.deadlines import Standing
from complaints.models import Rating
from complaints.outcomes import Outcome
from complaints.tracking import Contested, Progress, as_seen_by_citizen
from departments.api.answering import ApiView, Problem
from departments.api.reading import KnownFields, refuse_unknown_parameters
from departments.api.views import NameInAllLanguages
from departments.roles import Role
from departments.sops import Reason, Stage


class TrackIn(KnownFields):
    reference = serializers.CharField(max_length=100)
    code = serializers.CharField(max_length=100)


class StepSeenOut(serializers.Serializer):
    stage = serializers.ChoiceField(choices=Stage.choices)
    progress = serializers.ChoiceField(choices=[(each.value, each.value) for each in Progress])


class AnswerableOut(serializers.Serializer):
    department = NameInAllLanguages()
    section = NameInAllLanguages()
    post = serializers.ChoiceField(choices=Role.choices, allow_null=True)


class AheadOut(serializers.Serializer):
    code = serializers.CharField()
    what = serializers.CharField()
    promised = serializers.DateField()
    due = serializers.DateField()
    standing = serializers.ChoiceField(choices=Standing.choices)


class SaidOut(serializers.Serializer):
    by_citizen = serializers.BooleanField()
    kind = serializers.CharField()
    text = serializers.CharField()
    language = serializers.CharField()
    at = serializers.DateTimeField()
    needs_answer = serializers.BooleanField()
    contest = serializers.ChoiceField(choices=[(each.value, each.value) for each in Contested], allow_null=True)


class EndingOut(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    statement = serializers.CharField()
    on = serializers.DateField()
    confirmed = serializers.BooleanField()
    object_by = serializers.DateField(allow_null=True)


class RatingSeenOut(serializers.Serializer):
    """The citizen's own judgement; what was left out is empty or null."""

    stars = serializers.IntegerField()
    answered = serializers.ChoiceField(choices=Rating.Answered.choices, allow_blank=True)
    could_say = serializers.BooleanField(allow_null=True)
    used = serializers.ChoiceField(choices=Rating.Used.choices, allow_blank=True)
    explained = serializers.BooleanField(allow_null=True)
    comment = serializers.CharField()


class CaseSeenOut(serializers.Serializer):
    """The allow-list of complaints/tracking.py and nothing else."""

    reference = serializers.CharField()
    reason = serializers.ChoiceField(choices=Reason.choices)
    about = NameInAllLanguages(allow_null=True)
    place = serializers.CharField()
    district = NameInAllLanguages(allow_null=True)
    received_at = serializers.DateTimeField()
    position = serializers.ChoiceField(choices=POSITIONS)
    steps = StepSeenOut(many=True)
    answerable = AnswerableOut(allow_null=True)
    offered_to = NameInAllLanguages(allow_null=True)
    ahead = AheadOut(many=True)
    conversation = SaidOut(many=True)
    ending = EndingOut(allow_null=True)
    stars = serializers.IntegerField(allow_null=True)
    rating = RatingSeenOut(allow_null=True)


class TrackView(ApiView):
    """Open a query by its reference and tracking code together."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = TrackIn

    @extend_schema(
        operation_id="track",
        request=TrackIn,
        responses={200: CaseSeenOut, **dict.fromkeys((400, 404, 413, 415, 429), Problem)},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Show what the citizen may see, which delivers the letters that nobody carries. A wrong code and a reference
        that does not exist get the same answer."""
        refuse_unknown_parameters(request, set())
        asked = TrackIn(data=request.data)
        asked.is_valid(raise_exception=True)
        typed: dict[str, Any] = asked.validated_data
        at = timezone.now()
        try:
            found = lookups.opened(typed["reference"], typed["code"], client=client_of(request._request), at=at)
        except lookups.TooManyWrong as slowed:
            raise Throttled(wait=lookups.WINDOW.total_seconds(), detail=slowed.sentence) from slowed
        if found is None:
            raise NotFound
        read_on_page(found, at=at)
        return Response(CaseSeenOut(as_seen_by_citizen(found, at=at)).data)
