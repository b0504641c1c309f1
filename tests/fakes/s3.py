"""An S3 server on this machine (moto), and a door before it that makes trouble."""

from __future__ import annotations

import http.client
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

#: Of no real account.
KEY, SECRET, TOKEN = "AKIDTESTTESTTESTTEST", "not-a-real-secret-0123456789abcdefghij", "not-a-real-token-0123"

#: What a server that is asked too often, or with old credentials, answers.
ERRORS = {
    "slow": (503, "SlowDown", "Please reduce your request rate."),
    "expired": (400, "ExpiredToken", f"The provided token {TOKEN} of {KEY} has expired."),
    "denied": (403, "AccessDenied", f"Access Denied for {KEY}"),
}


def calm(_method, _path):
    """Let all pass."""


class Door(ThreadingHTTPServer):
    """Passes requests on to the server, and says of each what else shall happen: `fault(method, path)`."""

    daemon_threads = True

    def __init__(self, port):
        super().__init__(("127.0.0.1", 0), _Passing)
        self.behind = port
        self.fault = calm
        self.asked = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """Say nothing of connections that a test broke."""


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, self.headers.get("Range")))
        fault = self.server.fault(self.command, self.path)
        if fault == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            return
        if fault in ERRORS:
            status, code, words = ERRORS[fault]
            said = (
                f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{words}</Message></Error>".encode()
            )
            self._answer(status, [("Content-Type", "application/xml")], said)
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=30)
        connection.request(self.command, self.path, body, dict(self.headers.items()))
        answer = connection.getresponse()
        data = answer.read()
        headers = [pair for pair in answer.getheaders() if pair[0].lower() not in _OWN]
        length = answer.getheader("Content-Length") if self.command == "HEAD" else None
        self._answer(answer.status, headers, data, length=length, cut=fault == "cut")
        connection.close()

    def _answer(self, status, headers, data, *, length=None, cut=False):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if cut else data)
        self.close_connection = self.close_connection or cut

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any  # noqa: N815 - names of the base class

    def log_message(self, format, *args):
        pass


_OWN = {"content-length", "transfer-encoding", "connection", "server", "date"}


@contextmanager
def server():
    """Start a server, and a door before it that the environment leads to."""
    pytest.importorskip("s3fs")
    pytest.importorskip("moto.server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment, **quiet) as process:
        try:
            _wait_for(port)
            door = Door(port)
            threading.Thread(target=door.serve_forever, daemon=True).start()
            yield door
            door.shutdown()
            door.server_close()
        finally:
            process.kill()


def _wait_for(port):
    for _ in range(600):
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError


@contextmanager
def environment(door, cache):
    """Let this process, and those that it starts, find the server and keep copies in a folder of the test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_ENDPOINT_URL", door.url)
        patch.setenv("AWS_ACCESS_KEY_ID", KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_SESSION_TOKEN", TOKEN)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        patch.setenv("CURATE_CACHE", str(cache))
        patch.setattr("curate.storage.objects._PAUSE", 0.01)
        forget()
        yield


def forget():
    """Forget what this process knows of storage."""
    from curate.storage import copies, objects

    objects._files.cache_clear()
    objects._LISTED.clear()
    copies._asked.clear()


def put(door, name, data):
    """Write an object as another client does."""
    import boto3

    s3 = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{door.behind}",
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
    )
    bucket, _, key = name.partition("/")
    s3.create_bucket(Bucket=bucket)
    if key:
        s3.put_object(Bucket=bucket, Key=key, Body=data)


def names(door, bucket):
    """List what is in a bucket."""
    import boto3

    s3 = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{door.behind}",
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
    )
    return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
