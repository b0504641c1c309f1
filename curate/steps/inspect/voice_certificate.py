"""The facts of a certificate on voices, from the ledger."""

from __future__ import annotations

from dataclasses import asdict

from curate.catalogue.dataset import Dataset
from curate.catalogue.views import overview
from curate.decisions.voices import PROFILES
from curate.errors import UsageError
from curate.reporting.certificate import CertificateFacts, certificate
from curate.steps.clean.voice_counts import voice_counts
from curate.steps.inspect.status import status


def voice_certificate(dataset: Dataset) -> str:
    """Write the page on voices.

    Raises
    ------
    UsageError
        If nobody has decided about voices yet.
    """
    decided = voice_counts(dataset.store)
    now = status(dataset)
    if decided is None or now.privacy is None:
        raise UsageError(
            "this dataset has yet to be searched for voices by this version of the detector",
            hint="curate run privacy, or curate strip-voice --profile privacy",
        )
    settings = decided[1]
    profile = next(
        (
            name
            for name, each in PROFILES.items()
            if (each.threshold, each.review) == (settings.threshold, settings.review)
        ),
        "",
    )
    with dataset.store.snapshot():
        state = next(iter(overview.table(dataset.store, "run")), {})
    unheard = [each for each in now.failures if each["step"] in ("import", "speech")]
    waiting = next(
        (layer for layer in now.layers if layer["layer"] == "speech"), {"waiting": 0, "too_low": 0}
    )
    for reason in ("waiting", "too_low"):
        if waiting[reason]:
            words = {"waiting": "came since", "too_low": "its rate is too low to hold speech"}[reason]
            unheard.append({"reason": words, "recordings": waiting[reason], "path": ""})
    facts = CertificateFacts(
        dataset=dataset.folder.name,
        state=state,
        recordings=now.recordings,
        seconds=now.seconds,
        failed=now.failed,
        voices=now.privacy,
        profile=profile,
        settings=asdict(settings),
        unheard=unheard,
        recorders=now.recorders,
    )
    return certificate(facts)
