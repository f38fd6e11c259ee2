"""The site's addresses."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("logbook.urls")),
    path("healthz/", include("health.urls")),
    path("witness/", include("witness.urls")),
    path("admin/", admin.site.urls),
]
