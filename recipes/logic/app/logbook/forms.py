from __future__ import annotations

from django import forms

from logbook.models import Entry


class EntryForm(forms.ModelForm):
    """What a person fills in."""

    class Meta:
        model = Entry
        fields = ["vessel", "port", "kind", "text"]
        widgets = {
            "vessel": forms.TextInput(attrs={"placeholder": "MV Northern Light", "autocomplete": "off"}),
            "port": forms.TextInput(attrs={"placeholder": "Bremerhaven", "autocomplete": "off"}),
            "text": forms.Textarea(attrs={"rows": 5, "placeholder": "What happened on your watch?"}),
        }
        labels = {"text": "Entry"}
