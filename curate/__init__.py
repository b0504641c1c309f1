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
    from curate import progress as progress
    from curate.catalogue.dataset import Dataset as Dataset
    from curate.steps.acquire.download import download as download
    from curate.steps.acquire.example import example as example
    from curate.steps.acquire.import_ import import_ as import_
    from curate.steps.acquire.merge import merge as merge
    from curate.steps.acquire.split_work import split_work as split_work
    from curate.steps.balance.split import split as split
    from curate.steps.balance.upsample import upsample as upsample
    from curate.steps.balance.windows import windows as windows
    from curate.steps.clean.dedupe import dedupe as dedupe
    from curate.steps.clean.render import render as render
    from curate.steps.clean.scan import scan as scan
    from curate.steps.clean.strip_voice import strip_voice as strip_voice
    from curate.steps.clean.trim import trim as trim
    from curate.steps.export.clean_up import clean_up as clean_up
    from curate.steps.export.manifest import manifest as manifest
    from curate.steps.inspect.check import check as check
    from curate.steps.inspect.config import config as config
    from curate.steps.inspect.doctor import doctor as doctor
    from curate.steps.inspect.dump import dump as dump
    from curate.steps.inspect.explain import explain as explain
    from curate.steps.inspect.play import play as play
    from curate.steps.inspect.report import report as report
    from curate.steps.inspect.show import show as show
    from curate.steps.inspect.status import status as status
    from curate.steps.recipes import recipes as recipes
    from curate.steps.review.cut import cut as cut
    from curate.steps.review.different import different as different
    from curate.steps.review.keep import keep as keep
    from curate.steps.review.map_ import map_ as map_
    from curate.steps.review.review import review as review
    from curate.steps.review.same import same as same
    from curate.steps.review.undo import undo as undo
    from curate.steps.run import run as run
    from curate.steps.scores.audit import audit as audit
    from curate.steps.scores.cluster import cluster as cluster
    from curate.steps.scores.embed import embed as embed
    from curate.steps.scores.pseudo_label import pseudo_label as pseudo_label
    from curate.steps.scores.search import search as search
    from curate.steps.scores.similar import similar as similar

_WHERE = {
    "Dataset": "curate.catalogue.dataset",
    "audit": "curate.steps.scores.audit",
    "check": "curate.steps.inspect.check",
    "clean_up": "curate.steps.export.clean_up",
    "cluster": "curate.steps.scores.cluster",
    "config": "curate.steps.inspect.config",
    "cut": "curate.steps.review.cut",
    "dedupe": "curate.steps.clean.dedupe",
    "different": "curate.steps.review.different",
    "doctor": "curate.steps.inspect.doctor",
    "download": "curate.steps.acquire.download",
    "dump": "curate.steps.inspect.dump",
    "embed": "curate.steps.scores.embed",
    "example": "curate.steps.acquire.example",
    "explain": "curate.steps.inspect.explain",
    "import_": "curate.steps.acquire.import_",
    "keep": "curate.steps.review.keep",
    "manifest": "curate.steps.export.manifest",
    "map_": "curate.steps.review.map_",
    "merge": "curate.steps.acquire.merge",
    "play": "curate.steps.inspect.play",
    "pseudo_label": "curate.steps.scores.pseudo_label",
    "recipes": "curate.steps.recipes",
    "render": "curate.steps.clean.render",
    "report": "curate.steps.inspect.report",
    "review": "curate.steps.review.review",
    "run": "curate.steps.run",
    "same": "curate.steps.review.same",
    "scan": "curate.steps.clean.scan",
    "search": "curate.steps.scores.search",
    "show": "curate.steps.inspect.show",
    "similar": "curate.steps.scores.similar",
    "split": "curate.steps.balance.split",
    "split_work": "curate.steps.acquire.split_work",
    "status": "curate.steps.inspect.status",
    "strip_voice": "curate.steps.clean.strip_voice",
    "trim": "curate.steps.clean.trim",
    "undo": "curate.steps.review.undo",
    "upsample": "curate.steps.balance.upsample",
    "windows": "curate.steps.balance.windows",
}

__all__ = [
    "Dataset",
    "audit",
    "check",
    "clean_up",
    "cluster",
    "config",
    "cut",
    "dedupe",
    "different",
    "doctor",
    "download",
    "dump",
    "embed",
    "example",
    "explain",
    "import_",
    "keep",
    "manifest",
    "map_",
    "merge",
    "play",
    "pseudo_label",
    "recipes",
    "render",
    "report",
    "review",
    "run",
    "same",
    "scan",
    "search",
    "show",
    "similar",
    "split",
    "split_work",
    "status",
    "strip_voice",
    "trim",
    "undo",
    "upsample",
    "windows",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    if name == "__version__":
        from curate.release import version  # noqa: PLC0415

        return version()
    import importlib  # noqa: PLC0415

    if name == "progress":
        return importlib.import_module("curate.progress")
    if name not in _WHERE:
        raise AttributeError(f"module 'curate' has no attribute '{name}'")

    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
