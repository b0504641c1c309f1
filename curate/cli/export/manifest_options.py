"""Options of `curate manifest` that shape what is written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

from curate.cli import _complete
from curate.cli._help import OUTPUT

OutOption = Annotated[
    Path, Option("--out", "-o", metavar="PATH", help="File or folder to write.", rich_help_panel=OUTPUT)
]
FormatOption = Annotated[
    str | None,
    Option(
        metavar="FORMAT",
        show_default="by the ending",
        autocompletion=_complete.formats_written,
        help="Format, for example raven. An unknown name prints the list.",
        rich_help_panel=OUTPUT,
    ),
]
AudioOption = Annotated[
    str,
    Option(
        metavar="WHICH",
        help="Files to name: auto prefers clean copies, raw takes raw files, clean takes whole files only.",
        rich_help_panel=OUTPUT,
    ),
]
AudioModeOption = Annotated[
    str | None,
    Option(
        metavar="MODE",
        show_default="by the format",
        help="How the export holds audio: link, symlink, hardlink, copy or embed.",
        rich_help_panel=OUTPUT,
    ),
]
SrOption = Annotated[
    int | None,
    Option(metavar="HZ", help="Convert audio to this sample rate, in Hz.", rich_help_panel=OUTPUT),
]
ChannelsOption = Annotated[
    int | None, Option(metavar="N", help="Convert audio to N channels.", rich_help_panel=OUTPUT)
]
CodecOption = Annotated[
    str | None,
    Option(metavar="CODEC", help="Convert audio to flac, wav, ogg, opus or mp3.", rich_help_panel=OUTPUT),
]
YearOption = Annotated[
    int | None,
    Option(
        metavar="YEAR",
        help="For birdclef, use the columns of this year, 2021 to 2026.",
        rich_help_panel=OUTPUT,
    ),
]
LabelColumnOption = Annotated[
    str | None,
    Option(metavar="NAME", help="For raven, name of the label column.", rich_help_panel=OUTPUT),
]
ShardMbOption = Annotated[
    int | None,
    Option(
        metavar="MB",
        min=1,
        help="For webdataset and huggingface, size of a file in MB.",
        rich_help_panel=OUTPUT,
    ),
]
RepeatOption = Annotated[
    bool,
    Option(
        "--repeat",
        help="Repeat rows of rare classes, instead of giving the number of copies.",
        rich_help_panel=OUTPUT,
    ),
]
RelativeOption = Annotated[
    bool,
    Option(
        "--relative",
        help="Write paths relative to the manifest's folder, so that both can move.",
        rich_help_panel=OUTPUT,
    ),
]
KeepNamesOption = Annotated[
    bool,
    Option(
        "--keep-names",
        help="Keep the names of audio files to the letter, in a folder for each site.",
        rich_help_panel=OUTPUT,
    ),
]
ColumnsOption = Annotated[
    str | None,
    Option(
        metavar="NAMES",
        help="For csv, jsonl and parquet, add columns, for example site,night,sunset,sunrise.",
        rich_help_panel=OUTPUT,
    ),
]
BandsOption = Annotated[
    str | None,
    Option(
        metavar="WHICH",
        show_default="as marked",
        help="For audacity, give a band to all labels or to none, as some readers need.",
        rich_help_panel=OUTPUT,
    ),
]
