"""The addresses of figures."""

from django.urls import path

from engagement.dashboard import openings, public, reading, views

urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/<slug:code>/", views.dashboard_department, name="dashboard_department"),
    path("dashboard/<slug:code>/<slug:report>/", reading.dashboard_report, name="dashboard_report"),
    path(
        "dashboard/<slug:code>/<slug:report>/<slug:exhibit>.<slug:kind>",
        reading.dashboard_export,
        name="dashboard_export",
    ),
    path("performance/", public.performance, name="performance"),
    path("performance/methods/", public.methods, name="performance_methods"),
    path("performance/<slug:code>/", public.performance_department, name="performance_department"),
    path("performance/<slug:code>/figures.csv", public.performance_csv, name="performance_csv"),
    path("performance/<slug:code>/rows.<slug:kind>", openings.performance_rows, name="performance_rows"),
    path("performance/<slug:code>/<slug:report>/", reading.performance_report, name="performance_report"),
    path(
        "performance/<slug:code>/<slug:report>/<slug:exhibit>.<slug:kind>",
        reading.performance_export,
        name="performance_export",
    ),
]
