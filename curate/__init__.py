"""Curate bioacoustic training data: from archives of animal sound to clean training sets.

The verbs of the command line are functions here, with the same names and options::

    import curate

    if __name__ == "__main__":  # worker processes import the script
        birds = curate.Dataset("birds")
        curate.import_(birds, "birdclef-2025/")
        curate.strip_voice(birds, threshold=0.4)
        curate.manifest(birds, "train.csv")

Names are loaded when first used, so that ``import curate`` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from curate.catalogue.dataset import Dataset as Dataset
    from curate.steps.audit import audit as audit
    from curate.steps.check import check as check
    from curate.steps.cut import cut as cut
    from curate.steps.dedupe import dedupe as dedupe
    from curate.steps.different import different as different
    from curate.steps.download import download as download
    from curate.steps.dump import dump as dump
    from curate.steps.example import example as example
    from curate.steps.explain import explain as explain
    from curate.steps.import_ import import_ as import_
    from curate.steps.keep import keep as keep
    from curate.steps.manifest import manifest as manifest
    from curate.steps.pseudo_label import pseudo_label as pseudo_label
    from curate.steps.recipes import recipes as recipes
    from curate.steps.render import render as render
    from curate.steps.report import report as report
    from curate.steps.review import review as review
    from curate.steps.run import run as run
    from curate.steps.same import same as same
    from curate.steps.scan import scan as scan
    from curate.steps.show import show as show
    from curate.steps.split import split as split
    from curate.steps.status import status as status
    from curate.steps.strip_voice import strip_voice as strip_voice
    from curate.steps.trim import trim as trim
    from curate.steps.undo import undo as undo
    from curate.steps.upsample import upsample as upsample
    from curate.steps.windows import windows as windows

_WHERE = {
    "Dataset": "curate.catalogue.dataset",
    "audit": "curate.steps.audit",
    "check": "curate.steps.check",
    "cut": "curate.steps.cut",
    "dedupe": "curate.steps.dedupe",
    "different": "curate.steps.different",
    "download": "curate.steps.download",
    "dump": "curate.steps.dump",
    "example": "curate.steps.example",
    "explain": "curate.steps.explain",
    "import_": "curate.steps.import_",
    "keep": "curate.steps.keep",
    "manifest": "curate.steps.manifest",
    "pseudo_label": "curate.steps.pseudo_label",
    "recipes": "curate.steps.recipes",
    "render": "curate.steps.render",
    "report": "curate.steps.report",
    "review": "curate.steps.review",
    "run": "curate.steps.run",
    "same": "curate.steps.same",
    "scan": "curate.steps.scan",
    "show": "curate.steps.show",
    "split": "curate.steps.split",
    "status": "curate.steps.status",
    "strip_voice": "curate.steps.strip_voice",
    "trim": "curate.steps.trim",
    "undo": "curate.steps.undo",
    "upsample": "curate.steps.upsample",
    "windows": "curate.steps.windows",
}

__all__ = [
    "Dataset",
    "audit",
    "check",
    "cut",
    "dedupe",
    "different",
    "download",
    "dump",
    "example",
    "explain",
    "import_",
    "keep",
    "manifest",
    "pseudo_label",
    "recipes",
    "render",
    "report",
    "review",
    "run",
    "same",
    "scan",
    "show",
    "split",
    "status",
    "strip_voice",
    "trim",
    "undo",
    "upsample",
    "windows",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    if name not in _WHERE:
        raise AttributeError(f"module 'curate' has no attribute '{name}'")
    import importlib  # noqa: PLC0415

    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
