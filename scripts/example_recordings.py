"""What the example data set holds: its species, its places and each of its recordings.

None of the species exists, and the numbers lie beyond those that the archives have given out.
"""

from __future__ import annotations

from dataclasses import dataclass

#: label: (number, scientific name, common name, class); none of them exists.
TAXA = {
    "ledfly9": (9000003, "Tyrannofictus tabularius", "Ledger Flycatcher", "Aves"),
    "lanowl9": (9000004, "Strigofictus lucerna", "Lantern Owl", "Aves"),
    "quetan9": (9000002, "Tangarofictus rivalis", "Quebrada Tanager", "Aves"),
    "silwre9": (9000001, "Thryofictus argentilinea", "Silverline Wren", "Aves"),
    "sladov9": (9000005, "Columbofictus pulvis", "Slatedust Dove", "Aves"),
    "9000101": (9000101, "Hylofictus pluvialis", "Clockwork Rain Frog", "Amphibia"),
    "9000102": (9000102, "Ranofictus tympanum", "Drumming Marsh Frog", "Amphibia"),
    "9000201": (9000201, "Tettigofictus stanneus", "Tinfoil Katydid", "Insecta"),
    "9000202": (9000202, "Gryllofictus punctum", "Dotted Cricket", "Insecta"),
}

#: site: (latitude, longitude), (wind, stream, night insects as amplitudes).
SITES = {
    "stream": ((6.1402, -74.6213), (0.5, 1.0, 0.0)),
    "ridge": ((6.2117, -74.5528), (1.0, 0.1, 0.05)),
    "garden": ((6.0935, -74.7006), (0.8, 0.0, 0.1)),
    "marsh": ((6.0281, -74.7719), (0.5, 0.2, 0.5)),
}


@dataclass(frozen=True)
class Animal:
    """A species that calls through a recording: dB over the bed, seconds from call to call."""

    label: str
    db: float
    every: float
    start: float = 0.4
    distance: float = 0.1  # 0 beside the microphone, 1 far away


@dataclass(frozen=True)
class Voice:
    """A text spoken by espeak-ng from `at` seconds, `db` over the bed."""

    at: float
    text: str
    language: str
    variant: str
    db: float
    speed: int = 160  # words a minute
    pitch: int = 45
    distance: float = 0.0


@dataclass(frozen=True)
class Recording:
    """One file: what sounds in it, and its row of train.csv."""

    name: str  # relative to train_audio, or to train_soundscapes if it has no folder
    seconds: float
    site: str
    author: str
    animals: tuple[Animal, ...]
    voices: tuple[Voice, ...] = ()
    sr: int = 32000
    channels: int = 1
    kind: str = ""
    secondary: tuple[str, ...] = ()
    rating: float = 0.0
    license: str = "cc-by-nc-sa 4.0"
    fault: str = ""  # "dead microphone" or "truncated"
    copy_of: str = ""  # a recording with the same bytes

    @property
    def file(self) -> str:
        """Path inside the data set."""
        return f"train_{'audio' if '/' in self.name else 'soundscapes'}/{self.name}"


ANA, JO, KARL, MARTA, VERA = "Ana Exemplo", "Jo Specimen", "Karl Beispiel", "Marta Ejemplo", "Vera Primerova"
BY, BY_NC, NO_RIGHTS = "cc-by 4.0", "cc-by-nc 4.0", "cc0 1.0"
NO_DERIVATIVES = "cc-by-nc-nd 4.0"

# fmt: off
RECORDINGS = (
    # The common class: a wren by the stream.
    Recording("silwre9/XC90000011.ogg", 12, "stream", MARTA, (Animal("silwre9", 20, 4.2, 4.2),),
              (Voice(0.3, "Grabado a las seis de la mañana, en la quebrada.", "es-419", "m3", 14),),
              kind="song", rating=4.5),
    Recording("silwre9/XC90000012.ogg", 10, "stream", MARTA, (Animal("silwre9", 22, 3.6),),
              kind="song", rating=5.0),
    Recording("silwre9/XC90000013.mp3", 11, "ridge", JO,
              (Animal("silwre9", 17, 3.9), Animal("sladov9", 6, 4, 0.6, 0.6)),
              (Voice(6.9, "Recorded with a small microphone, about ten metres away.",
                     "en-gb", "f2", 12, 165, 55),),
              sr=44100, kind="song", secondary=("sladov9",), rating=3.5, license=BY),
    Recording("silwre9/iNat90000014.m4a", 12, "garden", ANA, (Animal("silwre9", 15, 3.2, 0.2),),
              (Voice(5.0, "There it is again, up in the canopy.", "en-us", "m7", 12, 150, 35, 0.2),),
              sr=44100, license=BY_NC),
    Recording("silwre9/XC90000015.ogg", 8, "ridge", JO, (Animal("silwre9", 12, 4.4, 0.8, 0.3),),
              kind="call, song", rating=2.5, license=NO_DERIVATIVES),
    # Thin, high notes; one recording of which little remains without the person.
    Recording("quetan9/XC90000021.ogg", 17, "ridge", KARL, (Animal("quetan9", 13, 2.9),),
              (Voice(0.4, "Heute ist es sehr windig. Der Vogel sitzt oben im Baum, "
                     "ungefähr zwanzig Meter entfernt.", "de", "m1", 13, 150, 40),
               Voice(7.8, "Man hört im Hintergrund den Bach. Ich habe diese Art hier noch nie gesehen, "
                     "aber den Gesang kenne ich gut.", "de", "m1", 12, 150, 40)),
              kind="song", rating=2.0),
    Recording("quetan9/CSA90000022.ogg", 9, "stream", MARTA,
              (Animal("quetan9", 17, 2.1), Animal("ledfly9", 8, 3, 1, 0.4)), secondary=("ledfly9",)),
    Recording("quetan9/iNat90000023.ogg", 10, "garden", ANA, (Animal("quetan9", 15, 1.9),),
              (Voice(3.5, "Olha, está cantando bem ali no alto.", "pt-br", "f3", 3, 150, 50, 0.3),),
              sr=48000, license=BY),
    # A class of two recordings.
    Recording("ledfly9/XC90000031.flac", 6, "ridge", KARL, (Animal("ledfly9", 20, 1.7),),
              kind="call", rating=4.0),
    Recording("ledfly9/XC90000032.ogg", 9, "garden", ANA,
              (Animal("ledfly9", 16, 2.3), Animal("sladov9", 8, 3.4, 1.5, 0.5)),
              kind="call", secondary=("sladov9",), rating=3.0, license=NO_RIGHTS),
    # Hoots and coos lie where voices lie.
    Recording("lanowl9/XC90000041.ogg", 14, "marsh", VERA, (Animal("lanowl9", 18, 4.5),),
              kind="song", rating=4.0),
    Recording("lanowl9/XC90000042.ogg", 14, "marsh", VERA, (Animal("lanowl9", 14, 3.9, 4.6, 0.2),),
              (Voice(0.5, "Запись сделана ночью, у старого моста.", "ru", "f4", 13, 150),  # noqa: RUF001
               Voice(11.3, "End of recording, two birds.", "en-gb", "m2", 10, 150, 30)),
              kind="song", rating=3.5),
    Recording("lanowl9/iNat90000043.ogg", 10, "ridge", JO, (Animal("lanowl9", 12, 3.4, 0.3, 0.4),),
              license=BY_NC),
    Recording("sladov9/XC90000051.ogg", 12, "garden", ANA, (Animal("sladov9", 16, 3.0),),
              kind="song", rating=4.5),
    Recording("sladov9/XC90000052.ogg", 11, "garden", ANA, (Animal("sladov9", 15, 2.8),),
              (Voice(7.4, "Gravação feita no quintal, depois da chuva.", "pt", "m6", 11, 150, 45, 0.1),),
              channels=2, kind="song", rating=4.0, license=NO_DERIVATIVES),
    # Frogs and insects; one plain wav at a low rate, one dead microphone, one copy, one truncated file.
    Recording("9000101/iNat90000101.ogg", 10, "stream", MARTA, (Animal("9000101", 16, 1.6),), license=BY_NC),
    Recording("9000101/iNat90000102.wav", 7.5, "stream", MARTA, (Animal("9000101", 15, 1.4, 0.6),),
              (Voice(0.2, "Rana número tres.", "es", "f1", 15, 160, 50),), sr=16000),
    Recording("9000101/CSA90000103.ogg", 11, "marsh", KARL,
              (Animal("9000101", 13, 1.8), Animal("9000202", 8, 1, 0, 0.3)),
              (Voice(4.6, "Achtung, da vorne ist noch einer.", "de", "f5", 11, 150, 55, 0.2),),
              secondary=("9000202",)),
    Recording("9000102/CSA90000111.ogg", 10, "marsh", VERA,
              (Animal("9000102", 17, 1.5), Animal("9000201", 12, 1.1)), secondary=("9000201",)),
    Recording("9000102/CSA90000112.flac", 12, "marsh", VERA, (Animal("9000102", 17, 1.3),),
              fault="dead microphone"),
    Recording("9000201/CSA90000121.ogg", 8, "marsh", KARL, (Animal("9000201", 18, 0.9),)),
    Recording("9000201/CSA90000122.ogg", 10, "marsh", VERA, (), secondary=("9000102",),
              copy_of="9000102/CSA90000111.ogg"),
    Recording("9000202/iNat90000131.ogg", 7, "garden", JO, (Animal("9000202", 17, 0.7, 0.1),),
              license=NO_RIGHTS),
    Recording("9000202/CSA90000132.flac", 8, "garden", JO, (Animal("9000202", 16, 0.8, 0.1),),
              fault="truncated"),
    # Soundscapes without labels: a dawn, and a night in which people pass by.
    Recording("S01_20240311_054500.ogg", 20, "stream", "",
              (Animal("silwre9", 12, 6, 1, 0.3), Animal("sladov9", 10, 5, 2.5, 0.5),
               Animal("ledfly9", 10, 4.5, 3, 0.3))),
    Recording("S02_20240311_211000.ogg", 20, "marsh", "",
              (Animal("9000102", 9, 2.8, 0.5, 0.5), Animal("9000202", 8, 1, 0, 0.3),
               Animal("lanowl9", 10, 9.5, 3.5, 0.4)),
              (Voice(8.0, "¿Escuchaste eso?", "es-419", "f2", 10, 140, 55, 0.3),
               Voice(9.8, "Sí, creo que es la lechuza.", "es-419", "m5", 8, 140, 40, 0.3))),
)
# fmt: on
