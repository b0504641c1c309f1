"""`curate explain`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from curate.cli._options import DatasetOption, JsonOption, QuietOption, RecordingArgument
from curate.cli._output import Output, count, duration
from curate.formatting import when

if TYPE_CHECKING:
    from curate.steps.inspect.explain import ExplainSummary

#: Stretches of one layer that are named; --json has all.
_NAMED = 6

#: Rows of a chapter that are printed.
_LISTED = 20


def explain(
    recording: RecordingArgument,
    dataset: DatasetOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show all about one recording, from origin to export.

    Each second that is left out of exports has its reason.

    Examples
    --------
    Explain a recording by its file name:

        curate explain XC90000013.mp3

    Print all of it as JSON:

        curate explain XC90000013.mp3 --json
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps.inspect import explain as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.explain(birds, recording)
    out.result(summary, lambda: _show(out, summary))


def _show(out: Output, of: ExplainSummary) -> None:
    out.facts(of.recording, [*_end(of), *_origin(of), *_called(of), *_purpose(of)])
    if of.recorder:
        out.facts("by its recorder", _recorded(of.recorder))
    out.table("detectors", ("layer", "version", "found"), [_heard(of, each) for each in of.layers])
    if of.not_looked:
        out.line(f"yet to scan it: {', '.join(of.not_looked)}")
    _list(
        out,
        "cuts",
        ("seconds", "action", "reason", "score", "by"),
        [
            (_span(each), each["action"], each["reason"], _score(each["score"]), each["producer"])
            for each in of.cuts
        ],
    )
    _list(
        out,
        "verdicts",
        ("number", "seconds", "verdict", "by", "at"),
        [
            (
                str(each["number"]),
                _span(each),
                _verdict(each),
                each["reviewer"],
                when(each["at"]),
            )
            for each in of.verdicts
        ],
    )
    _list(
        out,
        "the same sound, or the same tape",
        ("recording", "label", "what becomes of it"),
        [(each["recording_id"], each["label"], each["dropped"] or "stays") for each in of.group],
    )
    _list(
        out,
        "in common",
        ("seconds", "with", "its seconds", "same"),
        [
            (
                _span(each),
                each["other"],
                _span({"onset": each["other_onset"], "offset": each["other_offset"]}),
                each["kind"],
            )
            for each in of.matches
        ],
    )
    _list(
        out,
        "clean copy",
        ("seconds", "of the raw file"),
        [
            (
                f"{each['clean_onset']:.2f}-{each['clean_offset']:.2f}",
                f"{each['raw_onset']:.2f}-{each['raw_offset']:.2f}",
            )
            for each in of.timemap
        ],
    )
    _list(
        out,
        "latest runs, each over all recordings",
        ("command", "started", "outcome", "curate"),
        [
            (each["command"], when(each["started"]), each["outcome"] or "running", each["version"])
            for each in of.runs
        ],
    )


def _recorded(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """List what a recorder says, each with its source, and what is doubtful."""
    sources = said["sources"] | {"started": said["sources"].get("start", "")}
    named = (
        "started",
        "zone",
        "night",
        "site",
        "device",
        "serial",
        "gain",
        "battery",
        "temperature",
        "filter",
    )
    facts = [
        (name, _sourced(said[name], sources.get(name, ""))) for name in named if said[name] not in ("", None)
    ]
    if said["time_expansion"] != 1:
        facts.append(("time expansion", _sourced(said["time_expansion"], sources.get("time_expansion", ""))))
    if said["clock"]:
        facts.append(("clock", said["clock"]))
    return facts + [("doubt", each) for each in said["doubts"]]


def _sourced(value: object, source: str) -> str:
    words = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{words} ({source})" if source else words


def _list(out: Output, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    out.table(title, columns, rows[:_LISTED])
    if len(rows) > _LISTED:
        out.line(f"... and {len(rows) - _LISTED:,} more (--json lists all)")


def _end(of: ExplainSummary) -> Iterator[tuple[str, str]]:
    yield "fate", of.fate
    # What a manifest does not hold of it, each second once.
    yield "kept", f"{duration(of.kept_seconds)} of {duration(of.seconds)}"
    for reason, seconds in of.lost.items():
        yield "not", f"{duration(seconds)}: {reason}"


def _origin(of: ExplainSummary) -> Iterator[tuple[str, str]]:
    facts = of.facts
    yield "file", of.path if of.present else f"{of.path} (is not there)"
    if facts["sr"]:
        kind = " ".join(dict.fromkeys((facts["format"], facts["codec"])))
        channels = count(facts["channels"], "channel")
        yield "holds", f"{duration(of.seconds)}, {facts['sr']:,} Hz, {channels}, {kind}"
    if facts["problem"]:
        yield "problem", facts["problem"]
    made = [facts[name] for name in ("date", "time", "locality", "country")]
    if facts["latitude"] is not None and facts["longitude"] is not None:
        made.append(f"{facts['latitude']:g}, {facts['longitude']:g}")
    for name, words in (
        ("recordist", facts["recordist"]),
        ("licence", facts["license"]),
        ("page", facts["url"]),
        ("made", ", ".join(str(each) for each in made if each)),
        ("rating", None if facts["rating"] is None else f"{facts['rating']:g}"),
        ("remarks", facts["remarks"]),
    ):
        if words:
            yield name, words
    for each in of.sources:
        yield "also", f"{each['archive']}:{each['archive_id']}"


def _called(of: ExplainSummary) -> Iterator[tuple[str, str]]:
    for each in of.labels:
        names = ", ".join(each[name] for name in ("scientific_name", "common_name") if each[name])
        known = f" ({names})" if names else ""
        word = "label" if each["role"] == "primary" else "also there"
        yield word, f"{each['label']}{known}, says {_WHO[each['origin']]}"
    if not any(each["role"] == "primary" for each in of.labels):
        yield "label", "none"
    if of.given_labels:
        yield "was called", ", ".join(each["label"] or "nothing" for each in of.given_labels)


_WHO = {"archive": "the archive", "duplicate": "a copy of it", "person": "a person"}


def _purpose(of: ExplainSummary) -> Iterator[tuple[str, str]]:
    if of.fold is not None:
        often = f", {of.copies} times" if of.copies != 1 else ""
        weight = f", weight {of.weight:.3g}" if of.weight != 1 else ""
        yield "fold", f"{of.fold}{often}{weight}"
    if of.windows is not None:
        yield "windows", f"{of.windows['number']:.0f} of {of.windows['length']:g} s"
    if of.clean_path is not None:
        state = "" if of.clean_state == "whole" else f" (is {of.clean_state}: curate render)"
        yield "clean copy", f"{duration(of.clean_seconds)}, {of.clean_path}{state}"
    elif of.clean_state != "none":
        yield "clean copy", "to be made: curate render"


def _heard(of: ExplainSummary, layer: dict[str, Any]) -> tuple[str, str, str]:
    name, version = layer["layer"], layer["version"]
    if layer["status"] != "ok":
        return name, version, f"failed: {layer['reason']}"
    found = [each for each in of.segments if each["layer"] == name]
    named = ", ".join(_named(each) for each in found[:_NAMED])
    more = f", and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    older = "" if layer["current"] else " (with other settings than it has now)"
    return name, version, f"{named or 'nothing marked'}{more}{older}"


def _named(segment: dict[str, Any]) -> str:
    score = "" if segment["score"] is None else f" {segment['score']:.2f}"
    return f"{_span(segment)} {segment['label']}{score}"


def _verdict(verdict: dict[str, Any]) -> str:
    label = f" {verdict['label'] or verdict['other']}".rstrip()
    gone = f" (taken back {when(verdict['withdrawn'])})" if verdict["withdrawn"] else ""
    return f"{verdict['judgement']}{label}{gone}"


def _span(stretch: dict[str, Any]) -> str:
    return f"{stretch['onset']:.2f}-{stretch['offset']:.2f}"


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.2f}"
