"""Count how a text reads: sentences, their length, semicolons, negations, examples."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

#: Words that deny.
_NEGATIONS = re.compile(
    r"\b(?:no|not|none|nobody|nothing|nor|neither|never|without|cannot)\b|n't\b", re.IGNORECASE
)

_FENCED = re.compile(r"^ *```.*?^ *```\n?", re.MULTILINE | re.DOTALL)

#: Lines set in by four or more, after an empty line.
_INDENTED = re.compile(r"(?:(?<=\n\n)|\A)(?: {4,}\S.*\n(?:[ \t]*\n(?= {4}))*)+", re.MULTILINE)

#: A paragraph ends at an empty line, and before an item of a list.
_PARAGRAPH = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*] |\d+\. ))")

#: A sentence ends at a full stop, question mark or exclamation mark before a capital or a sign.
_SENTENCE = re.compile(r"(?<=[.!?])[)\"'*_]*\s+(?=[A-Z(\"'*_\[])")


@dataclass(frozen=True)
class Limits:
    """The goals of a text: at most, or for examples at least."""

    words_per_sentence: float = 16
    long_sentences: float = 0.04
    """Share of sentences with more than 30 words."""
    semicolons: float = 2
    """Per 1,000 words, as are the next two."""
    negations: float = 10
    examples: float = 15


@dataclass(frozen=True)
class Counts:
    """What was counted in a text, or in several."""

    sentences: tuple[str, ...] = field(repr=False)
    examples: int = 0

    @classmethod
    def together(cls, counts: Iterable[Counts]) -> Counts:
        """Add up counts."""
        several = list(counts)
        return cls(
            tuple(chain.from_iterable(each.sentences for each in several)),
            sum(each.examples for each in several),
        )

    @property
    def words(self) -> int:
        return sum(map(words, self.sentences))

    @property
    def long(self) -> list[str]:
        return [sentence for sentence in self.sentences if words(sentence) > 30]

    @property
    def semicolons(self) -> int:
        return sum(sentence.count(";") for sentence in self.sentences)

    @property
    def negations(self) -> int:
        return sum(len(_NEGATIONS.findall(sentence)) for sentence in self.sentences)

    def faults(self, limits: Limits, *, examples: bool) -> list[str]:
        """Tell which goals are missed.

        A rate allows a short text as many as it rounds up to, so that one semicolon does not condemn a page.
        """
        total, thousands = self.words, self.words / 1000
        found = []
        if total > limits.words_per_sentence * len(self.sentences):
            found.append(f"{total / len(self.sentences):.1f} words per sentence")
        if len(self.long) > math.ceil(limits.long_sentences * len(self.sentences)):
            found.append(f"{len(self.long)} of {len(self.sentences)} sentences over 30 words: {self.long}")
        if self.semicolons > math.ceil(limits.semicolons * thousands):
            found.append(f"{self.semicolons} semicolons in {total} words")
        if self.negations > math.ceil(limits.negations * thousands):
            found.append(f"{self.negations} negations in {total} words")
        if examples and self.examples < math.floor(limits.examples * thousands):
            found.append(f"{self.examples} examples in {total} words")
        return found


def words(sentence: str) -> int:
    """Count the words of a sentence; a piece of code is one."""
    return len(re.findall(r"[^\W_][\w'.,/-]*", sentence))


def sentences(text: str) -> tuple[str, ...]:
    """Take plain text apart: an item of a list is a sentence, too."""
    found = []
    for paragraph in _PARAGRAPH.split(text):
        line = re.sub(r"^(?:[-*] |\d+\. )", "", " ".join(paragraph.split()))
        found += [sentence for sentence in _SENTENCE.split(line) if words(sentence)]
    return tuple(found)


def count(text: str) -> Counts:
    """Count in plain text, such as a help page or a message."""
    return Counts(sentences(re.sub(r"`[^`]*`", "Code", text)))


def count_page(text: str) -> Counts:
    """Count in a page of Markdown, without its code, tables, headings and pictures.

    An example is a block of code or of output.
    """
    examples = len(_FENCED.findall(text))
    text = _FENCED.sub("\n", text)
    examples += len(_INDENTED.findall(text))
    text = _INDENTED.sub("\n", text)
    text = re.sub(r"^(?:\||#|<).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"!\[[^]]*\]\([^)]*\)", "", text)
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    return Counts(count(text).sentences, examples)
