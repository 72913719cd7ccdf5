"""By what a list of complaints can be narrowed: each name is declared here, and no other is understood."""

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from complaints.deadlines import Standing
from complaints.models import Complaint, Duty, StageEntry
from complaints.stages import Position
from departments.api.reading import FIRST_YEAR, LAST_YEAR, refuse_unknown_parameters
from departments.channels import ChannelKind
from departments.sops import Reason, Stage

_OF_PAGES = {"cursor", "limit", "ordering"}
# What a stage filter takes: the three stages, and queries that are over.
STAGES = [*Stage.choices, (Position.ENDED.value, "Ended")]


class BoundedMoment(IsoDateTimeField):  # type: ignore[misc]
    """A moment with its zone, in years that every database can hold."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment; raises ValidationError."""
        try:
            found: datetime | None = super().to_python(value)
        except (OverflowError, ValueError) as wrong:
            raise forms.ValidationError("Give a moment such as 2026-03-02T10:00:00Z.") from wrong
        if found is not None and not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise forms.ValidationError(f"Give a year from {FIRST_YEAR} to {LAST_YEAR}.")
        return found


class MomentFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc]
    field_class = BoundedMoment


class ComplaintFilter(django_filters.FilterSet):  # type: ignore[misc]
    department = django_filters.CharFilter("department__code", max_length=50)
    section = django_filters.CharFilter("section__code", max_length=50)
    stage = django_filters.ChoiceFilter(choices=STAGES, method="in_stage")
    standing = django_filters.ChoiceFilter(
        choices=Standing.choices, method="with_duty", label="Has a duty that stands so now."
    )
    reason = django_filters.ChoiceFilter(choices=Reason.choices)
    channel = django_filters.ChoiceFilter("channel__kind", choices=ChannelKind.choices)
    district = django_filters.CharFilter("district__code", max_length=50)
    received_from = MomentFilter("received_at", lookup_expr="gte", label="Received at this moment or later.")
    received_before = MomentFilter("received_at", lookup_expr="lt", label="Received before this moment.")

    class Meta:
        model = Complaint
        fields: tuple[str, ...] = ()

    def in_stage(self, found: QuerySet[Complaint], name: str, stage: str) -> QuerySet[Complaint]:
        """Queries whose open stage entry is of `stage`; those without one have ended."""
        entries = StageEntry.objects.filter(complaint=OuterRef("pk"), left_at__isnull=True)
        return found.filter(~Exists(entries) if stage == Position.ENDED else Exists(entries.filter(stage=stage)))

    def with_duty(self, found: QuerySet[Complaint], name: str, standing: str) -> QuerySet[Complaint]:
        """Queries that have a duty with this standing now."""
        duties = Duty.objects.as_of(timezone.now()).filter(Q(standing=standing), complaint=OuterRef("pk"))
        return found.filter(Exists(duties))


class StrictFilters(DjangoFilterBackend):  # type: ignore[misc]
    """Refuses every parameter that is neither a filter nor of the pages, also after a relation's name."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Return what passes all the filters; raises ValidationError."""
        refuse_unknown_parameters(request, _OF_PAGES | set(ComplaintFilter.base_filters))
        found: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return found
