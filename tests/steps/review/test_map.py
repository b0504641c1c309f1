"""`curate map`: served until it is interrupted, and what it then says."""

from __future__ import annotations

import json
import signal

import pytest

from curate.errors import UsageError
from curate.steps.review.map_ import map_
from curate.steps.scores.embed import embed
from tests.servers import Server
from tests.steps.scores.test_embed import birds

__all__ = ["birds"]


def test_it_is_served_until_it_is_interrupted_and_counts_what_was_decided(birds):
    embed(birds)
    server = Server(birds.folder, "--json", page="map")
    page = server.get("").text
    assert "map by spectral, pca" in page
    assert "12 windows" in page
    code, out, _ = server.end(signal.SIGINT)
    assert code == 0
    told = json.loads(out)
    assert (told["points"], told["recordings"], told["missing"], told["verdicts"]) == (12, 6, 0, 0)


def test_nobody_else_gets_in_without_the_token(birds):
    embed(birds)
    server = Server(birds.folder, page="map")
    server.session.cookies.clear()
    assert server.get("points").status_code == 403
    server.end()


def test_other_machines_are_served_with_a_token_only(birds):
    embed(birds)
    with pytest.raises(UsageError, match="a token is needed"):
        map_(birds, host="0.0.0.0", token=False)  # noqa: S104
