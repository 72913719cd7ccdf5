"""The endpoints for officials: the list, one complaint, filing, and one endpoint a move."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.api.asking import ASKED
from complaints.api.filing import LONGEST_KEY, SHORTEST_KEY, ComplaintIn, FiledOut, file
from complaints.api.filters import ComplaintFilter, StrictFilters
from complaints.api.pages import KeysetPages
from complaints.api.showing import ComplaintOut, ComplaintRow, for_reading, for_rows
from complaints.models import Complaint
from complaints.references import read_reference
from complaints.visibility import visible_to
from departments.api.answering import ApiView, Problem
from departments.api.callers import official_calling
from departments.api.reading import refuse_unknown_parameters
from departments.models import User

KEY_HEADER = "Idempotency-Key"
_PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 413, 415), Problem)
_KEY = OpenApiParameter(
    KEY_HEADER,
    {"type": "string", "minLength": SHORTEST_KEY, "maxLength": LONGEST_KEY, "pattern": "^[!-~]*$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Made anew for each query; sent again with a retry, it gives the same answer.",
)


class ComplaintsView(ApiView):
    """The complaints that one may see, newest first; and filing what came by telephone, counter or letter."""

    filter_backends = (StrictFilters,)
    filterset_class = ComplaintFilter
    pagination_class = KeysetPages
    serializer_class = ComplaintRow

    def get_queryset(self) -> QuerySet[Complaint]:
        """What the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return Complaint.objects.none()
        at = timezone.now()
        return for_rows(Complaint.objects.filter(visible_to(official_calling(self.request), at=at)), at)

    @extend_schema(operation_id="complaints_list", responses={200: ComplaintRow(many=True), 400: Problem, 401: Problem})
    def get(self, request: Request) -> Response:
        """A page of the list."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(ComplaintRow(rows, many=True).data)

    @extend_schema(
        operation_id="complaints_file",
        parameters=[_KEY],
        request=ComplaintIn,
        responses={201: FiledOut, **{code: each for code, each in _PROBLEMS.items() if code != 404}},
        filters=False,
    )
    def post(self, request: Request) -> Response:
        """File one. The tracking code is for the citizen: say it or print it, and keep it nowhere."""
        refuse_unknown_parameters(request, set())
        official, at = official_calling(request), timezone.now()
        asked = ComplaintIn(data=request.data, context={"official": official, "at": at})
        asked.is_valid(raise_exception=True)
        filed = file(asked.validated_data, key=request.headers.get(KEY_HEADER, ""), by=official, at=at)
        said = {"reference": filed.complaint.reference, "tracking_code": filed.code}
        answer = FiledOut({**said, "received_at": filed.complaint.received_at})
        return Response(answer.data, status=status.HTTP_201_CREATED)


class ComplaintView(ApiView):
    """One complaint with its duties, trail, letters, notes, and the moves that the caller may make now."""

    serializer_class = ComplaintOut

    @extend_schema(operation_id="complaints_read", responses={200: ComplaintOut, 401: Problem, 404: Problem})
    def get(self, request: Request, reference: str) -> Response:
        """Read it. What does not exist and what is not yours look the same."""
        refuse_unknown_parameters(request, set())
        official, at = official_calling(request), timezone.now()
        found = _visible(official, reference, at)
        if found is None:
            raise Http404
        return Response(_shown(found, official, at))


class MoveView(ApiView):
    """One move of the table; each has an address of its own and takes its own fields."""

    move = ""

    def get_serializer_class(self) -> Any:
        """What this move takes."""
        return ASKED[self.move].takes

    @extend_schema(
        parameters=[OpenApiParameter("reference", OpenApiTypes.STR, OpenApiParameter.PATH)],
        responses={200: ComplaintOut, 204: OpenApiResponse(description="Done; it is no longer yours."), **_PROBLEMS},
    )
    def post(self, request: Request, reference: str) -> Response:
        """Make the move. 403: your posts do not allow it. 409: something must come first, or it changed since you
        read it (`code` says which)."""
        refuse_unknown_parameters(request, set())
        official, at = official_calling(request), timezone.now()
        complaint = Complaint.objects.filter(visible_to(official, at=at), reference=read_reference(reference)).first()
        if complaint is None:
            raise Http404
        context = {**self.get_serializer_context(), "complaint": complaint, "at": at}
        asked = self.get_serializer_class()(data=request.data, context=context)
        asked.is_valid(raise_exception=True)
        inputs = dict(asked.validated_data)
        seen = {"seen": inputs.pop("version")} if "version" in inputs else {}
        ASKED[self.move].verb(complaint, by=official, at=at, **inputs, **seen)
        after = _visible(official, reference, timezone.now())
        if after is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(_shown(after, official, timezone.now()))


def _visible(official: User, reference: str, at: datetime) -> Complaint | None:
    found = Complaint.objects.filter(visible_to(official, at=at), reference=read_reference(reference))
    return for_reading(found, at).first()


def _shown(complaint: Complaint, official: User, at: datetime) -> Any:
    return ComplaintOut(complaint, context={"official": official, "at": at}).data
