"""The addresses of figures."""

from django.urls import path

from engagement.dashboard import public, views

urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/<slug:code>/", views.dashboard_department, name="dashboard_department"),
    path("performance/", public.performance, name="performance"),
    path("performance/<slug:code>/", public.performance_department, name="performance_department"),
    path("performance/<slug:code>/figures.csv", public.performance_csv, name="performance_csv"),
]
