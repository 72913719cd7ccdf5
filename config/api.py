"""The addresses of the API and its description."""

from functools import lru_cache
from typing import Any

from django.urls import include, path, re_path, reverse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from departments.api.answering import ApiView, NoSuchEndpoint, Problem
from departments.api.views import CategoriesView, DepartmentsView, DistrictsView
from engagement.api import ComplianceView


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the description names the token; drf-spectacular finds it by being imported."""

    target_class = "departments.api.callers.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """As OpenAPI."""
        return {"type": "http", "scheme": "bearer", "description": "Given out by `manage.py api_token create`."}


@lru_cache(maxsize=1)
def _schema() -> Any:
    """The description; it follows from the code alone, and making it takes most of a second."""
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


@extend_schema(exclude=True)
class SchemaView(ApiView):
    """The OpenAPI description of this API."""

    permission_classes = (AllowAny,)
    serializer_class = Problem

    def get(self, request: Request) -> Response:
        """As JSON."""
        return Response(_schema())


@extend_schema(exclude=True)
class IndexView(ApiView):
    """Where to begin."""

    permission_classes = (AllowAny,)
    serializer_class = Problem

    def get(self, request: Request) -> Response:
        """The addresses of the lists."""
        names = ("departments", "categories", "districts", "complaints", "compliance", "track", "schema")
        return Response({name: reverse(f"api_{name}") for name in names})


def closed_bodies(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:  # noqa: FBT001
    """Say in the schema that a body takes no other fields (departments/api/reading.py refuses them)."""
    for name, schema in result["components"]["schemas"].items():
        if name.endswith("Request"):
            schema["additionalProperties"] = False
    return result


urlpatterns = [
    path("", IndexView.as_view(), name="api"),
    path("schema/", SchemaView.as_view(), name="api_schema"),
    path("departments/", DepartmentsView.as_view(), name="api_departments"),
    path("categories/", CategoriesView.as_view(), name="api_categories"),
    path("districts/", DistrictsView.as_view(), name="api_districts"),
    path("compliance/", ComplianceView.as_view(), name="api_compliance"),
    path("", include("complaints.api.urls")),
    re_path(r"^.*$", NoSuchEndpoint.as_view(), name="api_nothing"),
]
