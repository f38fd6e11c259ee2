from django.urls import path

from logbook import views

urlpatterns = [path("", views.log, name="log")]
