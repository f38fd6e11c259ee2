from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.test import TestCase
from django.utils import timezone

from logbook.models import Analysis, Entry, Tally
from logbook.tasks import analyse, sweep, tally


def entry(text: str = "Fog over the bar", vessel: str = "MV Northern Light", minutes_ago: int = 0) -> Entry:
    made = Entry.objects.create(vessel=vessel, port="Bremerhaven", text=text)
    Entry.objects.filter(pk=made.pk).update(written_at=timezone.now() - timedelta(minutes=minutes_ago))
    return made


class AnalyseTests(TestCase):
    def test_stores_what_it_found_and_which_release_did(self) -> None:
        made = entry()
        analyse.delay(made.pk)
        self.assertEqual(made.analysis.words, 4)
        self.assertEqual(made.analysis.release, settings.DEPLOYMENT.release)

    def test_may_run_twice(self) -> None:
        made = entry()
        analyse.delay(made.pk)
        Entry.objects.filter(pk=made.pk).update(text="Clear")
        analyse.delay(made.pk)
        self.assertEqual(Analysis.objects.get().words, 1)

    def test_passes_over_an_entry_that_is_gone(self) -> None:
        analyse.delay(4711)
        self.assertFalse(Analysis.objects.exists())


class SweepTests(TestCase):
    def test_takes_up_what_was_forgotten_and_nothing_else(self) -> None:
        forgotten, done, fresh = entry(minutes_ago=5), entry(minutes_ago=5), entry()
        analyse.delay(done.pk)
        self.assertEqual(sweep.delay().get(), 1)
        self.assertTrue(Analysis.objects.filter(entry=forgotten).exists())
        self.assertFalse(Analysis.objects.filter(entry=fresh).exists())


class TallyTests(TestCase):
    def test_sums_up_the_day_in_one_row(self) -> None:
        analyse.delay(entry("one two").pk)
        analyse.delay(entry("three", vessel="Fram").pk)
        entry("not yet analysed", vessel="Fram")
        tally.delay()
        tally.delay()
        day = Tally.objects.get()
        self.assertEqual((day.entries, day.vessels, day.words), (3, 2, 3))

    def test_of_a_quiet_day_is_nought(self) -> None:
        tally.delay()
        self.assertEqual(Tally.objects.get().words, 0)
