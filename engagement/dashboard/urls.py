"""The addresses of figures."""

from django.urls import path

from engagement.dashboard import public, reading, reviewed, views

urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/<slug:code>/", views.dashboard_department, name="dashboard_department"),
    path("dashboard/<slug:code>/<slug:report>/", reading.dashboard_report, name="dashboard_report"),
    path("dashboard/<slug:code>/review/<slug:sign>/", reviewed.review_records, name="dashboard_review_records"),
    path("performance/", public.performance, name="performance"),
    path("performance/<slug:code>/", public.performance_department, name="performance_department"),
    path("performance/<slug:code>/figures.csv", public.performance_csv, name="performance_csv"),
    path("performance/<slug:code>/<slug:report>/", reading.performance_report, name="performance_report"),
]
