"""Options that several commands share, so that one word means one thing everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from curate.cli import _complete

DatasetOption = Annotated[
    Path | None,
    Option(
        "--dataset",
        "-d",
        metavar="DIR",
        envvar="CURATE_DATASET",
        show_default="the current folder",
        help="Dataset folder.",
    ),
]
JsonOption = Annotated[
    bool, Option("--json", help="Print one JSON object on stdout, and nothing else there.")
]
QuietOption = Annotated[bool, Option("--quiet", "-q", help="Print errors only.")]
DryRunOption = Annotated[
    bool, Option("--dry-run", "-n", help="Preview what the command would do. Writes nothing.")
]
JobsOption = Annotated[
    int | None,
    Option(
        "--jobs",
        "-j",
        metavar="N",
        min=1,
        envvar="CURATE_JOBS",
        show_default="all cores",
        help="Worker processes.",
    ),
]
EngineOption = Annotated[
    str,
    Option(
        metavar="ENGINE",
        envvar="CURATE_ENGINE",
        help="Where workers run: local, dask:N, or dask:tcp://host:port (needs the dask extra).",
    ),
]
DeviceOption = Annotated[
    str, Option(help="Where networks run: auto, cpu or cuda.", metavar="DEVICE", envvar="CURATE_DEVICE")
]
RetryOption = Annotated[bool, Option("--retry-failed", help="Try the failed recordings once more.")]
LimitOption = Annotated[
    int | None, Option("--limit", metavar="N", min=0, help="Detect in at most N new recordings.")
]
ModelOption = Annotated[
    str,
    Option(
        "--model",
        metavar="NAME",
        help="Whose vectors: spectral, birdnet, or onnx:FILE, tflite:FILE, torchscript:FILE with a card.",
    ),
]
ScoresOfOption = Annotated[
    str | None,
    Option(
        "--model",
        metavar="NAME",
        show_default=False,
        help="Scores that embed kept of this model, such as birdnet; averaged with the tables.",
    ),
]
WhichModelOption = Annotated[
    str | None,
    Option(
        "--model",
        metavar="NAME",
        show_default="the only one",
        help="Whose vectors, where there are several models'.",
    ),
]
PathsArgument = Annotated[
    list[Path] | None,
    Argument(metavar="[PATH...]", show_default=False, help="Imported first; then the whole dataset is done."),
]
RenderOption = Annotated[bool, Option("--render/--no-render", help="Write clean copies.")]
AudioFormatOption = Annotated[
    str | None,
    Option(
        metavar="FORMAT",
        show_default="as they are; flac",
        help="Format of all clean copies: flac, wav, ogg, opus or mp3 (flac for what it cannot hold).",
    ),
]
RecordingArgument = Annotated[
    str,
    Argument(
        metavar="RECORDING",
        autocompletion=_complete.recordings,
        help="Its id, as `curate show recordings` prints it, or the end of its path.",
    ),
]
OtherArgument = Annotated[
    str,
    Argument(
        metavar="OTHER", autocompletion=_complete.recordings, help="Id or end of the path of the other one."
    ),
]
OnsetArgument = Annotated[float, Argument(metavar="ONSET", help="Seconds in the raw recording.")]
OffsetArgument = Annotated[float, Argument(metavar="OFFSET", help="Seconds in the raw recording.")]
HeardOption = Annotated[
    str, Option("--label", metavar="WORD", autocompletion=_complete.labels, help="What is heard there.")
]
ReviewerOption = Annotated[
    str | None, Option("--reviewer", metavar="NAME", show_default="your user name", help="Who decides.")
]
HostOption = Annotated[
    str, Option(metavar="ADDRESS", help="Where to serve; 0.0.0.0 serves other machines, too.")
]
PortOption = Annotated[int, Option(metavar="PORT", min=0, max=65535, help="0 takes a free one.")]
TokenOption = Annotated[
    bool,
    Option(
        "--token/--no-token",
        help="Put a secret into the address; without it every account of this machine can decide.",
    ),
]
BrowserOption = Annotated[bool, Option("--browser/--no-browser", help="Open the page.")]
