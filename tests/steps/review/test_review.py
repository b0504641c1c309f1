"""`curate review` as a process: served until interrupted, and nothing is lost when it is killed."""

from __future__ import annotations

import signal

import pytest
import requests

from curate.catalogue import reviewing
from curate.catalogue.dataset import Dataset
from curate.cli._app import main
from curate.errors import NotInCatalogue, UsageError
from curate.steps.clean.strip_voice import strip_voice
from curate.steps.inspect.report import report
from curate.steps.inspect.status import status
from curate.steps.review.review import review
from tests.archive import dataset_of, row
from tests.engines import in_a_thread
from tests.servers import Server


@pytest.fixture
def serve(birds):
    """The example with its voices found, and a way to serve it."""
    with in_a_thread():
        strip_voice(birds, render=False)
    servers = []

    def serve(*options):
        servers.append(Server(birds.folder, *options))
        return servers[-1]

    yield serve
    for server in servers:
        if server.process.poll() is None:
            server.end(signal.SIGKILL)


def test_it_serves_until_it_is_interrupted_and_says_what_was_decided(serve):
    server = serve("--reviewer", "ana")
    assert server.get("").status_code == 200
    first, second, *rest = server.keys()
    for key in (first, second):
        assert server.keep(key).status_code == 200
    assert server.keep(first, "ben").status_code == 200
    assert server.undo("ben").json() == {"key": first, "behind": {}}
    code, out, _ = server.end()
    assert code == 0
    assert f"2 of {2 + len(rest)} items decided, 2 in this session" in out


def test_of_a_killed_server_every_verdict_is_there(serve, birds):
    server = serve("--reviewer", "ana")
    keys = server.keys()[:3]
    for key in keys:
        assert server.keep(key).status_code == 200
    server.end(signal.SIGKILL)
    assert [verdict.judgement for _, verdict in reviewing.seen_verdicts(birds.store)] == ["keep"] * 3
    assert not set(keys) & set(serve("--reviewer", "ana").keys())


def test_other_commands_work_meanwhile_and_running_a_detector_again_loses_no_verdict(serve, birds):
    server = serve("--reviewer", "ana")
    key = server.keys()[1]
    data = server.get(f"item/{key}").text
    assert "excise" in data
    server.keep(key)
    with in_a_thread():
        strip_voice(birds, threshold=0.4, render=False)
    assert reviewing.cuts(birds.store, int(key.split("-")[0])) == []
    assert server.undo("ana").json() == {"key": key, "behind": {}}


@pytest.mark.parametrize("options", [(), ("--host", "0.0.0.0")])  # noqa: S104 - what the test is about
def test_a_page_needs_its_token_on_this_machine_too(serve, options):
    server = serve(*options)
    port = server.address.rsplit(":", 1)[1].rstrip("/")
    here = f"http://127.0.0.1:{port}/"
    token = server.entry.partition("?token=")[2]
    for path in ("", "queue?reviewer=ana", "audio/1", "?token=", "static/review.js"):
        assert requests.get(here + path, timeout=20).status_code == 403
    sent = {"key": "1-0-1000", "reviewer": "ana", "judgement": "keep", "onset": 0.0, "offset": 1.0}
    origin = {"origin": here.rstrip("/")}
    assert requests.post(here + "verdict", json=sent, headers=origin, timeout=20).status_code == 403
    assert requests.get(here, params={"token": token}, timeout=20).status_code == 200


def test_who_wants_no_token_has_none(serve):
    server = serve("--no-token")
    assert server.entry == server.address
    assert requests.get(server.address, timeout=20).status_code == 200


def test_a_sample_stays_the_same_and_ends_with_a_figure(serve, birds):
    server = serve("--queue", "sample", "--max-items", "6", "--reviewer", "ana")
    keys = server.keys()
    assert len(keys) == 6
    for key in keys[:4]:
        server.keep(key)
    assert "Right, with the interval" in server.get("summary").text
    _, out, _ = server.end()
    assert "2 of 6 left to review" in out
    assert "100.0 %" in out
    for found in (status(birds).review, report(birds).facts.review):
        assert found.sample_of == 6
        assert [each.name for each in found.sample] == sorted(each.name for each in found.sample)
        assert sum(each.n for each in found.sample[:-1]) == 4
        assert (found.sample[-1].name, found.sample[-1].n, found.sample[-1].right) == ("all", 4, 4)
        assert 0.3 < found.sample[-1].low < found.sample[-1].high <= 1.0
        [who] = found.reviewers
        assert (who["reviewer"], who["verdicts"], who["keep"]) == ("ana", 4, 4)
    again = serve("--queue", "sample", "--max-items", "6", "--reviewer", "ana")
    assert again.keys() == keys
    assert [said for _, said in again.get("queue?reviewer=ana").json()["items"]] == ["keep"] * 4 + ["", ""]


def test_verdicts_and_agreement_are_in_the_status_and_on_the_page_of_the_report(
    serve, birds, tmp_path, capsys
):
    assert status(birds).review is None
    server = serve("--reviewer", "ana")
    first, second = server.keys()[:2]
    for key, who in ((first, "ana"), (second, "ana"), (first, "ben")):
        server.keep(key, who)
    undone = {"key": second, "reviewer": "ben", "judgement": "cut", "onset": 0.0, "offset": 1.0}
    server.post("verdict", undone)
    server.undo("ben")
    server.end()
    found = status(birds).review
    assert (found.verdicts, found.compared, found.agreed) == (3, 1, 1)
    assert [(each["reviewer"], each["verdicts"]) for each in found.reviewers] == [("ana", 2), ("ben", 1)]
    assert main(["status", "-d", str(birds.folder)]) == 0
    assert "(ana 2, ben 1). Agreed on 1 of 1 item (100.0 %)" in capsys.readouterr().out
    report(birds, out=tmp_path / "report.html", cuts=0)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "of 1 item that more than one person answered they agree on 1" in text


def test_an_empty_queue_serves_nothing(tmp_path):
    with dataset_of(tmp_path / "birds", [row(0)]) as dataset:
        summary = review(dataset, queue="quality", browser=False, ready=pytest.fail)
    assert (summary.items, summary.decided) == (0, 0)


def test_what_makes_no_sense_is_refused_before_anything_is_served(tmp_path):
    with pytest.raises(NotInCatalogue):
        review(Dataset(tmp_path / "none"), browser=False, ready=pytest.fail)
    with dataset_of(tmp_path / "birds", [row(0)]) as dataset:
        for options in (
            {"queue": "sampel"},
            {"max_items": 0},
            {"queue": "rare-classes", "host": "192.0.2.1"},
            {"queue": "rare-classes", "host": "0.0.0.0", "token": False},  # noqa: S104 - refused
        ):
            with pytest.raises(UsageError):
                review(dataset, browser=False, ready=pytest.fail, **options)
