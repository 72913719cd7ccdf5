"""Compliance through the API, for those who see a whole department."""

from datetime import date

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from departments.api.answering import ApiView, Problem
from departments.api.callers import official_calling
from departments.api.reading import KnownFields, refuse_unknown_parameters
from departments.api.views import NameInAllLanguages
from departments.sops import Stage
from engagement.compliance import compliance
from engagement.dashboard.scope import departments_of


class PeriodIn(KnownFields):
    """Whole days, both included; both are days of each department's own zone."""

    start = serializers.DateField()
    end = serializers.DateField()
    department = serializers.CharField(max_length=50, required=False)


class StepFigureOut(serializers.Serializer):
    """`share` is on time of `n`, null without data; `interval` its 95 % (Wilson)."""

    code = serializers.CharField()
    title = NameInAllLanguages()
    mandatory = serializers.BooleanField()
    on_time = serializers.IntegerField()
    late = serializers.IntegerField()
    n = serializers.IntegerField()
    not_yet_due = serializers.IntegerField()
    released = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    meets_standard = serializers.BooleanField(allow_null=True)


class StageFigureOut(serializers.Serializer):
    stage = serializers.ChoiceField(choices=Stage.choices)
    weakest = serializers.CharField(source="weakest.code", allow_null=True, default=None)
    steps = StepFigureOut(many=True)


class DepartmentFigureOut(serializers.Serializer):
    """How one department kept its procedures: `met` of `of` mandatory steps; no stages without anything recorded."""

    department = serializers.CharField(source="department.code")
    met = serializers.IntegerField(source="overall.met")
    of = serializers.IntegerField(source="overall.of")
    without_data = serializers.ListField(source="overall.without_data", child=serializers.CharField())
    stages = StageFigureOut(many=True)


class ComplianceOut(serializers.Serializer):
    start = serializers.DateField()
    end = serializers.DateField()
    at = serializers.DateTimeField()
    departments = DepartmentFigureOut(many=True)


class ComplianceView(ApiView):
    """SOP compliance of the departments over which one holds a post, or of all for the centre."""

    serializer_class = ComplianceOut

    @extend_schema(
        operation_id="compliance",
        parameters=[
            OpenApiParameter("start", date, required=True),
            OpenApiParameter("end", date, required=True),
            OpenApiParameter("department", str),
        ],
        responses={200: ComplianceOut, **dict.fromkeys((400, 401, 403), Problem)},
    )
    def get(self, request: Request) -> Response:
        """The figures of a period, as of now. Another's department is an empty list, like one that does not exist."""
        refuse_unknown_parameters(request, {"start", "end", "department"})
        asked = PeriodIn(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        period, at = asked.validated_data, timezone.now()
        there = departments_of(official_calling(request), at)
        if "department" in period:
            there = [each for each in there if each.code == period["department"]]
        figures = compliance(there, period["start"], period["end"], at)
        answer = {"start": period["start"], "end": period["end"], "at": at, "departments": figures}
        return Response(ComplianceOut(answer).data)
