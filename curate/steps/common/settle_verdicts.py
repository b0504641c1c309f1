"""Bring the ledger into line with what people decided about a recording.

The ledger is a function of what was heard, of the settings with which steps ran, and of the verdicts
that stand. So what a verdict changes is decided again, given or withdrawn, and an undo is exact.
Copies are rendered by the next step that renders. Labels change at once, and every later step reads the new
ones. Which of a pair goes is decided at once, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from curate.catalogue import cuts, verdicts
from curate.catalogue.store import Store
from curate.decisions.verdicts import STEP, called, rule, spare
from curate.steps.common import trim_ledger, voice_ledger
from curate.steps.common.same_sound_groups import STEP as DEDUPE
from curate.steps.common.same_sound_groups import regroup_all


def settle(store: Store, recording: int, *, duration: float) -> None:
    """Write the ledger of one recording again, inside the transaction that noted the verdict."""
    name(store, recording)  # first: what is cut of it hangs on its class
    ruling = rule(verdicts.of_recording(store, recording), duration=duration)
    made = dict(cuts.by_step(store, recording)) | cuts.given(store, recording)
    cuts.replace(store, recording, STEP, ruling.cuts)
    anew = {STEP, trim_ledger.STEP, DEDUPE}
    if voice_ledger.decide_again(store, [recording]):
        anew.add(voice_ledger.STEP)
    for step in sorted(made.keys() - anew):
        # What cannot be decided anew is kept beside, for the case that the verdict is withdrawn.
        cuts.spare(store, recording, step, made[step], spare(made[step], ruling))
    follow(store, [recording])


def follow(store: Store, changed: Sequence[int]) -> None:
    """Decide again what hangs on cuts that changed: what else is trimmed, and which copy stays."""
    trim_ledger.decide_again(store, changed)
    regroup_all(store, changed)


def name(store: Store, recording: int) -> None:
    """Call a recording what its archive and, after it, people call it."""
    given = verdicts.given_labels(store, recording)
    verdicts.put_labels(store, recording, called(*given, verdicts.of_recording(store, recording)))
