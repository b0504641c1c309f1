"""Which of the recordings that an archive has are taken: pure, and the same on every machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from curate.archives.licenses import FAMILIES, RESERVED, normalise, stricter
from curate.archives.remote import Identity, RemoteRecording, label_of
from curate.errors import UsageError
from curate.formatting import count
from curate.lookup import suggestion
from curate.model import Problem, Taxon


@dataclass(frozen=True, slots=True)
class Terms:
    """What a recording must be like.

    Parameters
    ----------
    licenses
        Families of licences (`licenses.FAMILIES`) of which it must have one. Empty for any.
    allow_nd
        Whether it may forbid derivatives, such as trimmed copies.
    max_seconds
        Its greatest length, where the archive tells it.
    elsewhere
        Recordings that are not wanted, since another set has them.
    """

    licenses: frozenset[str] = frozenset()
    allow_nd: bool = False
    max_seconds: float | None = None
    elsewhere: Collection[Identity] = frozenset()

    def against(self, recording: RemoteRecording) -> str | None:
        """Name the reason for which a recording is left out, `None` if it is."""
        licence = recording.license
        if any(identity in self.elsewhere for identity in recording.identities):
            return "known_elsewhere"
        if self.licenses and licence.family not in self.licenses:
            return "license"
        # Who asks for a family without derivatives by name needs no `allow_nd`.
        if licence.no_derivatives and not self.allow_nd and licence.family not in self.licenses:
            return "no_derivatives"
        if licence.code == RESERVED and not self.licenses:
            return "all_rights_reserved"
        if self.max_seconds is not None and (recording.duration or 0.0) > self.max_seconds:
            return "too_long"
        return None


def licenses(words: str | Sequence[str] | None) -> frozenset[str]:
    """Read ``by,by-nc,cc0``.

    Raises
    ------
    UsageError
        If there is no such licence.
    """
    listed = words.split(",") if isinstance(words, str) else words or ()
    found = {word.strip().lower().removeprefix("cc-") for word in listed} - {""}
    # Also as archives write them: CC BY-NC 4.0.
    found = {word if word in FAMILIES else normalise(word).family for word in found}
    for word in sorted(found - set(FAMILIES)):
        raise UsageError(f"unknown licence '{word}'", hint=suggestion(word, FAMILIES))
    return frozenset(found)


def in_words(reason: str) -> str:
    """Say a reason for which recordings are left out.

    Examples
    --------
    >>> in_words("license"), in_words("known_elsewhere")
    ('another licence', 'known elsewhere')
    """
    return "another licence" if reason == "license" else reason.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Choice:
    """A recording that is taken, and what it was sought as."""

    recording: RemoteRecording
    taxon: Taxon | None

    @property
    def label(self) -> str:
        """The class it is taken for."""
        return label_of(self.recording, self.taxon)


@dataclass(slots=True)
class Chooser:
    """Collects what is taken, each recording once, whichever way it was reached.

    Parameters
    ----------
    terms
    max_per_taxon
        Recordings of one label at most. None for all.
    rated
        Whether the best rated are taken, else the first.
    gone
        Recordings that are not to be had: others take their places.
    excluded
        How many were not taken, by reason.
    refused
        Under which names these are known, by reason.
    """

    terms: Terms
    max_per_taxon: int | None = None
    rated: bool = False
    gone: Collection[Identity] = frozenset()
    excluded: Counter[str] = field(default_factory=Counter)
    refused: dict[str, list[tuple[Identity, ...]]] = field(default_factory=dict)
    _found: dict[Identity, Choice] = field(default_factory=dict)
    _known_as: dict[Identity, Identity] = field(default_factory=dict)
    _labels: Counter[str] = field(default_factory=Counter)
    _labelled: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, recording: RemoteRecording, taxon: Taxon | None) -> None:
        """Look at one more recording."""
        first = next((self._known_as[name] for name in recording.identities if name in self._known_as), None)
        if first is not None:
            self._merge(first, recording, taxon)
            return
        # Noted before the terms: a recording that is refused once does not come in by another archive.
        for name in recording.identities:
            self._known_as[name] = recording.identity
        reason = self.terms.against(recording)
        if reason is not None:
            self._refuse(recording, reason)
            return
        choice = Choice(recording, taxon)
        self._found[recording.identity] = choice
        self._labels[choice.label] += recording.identity not in self.gone

    def enough(self, label: str) -> bool:
        """Whether a label has enough recordings. With ratings, a better one may still come."""
        return not self.rated and self.max_per_taxon is not None and self._labels[label] >= self.max_per_taxon

    def _merge(self, first: Identity, recording: RemoteRecording, taxon: Taxon | None) -> None:
        """Note what a second way to the same recording adds: its reference, and another label."""
        choice = self._found.get(first)
        if choice is None:
            return
        known = choice.recording
        # A name that another recording has already stays with that one.
        new = (name for name in recording.identities if self._known_as.get(name, first) == first)
        references = dict.fromkeys((*known.references, *new))
        references.pop(known.identity, None)
        label, others = label_of(recording, taxon), []
        if label != choice.label:
            name = recording.scientific_name or label
            others = [name] if name not in ("", known.scientific_name) else []
            if not others:
                self._labelled[label, choice.label] += 1
        merged = replace(
            known,
            references=tuple(references),
            background=tuple(dict.fromkeys((*known.background, *others, *recording.background))),
            license=stricter(known.license, recording.license),
        )
        for identity in references:
            self._known_as[identity] = first
        reason = self.terms.against(merged)
        if reason is None:
            self._found[first] = replace(choice, recording=merged)
            return
        self._refuse(merged, reason)
        self._labels[choice.label] -= first not in self.gone
        del self._found[first]

    def _refuse(self, recording: RemoteRecording, reason: str) -> None:
        self.excluded[reason] += 1
        self.refused.setdefault(reason, []).append(recording.identities)

    def told(self) -> Iterator[Problem]:
        """Tell which recordings were found for two labels of one species: they have the first."""
        for (label, kept), number in sorted(self._labelled.items()):
            words = f"{count(number, 'recording')} that it leads to {'has' if number == 1 else 'have'}"
            yield Problem("disagreement", label, f"{words} the label '{kept}', which was asked for first")

    def chosen(self) -> list[Choice]:
        """List what is taken, in the order of the archive."""
        if self.max_per_taxon is None:
            return list(self._found.values())
        by_label: dict[str, list[Choice]] = {}
        for choice in self._found.values():
            by_label.setdefault(choice.label, []).append(choice)
        taken: set[Identity] = set()
        for choices in by_label.values():
            # `sorted` is stable: among equal ratings the order of the archive decides.
            best = (
                sorted(choices, key=lambda choice: -(choice.recording.rating or 0.0))
                if self.rated
                else choices
            )
            left = self.max_per_taxon
            for identity in (choice.recording.identity for choice in best):
                if not left:
                    break
                taken.add(identity)
                left -= identity not in self.gone
        return [choice for identity, choice in self._found.items() if identity in taken]
