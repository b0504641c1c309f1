"""Detectors listen to a recording while it is decoded and report what they heard.

A new detector is one module here and one line in `DETECTORS`. Its class provides what
`Detector` asks for and is made with the keyword `device` (``auto``, ``cpu`` or ``cuda``).
Detectors know neither the catalogue nor the network, so they travel to worker processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from curate.audio.spectrum import Frames
    from curate.model import Segment

#: Name of each detector and where its class is, for `curate.lookup.resolve`.
DETECTORS: dict[str, str] = {
    "activity": "curate.detectors.activity:ActivityDetector",
    "bandwidth": "curate.detectors.bandwidth:BandwidthDetector",
    "buzz": "curate.detectors.buzz:BuzzDetector",
    "clipping": "curate.detectors.clipping:ClippingDetector",
    "dropout": "curate.detectors.dropout:DropoutDetector",
    "fingerprint": "curate.detectors.fingerprint:FingerprintDetector",
    "hum": "curate.detectors.hum:HumDetector",
    "silence": "curate.detectors.silence:SilenceDetector",
    "speech": "curate.detectors.speech:SpeechDetector",
}


class Listener(Protocol):
    """Listens to one recording from its start to its end."""

    def feed(self, block: NDArray[np.float32]) -> None:
        """Hear the next stretch, of shape (channels, n) and any length, at the rate given to `open`.

        How a recording is divided into blocks must not change what is found.
        """

    def finish(self) -> bytes:
        """Hear the end of the recording; called once, last.

        Returns
        -------
        The packed track
            All that was heard, small enough to keep. Only the detector can read it.
        """


@runtime_checkable
class FrameListener(Protocol):
    """Listens to one recording, cut into frames that all such listeners share.

    Framing and spectra are most of the work of a detector that needs them, and are done once.
    """

    def hear(self, frames: Frames) -> None:
        """Hear the next frames; their number never depends on how the recording was read."""

    def finish(self, duration: float) -> bytes:
        """Hear that the recording ended after `duration` seconds; give the packed track."""


class Detector(Protocol):
    """Makes listeners, and segments from what they heard."""

    #: The layer's name, and the detector's key in `DETECTORS`.
    name: ClassVar[str]

    #: Changes whenever the same audio could give another track. Reading it loads nothing heavy.
    version: ClassVar[str]

    def open(self, sr: int) -> Listener | FrameListener:
        """Start listening to one recording, sampled at `sr` Hz."""

    def segments(self, packed: bytes, **settings: Any) -> list[Segment]:  # noqa: ANN401 - each its own
        """Find segments in a packed track: pure, and quick enough to repeat.

        They are sorted, and those of one label are disjoint.
        """
