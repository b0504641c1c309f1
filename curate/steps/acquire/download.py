"""`curate download`: fetch recordings from public archives, with all that is known of them.

First the archive is asked, page by page, and its answers are kept. Then it is decided what is
taken. Then that is fetched and registered. Killed anywhere, the same command continues.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from curate.archives import ARCHIVES, Archive, Search
from curate.archives.choose import Chooser, Terms, licenses
from curate.archives.taxa import refuse_nothing, refuse_unknown
from curate.catalogue import downloads, listings, runs
from curate.catalogue.dataset import Dataset
from curate.errors import NetError, UsageError
from curate.formats.files.walk import holds_audio
from curate.lookup import resolve, suggestion
from curate.model import Problem
from curate.net.http import Http
from curate.net.limits import Limit, Manners
from curate.net.redact import hidden
from curate.progress import Advance, Progress, silent
from curate.steps.acquire.compare_rows import tell_classes
from curate.steps.acquire.download_summary import DownloadSummary
from curate.steps.acquire.fetch_recordings import FetchTally, fetch_and_register
from curate.steps.acquire.known_recordings import ArchiveNews, DatasetClasses, identities_in, still_here
from curate.steps.acquire.packages import bring, register
from curate.steps.acquire.query_archive import ArchiveQuery
from curate.steps.common.credits import has_credits, write_credits

#: What a machine asks of itself needs no manners.
_OURSELVES = dict.fromkeys(("127.0.0.1", "::1", "localhost"), Limit(requests=None))


def download(
    dataset: Dataset,
    archive: str | Archive,
    *,
    max_per_taxon: int | None = None,
    max_seconds: float | None = None,
    license: str | Sequence[str] | None = None,
    allow_nd: bool = False,
    exclude: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    metadata_only: bool = False,
    limit: int | None = None,
    jobs: int = 4,
    refresh: bool = False,
    retry_failed: bool = False,
    contact: str | None = None,
    patience: float = 600.0,
    max_mb: float = 2000.0,
    allow_private: bool = False,
    allow_files: str | os.PathLike[str] | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
    **query: Any,  # noqa: ANN401 - each archive its own
) -> DownloadSummary:
    """Fetch recordings from an archive into ``raw/`` and register them.

    Parameters
    ----------
    dataset
        Where to register; made if it does not exist.
    archive
        A key of `ARCHIVES`, or an archive as `curate.archives.Archive` describes it.
    max_per_taxon
        Recordings of one label that are taken of this archive's, with those known: the best rated, or the
        first where there are no ratings. What came by another way does not count; it is told.
    max_seconds
        No longer recordings than this.
    license
        Only these licences: ``by,by-nc,cc0`` (`licenses.FAMILIES`).
    allow_nd
        Also take recordings whose licence forbids derivatives, and so trimmed copies.
    exclude
        Tables or datasets whose recordings are not wanted: a test set, what one has already.
    metadata_only
        Ask, and tell what there is; fetch no audio.
    limit
        Fetch no more than this many recordings.
    jobs
        Files fetched at the same time.
    refresh
        Ask the archive again, also what it answered before.
    retry_failed
        Try again what was taken offline or could not be decoded. Web pages and wrong checksums are tried
        again by each run, and so are files that were too long for an earlier `max_seconds`.
    contact
        E-mail address or page, sent to the archive with every request.
    patience : seconds
        How long one request may take, all tries together.
    max_mb
        No larger files than this many million bytes, where nobody lists their size.
    allow_private
        Also ask loopback and private addresses.
    allow_files
        Also read what a table names as ``file://``, if it lies in this folder.
    dry_run
        Ask nobody and write nothing: tell the questions.
    query
        The archive's own options, such as ``taxa="taxonomy.csv"``.

    Raises
    ------
    UsageError
        If an option makes no sense, the archive refuses the question, or it knows none of the names.
    NetError
        If an archive cannot be reached, or does not answer as it should.
    """
    started = time.monotonic()
    _check_numbers(
        jobs=jobs - 1, limit=limit, max_per_taxon=max_per_taxon, max_seconds=max_seconds, max_mb=max_mb
    )
    exclude = [exclude] if isinstance(exclude, str | os.PathLike) else exclude
    of_tables: list[Problem] = []
    terms = Terms(licenses(license), allow_nd, max_seconds, identities_in(exclude, of_tables.append))
    source = _archive(archive, query)
    summary = DownloadSummary(archive=source.name)
    for problem in (*of_tables, *source.problems):
        summary.report(problem)
    if dry_run:
        _preview(source, summary)
        return summary
    manners = Manners(
        contact=contact,
        allow_private=allow_private,
        allow_files=None if allow_files is None else Path(allow_files),
        connections=jobs,
        patience=patience,
        largest=1e6 * max_mb,
        limits={**_OURSELVES, **_all_limits(), **source.limits},
    )
    parameters = {
        "archive": source.name,
        **query,
        "max_per_taxon": max_per_taxon,
        "max_seconds": max_seconds,
        "license": license,
        "allow_nd": allow_nd,
        "exclude": [os.fspath(each) for each in exclude],
        "metadata_only": metadata_only,
        "limit": limit,
        "max_mb": max_mb,
    }
    with (
        dataset.writing("download", parameters) as run,
        Http(manners, fetched=downloads.traffic(dataset.store)) as http,
    ):
        asker = ArchiveQuery(dataset.store, source, http, refresh)
        given_up = set() if retry_failed else downloads.final_misses(dataset.store, max_seconds=max_seconds)
        chooser = Chooser(terms, max_per_taxon, source.rated, given_up)
        labels = _ask(asker, chooser, summary, progress)
        refuse_unknown(source.name, summary.searches, asker.asked.problems)
        tally = FetchTally(chooser.chosen())
        folder = None
        # What a run registered before it was stopped has no credits yet.
        is_behind = runs.ended_badly(dataset.store, "download")
        if metadata_only:
            tally.preview(dataset.store, given_up)
            summary.files = [each.name for each in asker.asked.files]
        else:
            folder = bring(
                dataset,
                source,
                asker.asked,
                http=http,
                report=summary.report,
                fetched=summary.fetched,
                progress=progress,
            )
            summary.failed = summary.problem_counts["failed"]
            try:
                fetch_and_register(
                    dataset,
                    source,
                    tally,
                    http=http,
                    labels=labels,
                    limit=limit,
                    jobs=jobs,
                    given_up=given_up,
                    max_seconds=max_seconds,
                    progress=progress,
                )
            except NetError:
                if tally.downloaded:
                    write_credits(dataset)
                raise
            if tally.downloaded or tally.linked or not has_credits(dataset):
                write_credits(dataset)
                is_behind = False
        if is_behind and has_credits(dataset):
            write_credits(dataset)
        _sum_up(tally, chooser, summary)
        if max_per_taxon is not None:
            sizes = listings.class_sizes(dataset.store)
            chosen = {row["label"] for row in summary.taxa} - {""}
            summary.above_cap = sorted(name for name in chosen if sizes.get(name, 0) > max_per_taxon)
        tell_classes(summary, tally.named, dataset.store, replace_changed=None)
        run.counts.update(chosen=summary.chosen, downloaded=summary.downloaded, failed=summary.failed)
    # Where a file failed, nothing may be there to import; that is told already, by its name.
    # After `writing`, since the import takes the right to write itself.
    if folder is not None and asker.asked.origin is not None and (holds_audio(folder) or not summary.failed):
        summary.take_over(register(dataset, folder, asker.asked.origin, progress=progress))
    summary.elapsed_s = time.monotonic() - started
    return summary


def _preview(source: Archive, summary: DownloadSummary) -> None:
    """Tell what would be asked; of a list on disk, which asks nobody, what would be fetched."""
    for search in source.searches():
        summary.searches += 1
        if search.ask.url:
            summary.questions.append(search.ask.key)
        else:
            recordings = source.read(search, search.ask, b"").recordings
            summary.found += len(recordings)
            summary.questions += [hidden(each.file_urls[0]) for each in recordings]


def _all_limits() -> dict[str, Limit]:
    """List what all archives ask of their visitors: one may lead to the files of another."""
    return {
        host: limit
        for name in ARCHIVES
        for host, limit in resolve(name, ARCHIVES, kind="archive").limits.items()
    }


def _check_numbers(**values: float | None) -> None:
    for name, value in values.items():
        if value is not None and value < 0:
            raise UsageError(f"{name} is too small")


def more_parameters(*, archive: object = None, **_: object) -> Callable[..., None] | None:
    """Give the function whose parameters are those of an archive, `None` if it is unknown."""
    if not isinstance(archive, str) or archive not in ARCHIVES:
        return None
    made: Callable[..., None] = resolve(archive, ARCHIVES, kind="archive").__init__
    return made


def check(
    *,
    archive: str | Archive,
    license: str | Sequence[str] | None,
    limit: int | None,
    max_per_taxon: int | None,
    max_seconds: float | None,
    max_mb: float,
    allow_nd: bool,
    exclude: object,
    metadata_only: bool,
    **query: Any,  # noqa: ANN401 - each archive its own
) -> None:
    """Look at the options of a run before anybody is asked.

    Raises
    ------
    UsageError
        If one makes no sense.
    """
    del allow_nd, exclude, metadata_only
    _check_numbers(limit=limit, max_per_taxon=max_per_taxon, max_seconds=max_seconds, max_mb=max_mb)
    licenses(license)
    _archive(archive, query)


def _archive(archive: str | Archive, query: dict[str, Any]) -> Archive:
    """Make the archive of a name with its options."""
    if not isinstance(archive, str):
        if query:
            raise UsageError(f"{archive.name} is already complete: remove the option '{next(iter(query))}'")
        return archive
    kind = resolve(archive, ARCHIVES, kind="archive")
    import inspect  # noqa: PLC0415

    options = inspect.signature(kind).parameters
    for name in query:
        if name not in options:
            raise UsageError(f"{archive} lacks the option '{name}'", hint=suggestion(name, options))
    for name, option in options.items():
        if option.default is option.empty and name not in query:
            raise UsageError(f"{archive} needs the {name}")
    made: Archive = kind(**query)
    return made


def _ask(
    asker: ArchiveQuery, chooser: Chooser, summary: DownloadSummary, progress: Progress
) -> dict[str, str]:
    """Put all questions, and choose from the answers.

    Returns
    -------
    The user's label of each scientific name, for what is heard in the background.
    """
    searches = list(asker.archive.searches())
    refuse_nothing(asker.archive.name, searches, asker.archive.problems)
    summary.searches = len(searches)
    current = ""
    labels = frozenset(each.taxon.label for each in searches if each.taxon is not None) - {""}
    news = ArchiveNews(asker.store, asker.archive.name, labels if asker.refresh else frozenset())
    classes = DatasetClasses(asker.store)

    def what() -> str:
        return f"asking {asker.archive.name}: {current}, {summary.found:,} found"

    with progress(what, len(searches), "questions") as advance:
        for search in searches:
            current = search.name
            # What a table on disk labels is labelled.
            mine = classes if search.ask.url else None
            _read(search, asker, mine, chooser=chooser, news=news, summary=summary, advance=advance)
            advance(1)
    summary.asked, summary.kept = asker.asked.pages, asker.asked.kept
    summary.kept_since = asker.asked.oldest
    told = (*classes.told(), *chooser.told(), *still_here(asker.store, chooser.refused), *news.told())
    for problem in (*asker.asked.problems, *told):
        summary.report(problem)
    taxa = [search.taxon for search in searches if search.taxon is not None]
    own = {taxon.scientific_name: taxon.label for taxon in taxa if taxon.label}
    return classes.labels | {name: label for name, label in own.items() if label != name}


def _read(
    search: Search,
    asker: ArchiveQuery,
    classes: DatasetClasses | None,
    *,
    chooser: Chooser,
    news: ArchiveNews,
    summary: DownloadSummary,
    advance: Advance,
) -> None:
    """Read all pages of a search, and look what in them is new."""
    taxon = classes.taxon(search.taxon) if classes is not None else search.taxon
    label = taxon.label if taxon else ""
    before = {each.identity: each for each in asker.stored(search)} if asker.refresh else {}
    asked = asker.asked.pages
    for page in asker.pages(search):
        is_fresh, asked = asker.asked.pages > asked, asker.asked.pages
        summary.found += len(page.recordings)
        for recording in page.recordings:
            meant = classes.taxon(taxon, recording) if classes is not None else taxon
            chooser.add(recording, meant)
            earlier = before.pop(recording.identity, None)
            if is_fresh or not search.ask.url:
                news.compare(recording, earlier)
            if is_fresh:
                news.look(recording, meant)
        advance(0)
        if label and chooser.enough(label):
            news.left_early(label)
            return
    if not any(each.kind == "unlisted" and each.path == search.name for each in asker.asked.problems):
        news.lacks(search.name, before.values())


def _sum_up(tally: FetchTally, chooser: Chooser, summary: DownloadSummary) -> None:
    summary.excluded = chooser.excluded
    summary.chosen = len(tally.choices)
    for name in (
        "known",
        "linked",
        "completed",
        "restored",
        "missing",
        "downloaded",
        "failed",
        "waiting",
        "postponed",
        "bytes",
        "audio_seconds",
    ):
        setattr(summary, name, getattr(tally, name) + getattr(summary, name))
    summary.taxa = tally.by_label()
    for problem in tally.problems:
        summary.report(problem)
