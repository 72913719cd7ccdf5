"""The public addresses of this room."""

from django.urls import path

from departments import views

urlpatterns = [
    path("", views.home, name="home"),
    path("offices/", views.who_is_responsible, name="offices"),
]
