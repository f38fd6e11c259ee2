from __future__ import annotations

import hashlib

from django.test import SimpleTestCase

from logbook.prose import study


class StudyTests(SimpleTestCase):
    def test_counts_words_of_any_script(self) -> None:
        for text, words in (
            ("", 0),
            ("12 — 34 !", 0),
            ("Moored at 06:40.", 2),
            ("Don't over-think it", 3),
            ("Æble, größer; море", 3),
        ):
            with self.subTest(text):
                self.assertEqual(study(text).words, words)

    def test_names_what_is_frequent_and_telling(self) -> None:
        prose = study("The tide and the tide and the Harbour: harbour, tide. Fog.")
        self.assertEqual(prose.frequent, ["tide", "harbour", "fog"])

    def test_rounds_the_reading_time_up(self) -> None:
        self.assertEqual(study("word " * 220).reading_seconds, 60)
        self.assertEqual(study("word").reading_seconds, 1)
        self.assertEqual(study("").reading_seconds, 0)

    def test_digests_the_text_as_utf8(self) -> None:
        self.assertEqual(study("море").sha256, hashlib.sha256("море".encode()).hexdigest())
