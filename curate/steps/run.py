"""`curate run`: carry out a recipe, with one decode for all that listens and one rendering.

Every step is resumable, so a recipe is: killed anywhere and run again, it continues, and where
nothing changed it does nothing.
"""

from __future__ import annotations

import inspect
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from curate.catalogue.dataset import Dataset
from curate.engine.open import open_engine
from curate.errors import UsageError
from curate.formatting import Displayed
from curate.lookup import suggestion
from curate.progress import Progress, silent
from curate.recipe import text_of
from curate.recipe.check import Step, parse
from curate.steps.acquire.import_ import import_
from curate.steps.clean import strip_voice, trim
from curate.steps.clean.cutting_run import planned, with_imported
from curate.steps.common.detect import run_detectors
from curate.steps.common.ear import Ear
from curate.steps.common.work import Work
from curate.steps.export.provenance import write_provenance
from curate.steps.review.standing import AGAINST, Standing, carried, set_aside, standing
from curate.steps.review.undo_steps import undo_step

#: What a step reads, which must be there before anything runs.
_INPUTS = {"dedupe": "against", "import": "paths", "split": "from_"}

#: Steps that cut by what was heard, and how each decides in a rehearsal.
_CUTTING: dict[str, Callable[..., None]] = {"strip-voice": strip_voice.rehearse, "trim": trim.rehearse}

#: What steps do that nobody knows before they ran.
_NOT_FORESEEN = {
    "dedupe": "which recordings dedupe drops, whose copies are then not written (curate dedupe --dry-run)",
    "download": "the recordings to download, and their sounds (curate download ... --metadata-only)",
}

#: Steps that bring recordings in: what listens before one of them cannot hear those.
_BRING_IN = frozenset({"import", "download"})


@dataclass(frozen=True, slots=True)
class Done:
    """One step of a run: its name, its parameters as written, and what it returned."""

    run: str
    parameters: Mapping[str, Any]
    summary: Any


@dataclass(slots=True)
class RunSummary(Displayed):
    """What a recipe did. With ``dry_run``, what it would do.

    Parameters
    ----------
    steps
        In order; ``scan`` stands for the shared decode.
    carried
        What the recipe goes by although it does not say it: decisions and choices of earlier commands.
    set_aside
        What earlier commands and people decided and ``fresh`` took back.
    work
        With ``dry_run``, what would be listened to and written, as far as that is known before.
    not_foreseen
        With ``dry_run``, what it does not know, in words.
    failed
        Recordings that failed in one of the steps, at most.
    """

    recipe: str = ""
    description: str = ""
    steps: list[Done] = field(default_factory=list)
    carried: list[Standing] = field(default_factory=list)
    set_aside: list[Standing] = field(default_factory=list)
    work: Work | None = None
    not_foreseen: list[str] = field(default_factory=list)
    failed: int = 0
    elapsed_s: float = 0.0


def run(
    dataset: Dataset,
    recipe: str | os.PathLike[str],
    *,
    from_step: str | None = None,
    set_: Sequence[str] = (),
    fresh: bool = False,
    jobs: int | None = None,
    engine: str = "local",
    device: str = "auto",
    retry_failed: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> RunSummary:
    """Run a recipe on a dataset.

    Parameters
    ----------
    recipe
        Name of a bundled recipe, or a file.
    from_step
        Begin at the first step of this name; None begins at the start.
    set_
        Parameters that are otherwise this time, each as ``STEP.PARAMETER=VALUE``.
    fresh
        Set aside all that earlier commands and people decided, so that the recipe gives what it gives in
        a new dataset. What was heard stays; `curate undo fresh` brings verdicts back.
    jobs, engine, device, retry_failed
        Handed to every step that takes them.
    dry_run
        Check the recipe completely and say what would run; do nothing.

    Raises
    ------
    UsageError
        If anything is wrong with the recipe, before anything runs; or if `fresh` meets `from_step`.
    """
    started = time.monotonic()
    if fresh and from_step is not None:
        raise UsageError(
            f"--fresh undoes the steps before '{from_step}', and --from leaves them out",
            hint="leave one of them out",
        )
    name = os.fspath(recipe)
    changes = [set_] if isinstance(set_, str) else list(set_)
    checked = parse(text_of(name), name=name, folder=dataset.folder, changes=changes)
    steps = _from(checked.steps, from_step)
    _check_inputs(steps)
    summary = RunSummary(name, checked.description)
    said = {step.run: step.options() for step in checked.steps}
    if dataset.exists:
        summary.carried, summary.set_aside = _begin(
            dataset, said, fresh=fresh, resumes=from_step is not None, dry_run=dry_run
        )
    if dry_run:
        summary.steps = [Done(step.run, step.written, None) for step in steps]
        _foresee(dataset, steps, summary, fresh=fresh, retry_failed=retry_failed)
        return summary
    with open_engine(engine, jobs=jobs) as workers:
        machine = {"engine": workers, "device": device, "progress": progress}
        ear: Ear | None = None
        for number, step in enumerate(steps):
            shared = _layers(steps[number:])
            if shared and dataset.exists:
                with dataset.writing("scan", {"layers": shared}) as noted:
                    heard = run_detectors(
                        dataset,
                        shared,
                        workers=workers,
                        device=device,
                        retry_failed=retry_failed and ear is None,
                        progress=progress,
                        heard=None if ear is None else ear.counts,
                    )
                    ear = None
                    noted.counts.update(scanned=heard.scanned, failed=heard.failed, **heard.speed)
                if heard.scanned:
                    summary.steps.append(Done("scan", shared, heard))
            # What was tried again for all is not tried once more by each.
            again: dict[str, Any] = {"retry_failed": retry_failed and not shared}
            if step.run == "embed":  # it decodes, so those listen along that would decode again later
                again["detectors"] = list(_layers(steps[number + 1 :]))
            if step.run == "import":
                ear = Ear.for_new(dataset, _layers(steps[number + 1 :]), device=device)
            result = _call(dataset, step, steps[number + 1 :], machine | again | {"ear": ear})
            summary.steps.append(Done(step.run, step.written, result))
            summary.failed = max(summary.failed, getattr(result, "failed", 0))
            if step.run == "manifest":
                done = [(done.run, done.parameters, done.summary) for done in summary.steps]
                write_provenance(dataset, step.parameters["out"], checked, done, summary.carried)
    summary.elapsed_s = time.monotonic() - started
    return summary


def _begin(
    dataset: Dataset, said: Mapping[str, Mapping[str, Any]], *, fresh: bool, resumes: bool, dry_run: bool
) -> tuple[list[Standing], list[Standing]]:
    """Set aside what the recipe says again; gives what it goes by all the same, and what was set aside."""
    there = standing(dataset.store)
    aside: list[Standing] = []
    if fresh:
        aside = [each for each in there if each.step != AGAINST]
        there = [each for each in there if each.step == AGAINST]
        if aside and not dry_run:
            with dataset.writing("run", {"fresh": True}):
                set_aside(dataset.store)
    elif not (resumes or dry_run) and {"windows", "upsample"}.intersection(said):
        # Counted anew in any case: what an earlier run left must not count in a step before.
        anew = [step for step in ("upsample", "windows") if step in said]
        if any(each.step in anew for each in there):
            with dataset.writing("run", {"anew": anew}):
                for step in anew:
                    undo_step(dataset.store, step)
    return carried(there, said, dataset.store), aside


def _foresee(
    dataset: Dataset, steps: Sequence[Step], summary: RunSummary, *, fresh: bool, retry_failed: bool
) -> None:
    """Say how much there would be to do, and what cannot be known before."""
    wanted: dict[str, Mapping[str, Any]] = {}
    for step in steps:
        wanted = (step.layers() or {}) | wanted
    summary.not_foreseen = [words for name, words in _NOT_FORESEEN.items() if name in {s.run for s in steps}]
    if dataset.exists:
        renders = any("render" in inspect.signature(step.function).parameters for step in steps)
        with dataset.rehearsing() as store:
            if fresh:
                set_aside(store)
            last = {step.run: step for step in steps}  # of several of one name, the last decides
            for name, rehearse in _CUTTING.items():
                if name in last:
                    rehearse(dataset, **last[name].options())
            summary.work = planned(dataset, wanted, render=renders, retry_failed=retry_failed)
    for step in steps:
        if step.run == "import":
            found = import_(dataset, dry_run=True, **step.parameters)
            summary.work = with_imported(dataset, summary.work, found if wanted else None)


def _check_inputs(steps: Sequence[Step]) -> None:
    """Refuse to begin where what a step shall read is not there."""
    missing = []
    for step in steps:
        name = _INPUTS.get(step.run, "")
        value = step.parameters.get(name) or ()
        paths = [value] if isinstance(value, str) else value
        missing += [(step.run, name, path) for path in paths if not os.path.exists(path)]
    if missing:
        listed = "\n".join(f"  {run}: there is no {path}" for run, _, path in missing)
        run, name, _ = missing[0]
        raise UsageError(
            f"the recipe has faults:\n{listed}",
            hint=f"say where it is: --set {run}.{name.rstrip('_')}=PATH",
        )


def _from(steps: Sequence[Step], name: str | None) -> Sequence[Step]:
    if name is None:
        return steps
    for number, step in enumerate(steps):
        if step.run == name:
            return steps[number:]
    raise UsageError(
        f"the recipe lacks the step '{name}'", hint=suggestion(name, [step.run for step in steps])
    )


def _layers(steps: Sequence[Step]) -> dict[str, Mapping[str, Any]]:
    """Collect the detectors that the first step and those behind it need, if the first needs any."""
    wanted: dict[str, Mapping[str, Any]] = {}
    for number, step in enumerate(steps):
        if step.run in _BRING_IN:
            break
        layers = step.layers()
        if layers is None:
            if number == 0:
                break
            continue
        for name, settings in layers.items():
            wanted.setdefault(name, settings)
    return wanted


def _call(dataset: Dataset, step: Step, later: Sequence[Step], machine: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Call a step; copies are rendered by the last step that cuts, before a manifest needs them."""
    accepted = inspect.signature(step.function).parameters
    parameters = dict(step.parameters)
    options = {name: value for name, value in machine.items() if name in accepted.keys() - parameters}
    if parameters.get("render", True) and "render" in accepted and _renders_later(later):
        parameters["render"] = False
    return step.function(dataset, **parameters, **options)


def _renders_later(later: Sequence[Step]) -> bool:
    for step in later:
        if step.run == "manifest" or step.run in _BRING_IN:
            return False
        if "render" in inspect.signature(step.function).parameters and step.parameters.get("render", True):
            return True
    return False
