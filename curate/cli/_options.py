"""Options that several commands share, so that one word means one thing everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from curate.cli import _complete
from curate.cli._help import COMMON, OUTPUT, RUNNING, SELECTION

DatasetOption = Annotated[
    Path | None,
    Option(
        "--dataset",
        "-d",
        metavar="DIR",
        envvar="CURATE_DATASET",
        show_default="the current folder",
        help="Dataset folder.",
        rich_help_panel=COMMON,
    ),
]
JsonOption = Annotated[
    bool,
    Option(
        "--json",
        help="Print the result as one JSON object on stdout. Everything else goes to stderr.",
        rich_help_panel=COMMON,
    ),
]
QuietOption = Annotated[
    bool,
    Option("--quiet", "-q", help="Print only errors. Hides results and progress.", rich_help_panel=COMMON),
]
DryRunOption = Annotated[
    bool,
    Option(
        "--dry-run",
        "-n",
        help="Only preview what the command would do. Leaves all files as they are.",
        rich_help_panel=COMMON,
    ),
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
        help="Number of worker processes.",
        rich_help_panel=RUNNING,
    ),
]
EngineOption = Annotated[
    str,
    Option(
        metavar="ENGINE",
        envvar="CURATE_ENGINE",
        help="Where workers run: local, dask:N or dask:tcp://host:port. Dask needs the extra dask.",
        rich_help_panel=RUNNING,
    ),
]
DeviceOption = Annotated[
    str,
    Option(
        metavar="DEVICE",
        envvar="CURATE_DEVICE",
        help="Device for neural networks: auto, cpu or cuda.",
        rich_help_panel=RUNNING,
    ),
]
RetryOption = Annotated[
    bool, Option("--retry-failed", help="Try failed recordings again.", rich_help_panel=RUNNING)
]
LimitOption = Annotated[
    int | None,
    Option("--limit", metavar="N", min=0, help="Process at most N new recordings.", rich_help_panel=RUNNING),
]
ModelOption = Annotated[
    str,
    Option(
        "--model",
        metavar="NAME",
        help="Model of the vectors: spectral, birdnet, batdetect2, or a network with a card as "
        "onnx:FILE, tflite:FILE or torchscript:FILE.",
    ),
]
ScoresOfOption = Annotated[
    str | None,
    Option(
        "--model",
        metavar="NAME",
        show_default=False,
        help="Use the scores that embed stored for this model, for example birdnet. "
        "With tables, the average counts.",
    ),
]
WhichModelOption = Annotated[
    str | None,
    Option(
        "--model",
        metavar="NAME",
        show_default="the only one",
        help="Model whose vectors to use, if there are several.",
    ),
]
PathsArgument = Annotated[
    list[Path] | None,
    Argument(
        metavar="PATH...",
        show_default=False,
        help="Folders, tables or files to import first. The command then covers the whole dataset.",
    ),
]
RenderOption = Annotated[
    bool,
    Option(
        "--render/--no-render",
        help="Write clean copies, or leave them to 'curate render'.",
        rich_help_panel=OUTPUT,
    ),
]
AudioFormatOption = Annotated[
    str | None,
    Option(
        metavar="FORMAT",
        show_default="as existing copies, else flac",
        help="Format of all clean copies: flac, wav, ogg, opus or mp3. "
        "Recordings beyond its limits become FLAC.",
        rich_help_panel=OUTPUT,
    ),
]
SunOption = Annotated[
    str | None,
    Option(
        metavar="PART",
        help="Only at night, day, dawn or dusk, or between minutes by the sun: sunset-30..sunset+120.",
        rich_help_panel=SELECTION,
    ),
]
RecordingArgument = Annotated[
    str,
    Argument(
        metavar="RECORDING",
        autocompletion=_complete.recordings,
        help="Recording: its id from 'curate show recordings', or the end of its path.",
    ),
]
OtherArgument = Annotated[
    str,
    Argument(
        metavar="OTHER",
        autocompletion=_complete.recordings,
        help="The other recording: its id, or the end of its path.",
    ),
]
OnsetArgument = Annotated[
    float, Argument(metavar="ONSET", help="Start of the stretch, in seconds of the raw recording.")
]
OffsetArgument = Annotated[
    float, Argument(metavar="OFFSET", help="End of the stretch, in seconds of the raw recording.")
]
HeardOption = Annotated[
    str,
    Option(
        "--label", metavar="WORD", autocompletion=_complete.labels, help="Label of the sound in the stretch."
    ),
]
ReviewerOption = Annotated[
    str | None,
    Option(
        "--reviewer",
        metavar="NAME",
        show_default="your user name",
        help="Name of the person who decides.",
    ),
]
HostOption = Annotated[
    str,
    Option(
        metavar="ADDRESS",
        help="Address to serve at. 0.0.0.0 also serves other machines.",
        rich_help_panel=RUNNING,
    ),
]
PortOption = Annotated[
    int,
    Option(
        metavar="PORT",
        min=0,
        max=65535,
        help="Port to serve at. 0 takes any free port.",
        rich_help_panel=RUNNING,
    ),
]
TokenOption = Annotated[
    bool,
    Option(
        "--token/--no-token",
        help="Put a secret into the address. Without it, every account of this machine can decide.",
        rich_help_panel=RUNNING,
    ),
]
BrowserOption = Annotated[
    bool, Option("--browser/--no-browser", help="Open the page in a browser.", rich_help_panel=RUNNING)
]
