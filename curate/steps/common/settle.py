"""Bring the ledger into line with what persons decided about a recording.

The machines' cuts lose what a person keeps at once; what a withdrawn verdict gives back to
them comes with the next run of their step. Copies are rendered by the next step that renders.
Labels change at once, and every later step reads the new ones; so does which of a pair goes.
"""

from __future__ import annotations

from curate.catalogue import cuts, verdicts
from curate.catalogue.store import Store
from curate.decisions.verdicts import STEP, called, rule, spare
from curate.steps.common.same_sound_groups import regroup


def settle(store: Store, recording: int, *, duration: float) -> None:
    """Write the ledger of one recording anew, inside the transaction that noted the verdict."""
    ruling = rule(verdicts.of_recording(store, recording), duration=duration)
    for step, made in cuts.by_step(store, recording):
        # A duplicate is dropped for the sake of another recording: to keep a part says nothing of that.
        if step != STEP and (step != "dedupe" or ruling.keeps_all):
            spared = spare(made, ruling)
            if spared != made:
                cuts.replace(store, recording, step, spared)
    cuts.replace(store, recording, STEP, ruling.cuts)
    if verdicts.is_of_a_pair(store, recording):
        regroup(store, recording)
    name(store, recording)


def name(store: Store, recording: int) -> None:
    """Call a recording what its archive and, after it, persons call it."""
    given = verdicts.given_labels(store, recording)
    verdicts.put_labels(store, recording, called(*given, verdicts.of_recording(store, recording)))
