"""Departments, their service catalogue, and the districts, for everybody."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from departments.api.answering import ApiView
from departments.api.reading import refuse_unknown_parameters
from departments.channels import ChannelKind
from departments.models import Category, District
from departments.offices import live_departments, offices
from departments.roles import Role
from departments.sops import Reason, Stage, Unit


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class NameInAllLanguages(serializers.Field):
    """A name as language to text, such as {"en": "Roads", "ur": "سڑکیں"}."""

    def to_representation(self, value: Any) -> dict[str, str]:
        return dict(value)


class ChannelOut(serializers.Serializer):
    id = serializers.IntegerField(source="channel.pk")
    kind = serializers.ChoiceField(choices=ChannelKind.choices, source="channel.kind")
    name = NameInAllLanguages(source="channel.name")
    address = serializers.CharField(source="channel.address")


class ChargeOut(serializers.Serializer):
    """Who answers for a stage: section and post, never a person's name."""

    stage = serializers.ChoiceField(choices=Stage.choices)
    section = serializers.CharField(source="section.code", allow_null=True, default=None)
    section_name = NameInAllLanguages(source="section.name", allow_null=True, default=None)
    post = serializers.ChoiceField(choices=Role.choices, allow_null=True)


class DepartmentOut(serializers.Serializer):
    code = serializers.CharField(source="department.code")
    name = NameInAllLanguages(source="department.name")
    stages = ChargeOut(many=True, source="charges")
    channels = ChannelOut(many=True, source="ways")


class CategoryOut(serializers.ModelSerializer):
    """One line of the service catalogue; without a limit of its own the procedure's holds."""

    department = serializers.CharField(source="department.code")
    name = NameInAllLanguages()
    reason = serializers.ChoiceField(choices=Reason.choices)
    resolution_unit = serializers.SerializerMethodField()

    class Meta:
        model = Category
        fields = ("code", "department", "name", "reason", "resolution_limit", "resolution_unit")

    @extend_schema_field(serializers.ChoiceField(choices=Unit.choices, allow_null=True))
    def get_resolution_unit(self, category: Category) -> str | None:
        return category.resolution_unit or None


class DistrictOut(serializers.ModelSerializer):
    name = NameInAllLanguages()

    class Meta:
        model = District
        fields = ("code", "province", "name")


class DepartmentsView(ApiView):
    """The departments that take queries, who answers for each stage there, and the channels that are open."""

    permission_classes = (AllowAny,)
    serializer_class = DepartmentOut

    @extend_schema(operation_id="departments_list", responses=DepartmentOut(many=True))
    def get(self, request: Request) -> Response:
        """All of them, by code."""
        refuse_unknown_parameters(request, set())
        return Response(DepartmentOut(offices(timezone.now()), many=True).data)


class CategoriesView(ApiView):
    """The service catalogue of the departments that take queries."""

    permission_classes = (AllowAny,)
    serializer_class = CategoryOut

    def get_queryset(self) -> QuerySet[Category]:
        """Open categories of live departments."""
        found = Category.objects.filter(is_open=True, department__in=live_departments(timezone.now()))
        return found.select_related("department").order_by("department__code", "pk")

    @extend_schema(operation_id="categories_list", responses=CategoryOut(many=True))
    def get(self, request: Request) -> Response:
        """All of them, by department."""
        refuse_unknown_parameters(request, set())
        return Response(CategoryOut(self.get_queryset(), many=True).data)


class DistrictsView(ApiView):
    """The districts that a complaint can name."""

    permission_classes = (AllowAny,)
    serializer_class = DistrictOut

    @extend_schema(operation_id="districts_list", responses=DistrictOut(many=True))
    def get(self, request: Request) -> Response:
        """All of them, by province."""
        refuse_unknown_parameters(request, set())
        return Response(DistrictOut(District.objects.order_by("province", "code"), many=True).data)
