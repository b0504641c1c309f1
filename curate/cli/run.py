"""`curate run`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option

from curate.cli import _complete
from curate.cli._options import (
    DatasetOption,
    DeviceOption,
    DryRunOption,
    EngineOption,
    JobsOption,
    JsonOption,
    QuietOption,
    RetryOption,
)
from curate.cli._output import NOTHING_YET, RESCORED, Output, count, duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curate.steps.review.standing import Standing
    from curate.steps.run import Done, RunSummary


def run(
    recipe: Annotated[
        str,
        Argument(
            metavar="RECIPE",
            autocompletion=_complete.recipes,
            help="Bundled recipe (curate recipes), or a TOML file.",
        ),
    ],
    dataset: DatasetOption = None,
    from_step: Annotated[
        str | None, Option("--from", metavar="STEP", help="Start at the first step of this name.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        Option(
            "--set",
            metavar="STEP.PARAMETER=VALUE",
            help="Set another value for this run, for example import.paths=../birdclef-2025. Repeat "
            "the option for more.",
        ),
    ] = None,
    fresh: Annotated[
        bool,
        Option("--fresh", help="Set aside earlier decisions of commands and people, as in a new dataset."),
    ] = False,
    jobs: JobsOption = None,
    engine: EngineOption = "local",
    device: DeviceOption = "auto",
    retry_failed: RetryOption = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run a recipe: several commands in one file.

    The whole recipe is checked first, and all its mistakes are reported at once. After a stop, run it
    again: it continues. Steps that detect share one decode.

    Examples
    --------
    Preview the bundled recipe:

        curate run default --dry-run

    Run it with another number of folds:

        curate run default --set split.folds=10
    """
    from curate.catalogue.dataset import Dataset
    from curate.steps import run as step

    out = Output(json=json, quiet=quiet)
    with Dataset(dataset) as birds:
        summary = step.run(
            birds,
            recipe,
            from_step=from_step,
            set_=set_ or (),
            fresh=fresh,
            jobs=jobs,
            engine=engine,
            device=device,
            retry_failed=retry_failed,
            dry_run=dry_run,
            progress=out.progress,
        )
        out.result(summary, lambda: _show(out, summary, dry_run=dry_run))
    if summary.failed:
        raise Exit(3)


def _show(out: Output, summary: RunSummary, *, dry_run: bool) -> None:
    if summary.description:
        out.line(summary.description)
    if summary.set_aside:
        back = "" if dry_run else ". Verdicts come back with: curate undo fresh"
        out.line(f"{'would set aside' if dry_run else 'set aside'}: {_listed(summary.set_aside)}{back}")
    if summary.carried:
        out.line(
            f"the recipe leaves options to earlier runs: {_listed(summary.carried)}. --fresh "
            "uses the defaults instead"
        )
    words = _parameters if dry_run else _result
    out.table(
        "would run" if dry_run else "ran",
        ("step", "with" if dry_run else "result"),
        [(done.run, words(done)) for done in summary.steps],
    )
    if dry_run:
        out.work(summary.work)
    for what in summary.not_foreseen:
        out.line(f"not foreseen: {what}")
    if summary.failed:
        out.line(f"why {count(summary.failed, 'recording')} failed: curate status")
    if any(getattr(done.summary, "rescored", False) for done in summary.steps):
        out.line(RESCORED)
    there = [done.summary.recordings for done in summary.steps if hasattr(done.summary, "recordings")]
    if there and not any(there):
        out.line(NOTHING_YET)
    if not dry_run:
        _show_exports(out, summary)
        out.line(f"done in {duration(summary.elapsed_s)}. Next: {_next(summary)}")


def _show_exports(out: Output, summary: RunSummary) -> None:
    """Tell which exports were left behind, and which were replaced."""
    for number, done in enumerate(summary.steps):
        later = {getattr(each.summary, "path", None) for each in summary.steps[number + 1 :]}
        # An export that a later step of this run wrote again is up to date.
        out.outdated(each for each in getattr(done.summary, "outdated", ()) if each.path not in later)
        if done.run == "manifest":
            out.replaced(done.summary.path, done.summary.replaces)


def _next(summary: RunSummary) -> str:
    """Say in one line what a person does next."""
    summaries = [done.summary for done in summary.steps]
    to_review = any(getattr(each, "to_review", 0) or getattr(each, "flagged", 0) for each in summaries)
    ways = ["curate review (flagged stretches)"] if to_review else []
    ways += [] if any(done.run == "report" for done in summary.steps) else ["curate report"]
    return ", ".join([*ways, "curate status"])


def _listed(there: Sequence[Standing]) -> str:
    return ", ".join(f"{each.step} ({each.words})" for each in there)


def _parameters(done: Done) -> str:
    return ", ".join(f"{key}={value!r}" for key, value in done.parameters.items()) or "its defaults"


#: What is said of a step of a run, number by number: the fields of its summary, and their words.
_WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "audit": (("suspects", "doubtful label"),),
    "cluster": (
        ("compared", "compared"),
        ("grouped", "in groups"),
        ("outlying", "unlike their class"),
        ("near_twins", "near twins"),
    ),
    "dedupe": (
        ("recordings", "recording compared"),
        ("dropped", "dropped for a better copy"),
        ("leaks", "left out as leaks"),
        ("review", "to review"),
        ("failed", "failed"),
    ),
    "download": (("downloaded", "downloaded"), ("known", "known"), ("failed", "failed")),
    "embed": (("embedded", "recording embedded"), ("vectors", "vector"), ("failed", "failed")),
    "import": (("added", "new"), ("known", "known"), ("failed", "failed")),
    "manifest": (
        ("rows", "row"),
        ("recordings", "recording"),
        ("labels", "class"),
        ("clean", "at clean copies"),
        ("seconds", ""),
        ("failed", "failed"),
        ("path", ""),
    ),
    "pseudo-label": (("kept", "window kept"), ("kept_recordings", "recording")),
    "report": (("path", ""),),
    "scan": (("scanned", "recording scanned"), ("audio_seconds", ""), ("failed", "failed")),
    "split": (("recordings", "recording"), ("groups", "group"), ("new", "new")),
    "strip-voice": (
        ("with_speech", "with voices"),
        ("cut_seconds", "cut"),
        ("muted_seconds", "muted"),
        ("flagged", "flagged"),
        ("dropped", "dropped"),
        ("rendered", "copies written"),
        ("failed", "failed"),
    ),
    "trim": (
        ("cut_seconds", "cut"),
        ("muted_seconds", "muted"),
        ("flagged", "flagged"),
        ("dropped", "dropped"),
        ("rendered", "copies written"),
        ("failed", "failed"),
    ),
    "upsample": (("rows_before", "rows before"), ("rows_after", "after")),
    "windows": (("windows", "window"), ("recordings", "recording")),
}

#: Words that have a plural.
_NOUNS = frozenset({"class", "doubtful label", "group", "recording", "row", "vector", "window"})


def _result(done: Done) -> str:
    parts = []
    for name, words in _WORDS.get(done.run, ()):
        value = getattr(done.summary, name, None)
        if not value:
            continue
        if isinstance(value, str):
            parts.append(value)
        elif name.endswith("seconds"):
            parts.append(f"{words} {duration(value)}".strip())
        else:
            noun, _, rest = words.partition(" ") if words not in _NOUNS else (words, "", "")
            said = count(value, noun) if noun in _NOUNS else f"{value:,} {noun}"
            parts.append(f"{said} {rest}".strip())
    if done.run not in _WORDS:
        from curate.steps.export.provenance import counts

        parts = [_amount(key, value) for key, value in counts(done.summary).items() if value]
    return ", ".join(parts) or "nothing to do"


def _amount(key: str, value: float) -> str:
    """Say a number of a summary, by the name that it has there."""
    name = key.replace("_", " ")
    if name.endswith("seconds"):
        return f"{name.removesuffix('seconds').strip() or 'length'} {duration(value)}"
    if name == "bytes":
        return f"{value / 1e6:,.1f} MB"
    return f"{name} {value:,.2f}" if isinstance(value, float) else f"{name} {value:,}"
