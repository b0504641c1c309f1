"""Detectors listen to a recording while it is decoded and report what they heard.

A new detector is one module here and one line in `DETECTORS`. Its class provides what
`Detector` asks for and is made with the keyword `device` (``auto``, ``cpu`` or ``cuda``).
Detectors know neither the catalogue nor the network, so they travel to worker processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

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


#: Rate at which a `LowListener` hears, Hz: that of speech.
LOW_SR = 16000


class Listener(Protocol):
    """Listens to one recording from its start to its end.

    How it is reported is up to it: it has one or more of the methods `feed`, `hear` and `hear_low` of the
    protocols below. What several listeners need is computed once for all of them. How a recording was
    divided into blocks must not change what is found.
    """

    def finish(self, duration: float) -> bytes:
        """Hear that the recording ended after `duration` seconds. Called once, last.

        Returns
        -------
        The packed track
            All that was heard, small enough to keep. Only the detector can read it.
        """


class BlockListener(Listener, Protocol):
    """Listens to the samples as they were decoded."""

    def feed(self, block: NDArray[np.float32]) -> None:
        """Hear the next stretch, of shape (channels, n) and any length, at the rate given to `open`."""


class FrameListener(Listener, Protocol):
    """Listens to frames and their spectra, most of the work of a detector that needs them."""

    def hear(self, frames: Frames) -> None:
        """Hear the next frames. Their number is the same however the recording was read."""


class LowListener(Listener, Protocol):
    """Listens at `LOW_SR`, to the channels mixed to one."""

    def hear_low(self, samples: NDArray[np.float32]) -> None:
        """Hear the next samples, shape=(n,), finite. They lag behind the blocks by the resampler's delay."""


class TogetherListener(Listener, Protocol):
    """Has a last step that is quicker for several recordings at a time. It must give what `finish` gives."""

    def end(self, duration: float) -> Any:  # noqa: ANN401 - each its own
        """Hear that the recording ended, as `finish`, and return what the last step needs."""

    @staticmethod
    def finish_together(ended: Sequence[Any]) -> list[bytes]:
        """Take the last step, and give the packed track of each."""


class Detector(Protocol):
    """Makes listeners, and segments from what they heard."""

    #: The layer's name, and the detector's key in `DETECTORS`.
    name: ClassVar[str]

    #: Below this rate, in Hz, it has nothing to say of a recording, which is told and no error.
    least_sr: ClassVar[int]

    #: Changes whenever the same audio could give another track. Reading it loads nothing heavy.
    version: ClassVar[str]

    def open(self, sr: int) -> Listener:
        """Start listening to one recording, sampled at `sr` Hz."""

    def segments(self, packed: bytes, **settings: Any) -> list[Segment]:  # noqa: ANN401 - each its own
        """Find segments in a packed track: pure, and quick enough to repeat.

        They are sorted, and those of one label are disjoint.
        """
