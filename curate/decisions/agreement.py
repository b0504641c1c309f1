"""How far reviewers agree, and how sure a share of a sample is.

Pure statistics: Fleiss' kappa (Psychological Bulletin 76, 1971), for two reviewers Cohen's
(Educational and Psychological Measurement 20, 1960), and Wilson's score interval (JASA 22, 1927).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

#: Standard normal quantile of a two-sided interval of 95 %.
_Z95 = 1.959964


def cohen(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Agreement of two reviewers beyond chance: 1 always, 0 as by chance, or `None` where undefined.

    Parameters
    ----------
    pairs
        What the first and the second said of each item.

    Examples
    --------
    >>> cohen([("cut", "cut"), ("keep", "keep"), ("cut", "keep"), ("keep", "keep")])
    0.5
    """
    if not pairs:
        return None
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    agreed = sum(a == b for a, b in pairs) / len(pairs)
    chance = sum(first[word] * second[word] for word in first) / len(pairs) ** 2
    return beyond_chance(agreed, chance)


def fleiss(ratings: Sequence[Sequence[str]]) -> float | None:
    """Agreement of any number of reviewers beyond chance, or `None` where undefined.

    Parameters
    ----------
    ratings
        What was said of each item, by two or more reviewers; their number may vary.
    """
    rated = [Counter(each) for each in ratings if len(each) > 1]
    if not rated:
        return None
    agreed = sum(
        sum(k * (k - 1) for k in each.values()) / (each.total() * (each.total() - 1)) for each in rated
    )
    words: Counter[str] = sum(rated, Counter())
    chance = sum((k / words.total()) ** 2 for k in words.values())
    return beyond_chance(agreed / len(rated), chance)


def beyond_chance(agreed: float, chance: float) -> float | None:
    """Scale a share of agreement by what chance leaves to agree on, or `None` where that is nothing."""
    return None if chance >= 1.0 else (agreed - chance) / (1.0 - chance)


def wilson(right: int, n: int) -> tuple[float, float]:
    """Interval that holds a share with 95 % confidence, from `right` of `n` in a sample.

    Examples
    --------
    >>> [round(end, 3) for end in wilson(9, 10)]
    [0.596, 0.982]
    """
    if n == 0:
        return 0.0, 1.0
    share, z2 = right / n, _Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)
