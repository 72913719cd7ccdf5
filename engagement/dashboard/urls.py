"""The addresses of figures."""

from django.urls import path

from engagement.dashboard import assessing, calls, openings, public, reading, reviewed, rows, views

urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/<slug:code>/", views.dashboard_department, name="dashboard_department"),
    path("dashboard/<slug:code>/assess/", assessing.dashboard_assess, name="dashboard_assess"),
    path("dashboard/<slug:code>/remark/", assessing.dashboard_remark, name="dashboard_remark"),
    path("dashboard/<slug:code>/calls/", calls.dashboard_calls, name="dashboard_calls"),
    path("dashboard/<slug:code>/calls/list.csv", calls.dashboard_calls_csv, name="dashboard_calls_csv"),
    path("dashboard/<slug:code>/calls/<int:number>/", calls.dashboard_call, name="dashboard_call"),
    path("dashboard/<slug:code>/<slug:report>/", reading.dashboard_report, name="dashboard_report"),
    path("dashboard/<slug:code>/level/<slug:gate>/", rows.level_cases, name="level_cases"),
    path("dashboard/<slug:code>/level/<slug:gate>/cases.csv", rows.level_cases_csv, name="level_cases_csv"),
    path("dashboard/<slug:code>/review/<slug:sign>/", reviewed.review_records, name="dashboard_review_records"),
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
