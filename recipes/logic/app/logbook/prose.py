"""Statistics of a text: pure functions, so that they can be tested without a broker or a database."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from dataclasses import dataclass

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
WORDS_A_MINUTE = 220
#: Words too common to say anything about an entry.
COMMON = frozenset(
    """a an and are as at be been but by for from had has have he her his in into is it its no not of off on
    or our out she so that the their them then there they this to under up was we were will with""".split()
)


@dataclass(frozen=True)
class Prose:
    """What can be said about a text without understanding it."""

    words: int
    reading_seconds: int
    frequent: list[str]
    sha256: str


def study(text: str, most: int = 3) -> Prose:
    """Counts the words of `text` and names the `most` frequent ones, ties in order of appearance."""
    words = [word.casefold() for word in WORD.findall(text)]
    telling = Counter(word for word in words if word not in COMMON and len(word) > 2)
    return Prose(
        words=len(words),
        reading_seconds=math.ceil(len(words) * 60 / WORDS_A_MINUTE),
        frequent=[word for word, _ in telling.most_common(most)],
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
