"""Items in bundles: what an engine sends to a worker at a time, and what a worker does with one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from curate.errors import portable

Item = TypeVar("Item")
Made = TypeVar("Made")
Result = TypeVar("Result")

Bundle = list[tuple[int, Item]]  # items with their numbers
Answer = tuple[Result | None, Exception | None]


#: Seconds of sound in a bundle, at most: a worker looks at them in a third of a second. With 60 a scan
#: of recordings of 10 s takes 2 % longer.
_MOST = 240.0

#: Bundles for each worker, at least.
_EACH = 16


class HasDuration(Protocol):
    """Anything that takes a time to listen to."""

    @property
    def duration(self) -> float:
        """Length in seconds."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Item, Result]):
    """What became of one item: a result, or the error that it raised."""

    item: Item
    result: Result | None
    error: BaseException | None


def bundles(items: Iterable[Item], size: Callable[[Item], float]) -> Iterator[Bundle[Item]]:
    """Put items together until they fill a bundle, and number them.

    Parameters
    ----------
    size
        Share of a bundle that an item fills.
    """
    bundle: Bundle[Item] = []
    filled = 0.0
    for number, item in enumerate(items):
        bundle.append((number, item))
        filled += size(item)
        if filled >= 1:
            yield bundle
            bundle, filled = [], 0.0
    if bundle:
        yield bundle


def share_of_bundle(total: float, workers: int) -> Callable[[HasDuration], float]:
    """Tell how much of a bundle a recording fills, where this many seconds are divided among workers.

    Recordings are quicker together; but each worker shall get its share of a few, and the last one
    nobody has to wait for.
    """
    seconds = max(1.0, min(_MOST, total / (workers * _EACH)))
    return lambda item: max(item.duration, 1.0) / seconds


def each(task: Callable[[Item], Result], items: Iterable[Item]) -> list[Answer[Result]]:
    """Do a bundle: what a worker runs. A failed item leaves the others running."""
    answers: list[Answer[Result]] = []
    for item in items:
        try:
            answers.append((task(item), None))
        except Exception as error:  # noqa: BLE001 - it belongs to its item, and the parent judges it
            answers.append((None, portable(error)))
    return answers


def together(
    task: Callable[[Item], Made], finish: Callable[[list[Made]], list[Result]], items: Iterable[Item]
) -> list[Answer[Result]]:
    """Do a bundle, and take a last step with all that succeeded.

    If that fails each takes it alone, so that the error comes to its own item.
    """
    made = each(task, items)
    whole: list[Any] = [one for one, error in made if error is None]
    try:
        finished: list[Answer[Result]] = [(result, None) for result in finish(whole)]
    except Exception:  # noqa: BLE001 - it is met again
        finished = each(lambda one: finish([one])[0], whole)
    results = iter(finished)
    return [next(results) if error is None else (None, error) for _, error in made]


def outcomes(
    bundle: Bundle[Item], answers: list[Answer[Result]]
) -> Iterator[tuple[int, Outcome[Item, Result]]]:
    """Put the answers next to their items, with the items' numbers."""
    for (number, item), (result, error) in zip(bundle, answers, strict=True):
        yield number, Outcome(item, result, error)


def nothing(items: list[None]) -> list[Answer[None]]:
    """Return at once, to show that a worker works."""
    return [(None, None) for _ in items]
