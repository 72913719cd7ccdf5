"""The citizen's addresses."""

from django.urls import path

from complaints.citizen import filing, following, pages

urlpatterns = [
    path("complain/", filing.QuestionView.as_view(page=pages.PAGES[0]), name="complain"),
    *(
        path(f"complain/{page.name}/", filing.QuestionView.as_view(page=page), name=page.route)
        for page in pages.PAGES[1:]
    ),
    path("complain/check/", filing.CheckView.as_view(), name="complain_check"),
    path("complain/filed/", filing.filed, name="complain_filed"),
    path("complain/finish/", filing.finish, name="complain_finish"),
    path("track/", following.OpenView.as_view(), name="track"),
    path("track/case/", following.CaseView.as_view(), name="track_case"),
    path("track/case/close/", following.close_case, name="track_close"),
    path("track/case/<slug:act>/", following.ActView.as_view(), name="track_act"),
]
