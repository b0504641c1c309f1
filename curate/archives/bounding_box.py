"""A part of the world, as options give it."""

from __future__ import annotations

from curate.errors import UsageError


def corners(box: str) -> tuple[float, float, float, float]:
    """Read ``LAT_MIN,LON_MIN,LAT_MAX,LON_MAX`` in degrees.

    Raises
    ------
    UsageError
        If it is no box.

    Examples
    --------
    >>> corners("-5, -75.5, 12, -66")
    (-5.0, -75.5, 12.0, -66.0)
    """
    expected = "expected LAT_MIN,LON_MIN,LAT_MAX,LON_MAX in degrees, as in --box=-5,-75,12,-66"
    try:
        low_lat, low_lon, high_lat, high_lon = (float(part) for part in box.split(","))
    except ValueError:
        raise UsageError(f"'{box}' is no valid box", hint=expected) from None
    if not (-90 <= low_lat < high_lat <= 90 and -180 <= low_lon < high_lon <= 180):  # noqa: PLR2004
        raise UsageError(
            f"'{box}' is no valid box: give its south-west corner first, then its north-east corner",
            hint=expected,
        )
    return low_lat, low_lon, high_lat, high_lon
