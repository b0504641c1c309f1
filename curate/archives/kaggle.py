"""Kaggle: a competition's data, through the ``kaggle`` package that the user has set up.

Its credentials, redirects and resuming are Kaggle's own business. Here its words are turned
into what to do next. Rules of a competition can be accepted in a browser only.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from curate.archives import Ask, ResultPage, Search
from curate.archives.json_answers import refused
from curate.archives.remote import Origin
from curate.errors import CurateError, NetError, UsageError
from curate.model import Problem
from curate.net.limits import Limit
from curate.net.records import HttpAnswer
from curate.release import install_hint

_SETUP = "https://github.com/Kaggle/kaggle-cli/blob/main/docs/README.md"


class Kaggle:
    """Have a competition's data fetched.

    Parameters
    ----------
    competition
        Its name in the address: ``birdclef-2025``.

    Raises
    ------
    UsageError
        If that is no such name.
    """

    name: ClassVar[str] = "kaggle"
    limits: ClassVar[Mapping[str, Limit]] = {}
    rated: ClassVar[bool] = False
    secret: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}

    def __init__(self, *, competition: str) -> None:
        self.problems: list[Problem] = []
        found = re.fullmatch(
            r"(?:(?:https?://)?(?:www\.)?kaggle\.com/(?:c|competitions)/)?([a-z0-9][a-z0-9-]*)(?:[/?#].*)?",
            competition.strip(),
        )
        if found is None:
            raise UsageError(
                f"'{competition}' must be the name of a competition", hint="for example birdclef-2025"
            )
        self._competition = found[1]

    @property
    def page(self) -> str:
        """Where the competition is."""
        return f"https://www.kaggle.com/competitions/{self._competition}"

    def searches(self) -> Iterator[Search]:
        """List what will be asked for. The package asks."""
        yield Search(self._competition, Ask("", {"competition": self._competition}))

    def read(self, search: Search, ask: Ask, body: bytes) -> ResultPage:
        """Say what it is. The answer is unreadable."""
        del search, ask, body
        return ResultPage(origin=Origin("kaggle", self._competition, self.page, self._competition))

    def refused(self, answer: HttpAnswer) -> CurateError:
        """Say what a server said."""
        return refused(answer, "Kaggle")

    def bring(self, folder: Path) -> list[Path]:
        """Fetch the competition's data into a folder. What the package began it resumes.

        Returns
        -------
        The files that came.

        Raises
        ------
        UsageError
            If the package is missing, has no credentials, or the rules are not accepted.
        NetError
            If it fails in another way.
        """
        program = shutil.which("kaggle")
        command = [program] if program else [sys.executable, "-m", "kaggle"]
        if program is None and importlib.util.find_spec("kaggle") is None:
            raise UsageError(
                "the package kaggle is missing",
                hint=f"{install_hint('kaggle')}. Or download by hand, unzip, and run 'curate import': "
                f"{self.page}/data",
            )
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [*command, "competitions", "download", "-c", self._competition, "-p", os.fspath(folder), "-q"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            raise self._explained(f"{done.stdout}\n{done.stderr}")
        return sorted(path for path in folder.iterdir() if path.suffix in (".zip", ".gz", ".tar", ".7z"))

    def _explained(self, said: str) -> CurateError:
        """Turn the package's words into what to do next."""
        plain = " ".join(said.split())
        if re.search(r"accept.{0,40}rules", plain, re.IGNORECASE):
            return UsageError(
                f"accept the rules of {self._competition} first",
                hint=f"open {self.page}/rules in a browser and accept them. Then run the same command again",
            )
        if re.search(r"401|unauthori|authenticat|credential|kaggle\.json|api token", plain, re.IGNORECASE):
            return UsageError(
                "Kaggle needs your credentials", hint=f"set up the kaggle package's credentials: {_SETUP}"
            )
        # What a member of no team is told: joining a competition is accepting its rules.
        if re.search(r"\b403\b|forbidden|required permission|permission '", plain, re.IGNORECASE):
            return UsageError(
                f"Kaggle refused the data of {self._competition}: {_last(said)}",
                hint=f"join the competition and accept its rules at {self.page}/rules. Then run the same "
                "command again",
            )
        if re.search(r"404|not found", plain, re.IGNORECASE):
            return UsageError(f"unknown competition at Kaggle: '{self._competition}'")
        # Its tracebacks hold more than anybody wants to read: the last line says what happened.
        return NetError(f"kaggle failed to fetch {self._competition}: {_last(said)}")


def _last(said: str) -> str:
    return next((line for line in reversed(said.splitlines()) if line.strip()), "no words").strip()[:300]
