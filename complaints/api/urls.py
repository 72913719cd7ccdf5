"""The addresses of complaints in the API; one for each move, so that its fields stand in the schema."""

from django.urls import path

from complaints.api import tracking, views
from complaints.api.asking import ASKED

urlpatterns = [
    path("complaints/", views.ComplaintsView.as_view(), name="api_complaints"),
    path("complaints/<str:reference>/", views.ComplaintView.as_view(), name="api_complaint"),
    *(
        path(f"complaints/<str:reference>/moves/{move}/", views.MoveView.as_view(move=move), name=f"api_move_{move}")
        for move in ASKED
    ),
    path("track/", tracking.TrackView.as_view(), name="api_track"),
]
