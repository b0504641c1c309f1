"""Bring the ledger into line with what persons decided about a recording.

The machines' cuts lose what a person keeps at once; what a withdrawn verdict gives back to
them comes with the next run of their step. Copies are rendered by the next step that renders.
"""

from __future__ import annotations

from curate.catalogue import cuts, verdicts
from curate.catalogue.store import Store
from curate.decisions.verdicts import STEP, rule, spare


def settle(store: Store, recording: int, *, duration: float) -> None:
    """Write the ledger of one recording anew, inside the transaction that noted the verdict."""
    ruling = rule(verdicts.of_recording(store, recording), duration=duration)
    for step, made in cuts.by_step(store, recording):
        # A duplicate is dropped for the sake of another recording: to keep a part says nothing of that.
        if step != STEP and (step != "dedupe" or ruling.keeps_all):
            spared = spare(made, ruling.kept)
            if spared != made:
                cuts.replace(store, recording, step, spared)
    cuts.replace(store, recording, STEP, ruling.cuts)
