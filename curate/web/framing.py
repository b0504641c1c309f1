"""An item as the scripts of the page get it: what is shown around it, and up to which frequency."""

from __future__ import annotations

from dataclasses import asdict

from curate.web.review_session import ItemView

#: Upper edge of the first picture, by taxonomic class, in Hz; others are shown up to all there is.
_BANDS = {"Amphibia": 8_000.0, "Aves": 12_000.0}

#: Seconds before and behind an item that are shown, least length of the view, and greatest.
_AROUND, SHORTEST, _LONGEST = 3.0, 10.0, 60.0


def described(sheet: ItemView) -> dict[str, object]:
    """Describe an item to the scripts of the page. Times in seconds, frequencies in Hz."""
    item, facts = sheet.item, sheet.facts
    length = item.offset - item.onset
    duration = min(_LONGEST, facts.duration, max(SHORTEST, length + 2 * _AROUND))
    lead = min(max(_AROUND, (duration - length) / 2), duration)
    start = max(0.0, min(item.onset - (lead if length < _LONGEST else 0.0), facts.duration - duration))
    return {
        "key": item.key,
        "gone": sheet.gone,
        "recording": item.recording,
        "onset": item.onset,
        "offset": item.offset,
        "layer": item.layer,
        "label": facts.label,
        "length": facts.duration,
        "nyquist": facts.sr / 2,
        "band": min(_BANDS.get(facts.class_name, facts.sr / 2), facts.sr / 2),
        "start": round(start, 3),
        "duration": round(duration, 3),
        "segments": sheet.segments,
        "cuts": sheet.cuts,
        "verdicts": [asdict(each) for each in sheet.verdicts],
        "twins": [asdict(each) for each in sheet.twins],
    }
