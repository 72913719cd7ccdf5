"""The addresses of the desk. A query is found by its reference; what is none, or not yours, is not found."""

from django.urls import path

from complaints.desk import entry, moving, notices, query, queue

urlpatterns = [
    path("", queue.queue, name="desk"),
    path("new/", entry.new, name="desk_new"),
    path("slip/", entry.slip, name="desk_slip"),
    path("notices/", notices.notices, name="desk_notices"),
    path("<str:reference>/", query.query, name="desk_query"),
    path("<str:reference>/<slug:move>/", moving.move, name="desk_move"),
]
