from django.contrib import admin

from logbook.models import Analysis, Entry, Tally

admin.site.site_header = admin.site.site_title = "Ship's log"
admin.site.index_title = "The harbour office"


class AnalysisInline(admin.StackedInline):
    """The worker's findings, for reading."""

    model = Analysis
    can_delete = False
    readonly_fields = ["words", "reading_seconds", "frequent", "sha256", "release", "computed_at"]


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):
    list_display = ["written_at", "kind", "vessel", "port", "analysis"]
    list_filter = ["kind", "written_at"]
    list_select_related = ["analysis"]
    search_fields = ["vessel", "port", "text"]
    date_hierarchy = "written_at"
    inlines = [AnalysisInline]


@admin.register(Tally)
class TallyAdmin(admin.ModelAdmin):
    list_display = ["day", "entries", "vessels", "words", "computed_at"]
