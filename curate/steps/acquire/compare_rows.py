"""What a table says of a known recording: it fills empty fields, and differences are reported.

What people and earlier tables said stays, unless somebody asks for the new words. Of two licences the
stricter counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from curate.catalogue import assignments, recordings, verdicts
from curate.catalogue.dataset import Dataset
from curate.catalogue.listings import names_of_taxa
from curate.catalogue.store import Store
from curate.catalogue.views import names
from curate.decisions.label_spellings import joined_names, label_spellings, labels_of_one_taxon
from curate.decisions.verdicts import called
from curate.license_words import freedom, granted
from curate.model import Problem, Row
from curate.steps.acquire.import_summary import ImportSummary
from curate.steps.common.reporting import Reporting
from curate.steps.common.settle_verdicts import name

#: Both, or neither: a latitude of one place and a longitude of another are a third place.
_PLACE = ("latitude", "longitude")


def compare(
    dataset: Dataset,
    row: Row,
    known: recordings.Known,
    summary: ImportSummary,
    *,
    replace_changed: bool,
    fill: bool = False,
) -> None:
    """Compare a row with a known recording: fill what is empty, tell what differs, or take that on request.

    Parameters
    ----------
    replace_changed
        Whether to take what differs.
    fill
        Whether to label recordings that have no label yet.
    """
    differ = fill_in(dataset, row, known.id, known.label, summary, replace_changed=replace_changed, fill=fill)
    if differ:
        words = f"{'; '.join(differ)}. --replace-changed takes the new values"
        summary.report(Problem("changed", row.path, words))
    fold = None if row.fold is None else assignments.fold_of(dataset.store, known.id)
    if row.fold != fold:
        words = f"fold {row.fold} here, {'none' if fold is None else fold} in the catalogue"
        summary.report(Problem("disagreement", row.path, f"{words}. curate split --from TABLE takes folds"))


def fill_in(
    dataset: Dataset,
    row: Row,
    number: int,
    label: str,
    summary: ImportSummary,
    *,
    replace_changed: bool = False,
    fill: bool = True,
) -> list[str]:
    """Fill what is empty as `compare` does, of a recording with its label, and say in words what differs."""
    return [
        *_labels(dataset, row, number, label, summary, replace_changed=replace_changed, fill=fill),
        *_fields(dataset, row, number, summary, replace_changed=replace_changed),
    ]


def _labels(
    dataset: Dataset,
    row: Row,
    number: int,
    label: str,
    summary: ImportSummary,
    *,
    replace_changed: bool,
    fill: bool,
) -> Iterator[str]:
    """Compare the labels; further secondary labels are added, and those that are known stay."""
    if not row.label:
        return
    _, before = verdicts.given_labels(dataset.store, number)
    more = tuple(each for each in row.secondary_labels if each not in (row.label, *before))
    if row.label == label and not more:
        recordings.name_taxon(dataset.store, row)
        return
    people = verdicts.of_recording(dataset.store, number)
    if row.label != label and not (replace_changed or (fill and not label)):
        others = _listed(each for each in more if each != label)
        beside = f" with {others} beside it" if others else ""
        counts, _ = called(label, (), people)
        said = f", and '{counts}' by a person" if counts != label else ""
        if row.label != counts or others:
            yield f"label '{row.label}'{beside} here, {_quoted(label)} in the catalogue{said}"
        return
    kept = tuple(each for each in before if each != row.label)
    recordings.relabel(dataset.store, number, replace(row, secondary_labels=(*kept, *more)))
    name(dataset.store, number)  # persons are heard after the archive
    summary.relabelled += 1
    counts, _ = called(row.label, (), people)
    if counts != row.label:
        words = f"label '{row.label}' is noted as the archive's, and '{counts}' counts, as a person said"
        summary.report(Problem("changed", row.path, words))
    if label not in ("", row.label):
        former = summary.former.setdefault(row.label, Counter())
        former[label] += 1
        if former[label] == 1:
            _tell_lost_name(dataset.store, row.label, label, summary)


def _tell_lost_name(store: Store, label: str, former: str, summary: ImportSummary) -> None:
    """Report that a class has no scientific name, and its recordings had one under their former label."""
    scientific, *_ = recordings.taxon_of(store, former)
    if scientific and not any(recordings.taxon_of(store, label)):
        which = "" if former == scientific else f", which is {scientific}"
        words = f"it has no scientific name, and recordings of it were '{former}'{which}"
        summary.report(Problem("disagreement", label, f"{words}. A table with scientific_name gives it one"))


def _fields(
    dataset: Dataset, row: Row, number: int, summary: ImportSummary, *, replace_changed: bool
) -> Iterator[str]:
    """Compare what else a row says; gives what differs and is not taken."""
    before, fresh, other = _said(dataset.store, row, number)
    if replace_changed:
        fresh, other = fresh | other, {}
    yield from _license(before, fresh, other)
    if fresh:
        recordings.tell(dataset.store, number, fresh)
        summary.completed += 1
    for name_of_field, value in other.items():
        yield f"{name_of_field} '{_plain(value)}' here, '{_plain(before[name_of_field])}' in the catalogue"


def complete(dataset: Dataset, row: Row, number: int) -> tuple[bool, list[str]]:
    """Fill what a known recording lacks, its label too, and take the licence that allows less.

    What else differs is second hand, and left out.

    Returns
    -------
    Whether anything was taken, and words on licences that differ.
    """
    told = ImportSummary()
    kept, _ = verdicts.given_labels(dataset.store, number)
    list(_labels(dataset, row, number, kept, told, replace_changed=False, fill=True))
    before, fresh, other = _said(dataset.store, row, number)
    words = list(_license(before, fresh, other))
    if fresh:
        recordings.tell(dataset.store, number, fresh)
    return bool(fresh or told.relabelled), words


def _said(store: Store, row: Row, number: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Sort what a row says: what is known, what is new next to it, and what contradicts it."""
    new, before = recordings.said_in(row), recordings.said_of(store, number)
    fresh = {field: value for field, value in new.items() if before.get(field) in (None, "")}
    other = {
        field: value
        for field, value in new.items()
        if field not in fresh and not _is_same(field, value, before[field])
    }
    if any(field in other for field in _PLACE):
        fresh = {field: value for field, value in fresh.items() if field not in _PLACE}
    # A longer date that begins with the known one says more, and contradicts nothing.
    if "date" in other and str(other["date"]).startswith(str(before["date"])):
        fresh["date"] = other.pop("date")
    return before, fresh, other


def _license(before: Mapping[str, Any], fresh: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    """Choose the stricter of two licences, and say so; its page comes with it."""
    if "license" not in other:
        return
    license = other.pop("license")
    page = fresh.pop("license_url", "") or other.pop("license_url", "")
    if freedom(license) <= freedom(before["license"]):
        yield f"license '{license}' here, '{before['license']}' in the catalogue, which counts"
        return
    fresh |= {"license": license, "license_url": page}
    yield f"license '{license}' here, which counts, '{before['license']}' in the catalogue"


def _is_same(field: str, value: object, before: object) -> bool:
    """Whether two words say the same: of a date the shorter may be a part of the longer."""
    if field == "license":
        grant = granted(_spelt(value))
        return value == before or (grant is not None and grant == granted(_spelt(before)))
    if field == "date":
        return str(before).startswith(str(value))
    return value == before


def _spelt(license: object) -> str:
    return " ".join(str(license).lower().split())


def _plain(value: Any) -> str:  # noqa: ANN401 - whatever the catalogue holds
    return f"{value:g}" if isinstance(value, float) and value == float(f"{value:g}") else str(value)


def _quoted(label: str) -> str:
    return f"'{label}'" if label else "none"


@dataclass(slots=True)
class NamedClasses:
    """What the sources of an import name.

    Parameters
    ----------
    labels
        Of recordings and of what is marked in them.
    taxa
        By label, what the rows call its taxon: values of `recordings.TAXON`, in the order met.
    """

    labels: set[str] = field(default_factory=set)
    taxa: dict[str, dict[tuple[str, ...], None]] = field(default_factory=dict)

    def note(self, row: Row) -> None:
        """Note the classes of a row of recordings."""
        if row.label:
            self.labels.add(row.label)
            taxon = (
                row.scientific_name,
                row.common_name,
                row.class_name,
                row.extra.get("inat_taxon_id", ""),
            )
            self.taxa.setdefault(row.label, {})[taxon] = None
        self.labels.update(filter(None, row.secondary_labels))


def tell_classes(
    summary: Reporting, named: NamedClasses, store: Store | None, *, replace_changed: bool | None = False
) -> None:
    """Report labels of the sources with an unclear meaning: each stays the class that it names.

    One name may be spelt in several ways, in the sources or in the dataset. One label may hold several names,
    or mean a taxon here and another there. Several labels may mean one taxon.

    Parameters
    ----------
    store
        None where nothing was imported yet.
    replace_changed
        Whether to take the names of taxa that differ; None where that is not offered.
    """
    labels = {*named.labels, *(() if store is None else names.all_labels(store))}
    for spellings in label_spellings(labels):
        if not named.labels.isdisjoint(spellings):
            summary.report(Problem("spelling", spellings[0], f"{_several(spellings)}, spell them alike"))
    for label in joined_names(labels):
        if label in named.labels:
            words = (
                "one class, although it looks like several names; secondary labels have a column of their own"
            )
            summary.report(Problem("spelling", label, words))
    scientific = dict.fromkeys(labels, "")
    if store is not None:
        taxa = names_of_taxa(store)  # also of labels that nothing bears any more
        scientific |= {label: taxa[label][0] for label in labels & taxa.keys()}
    for label, said in named.taxa.items():
        standing = _standing(summary, store, label, list(said), replace_changed=replace_changed)
        scientific[label] = standing["scientific_name"]
    for taxon, labels_of_it in labels_of_one_taxon(scientific):
        if not named.labels.isdisjoint(labels_of_it):
            summary.report(Problem("spelling", taxon, f"{_several(labels_of_it)}, give them one label"))


def _several(labels: Sequence[str]) -> str:
    return f"{len(labels)} classes: {_listed(labels)}; if they are one"


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(f"'{label}'" for label in labels)


def _standing(
    summary: Reporting,
    store: Store | None,
    label: str,
    said: Sequence[tuple[str, ...]],
    *,
    replace_changed: bool | None,
) -> dict[str, str]:
    """Say what a class is called by column, and report what else it is called."""
    known = recordings.taxon_of(store, label) if store is not None else [""] * len(recordings.TAXON)
    standing, taken = dict(zip(recordings.TAXON, known, strict=True)), {}
    for column, values in zip(recordings.TAXON, zip(*said, strict=True), strict=True):
        new = list(dict.fromkeys(filter(None, values)))
        standing[column] = standing[column] or next(iter(new), "")
        other = [name for name in new if name != standing[column]]
        if not other:
            continue
        if replace_changed and len(new) == 1:
            taken[column] = standing[column] = new[0]
            continue
        here = ", ".join(f"'{name}'" for name in other)
        words = f"{column} {here} here, and '{standing[column]}' counts for the whole class"
        is_offered = len(new) == 1 and replace_changed is not None
        way = ". --replace-changed takes the new name" if is_offered else ""
        summary.report(Problem("disagreement", label, f"{words}{way}. Two taxa need two labels"))
    if store is not None and taken:
        recordings.rename_taxon(store, label, taken)
    return standing
