"""The addresses of figures."""

from django.urls import path

from engagement.dashboard import public, reading, rows, views

urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/<slug:code>/", views.dashboard_department, name="dashboard_department"),
    path("dashboard/<slug:code>/<slug:report>/", reading.dashboard_report, name="dashboard_report"),
    path("dashboard/<slug:code>/level/<slug:gate>/", rows.level_cases, name="level_cases"),
    path("dashboard/<slug:code>/level/<slug:gate>/cases.csv", rows.level_cases_csv, name="level_cases_csv"),
    path("performance/", public.performance, name="performance"),
    path("performance/<slug:code>/", public.performance_department, name="performance_department"),
    path("performance/<slug:code>/figures.csv", public.performance_csv, name="performance_csv"),
    path("performance/<slug:code>/<slug:report>/", reading.performance_report, name="performance_report"),
]
