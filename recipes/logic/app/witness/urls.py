from django.urls import path

from witness import views

urlpatterns = [path("", views.mark, name="witness")]
