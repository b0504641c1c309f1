"""A host of files on loopback that answers late: python bench/shared/host.py FOLDER LATENCY.

One thread and one event loop, so that the clients and not the server are measured; prints its port.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: audio/ogg\r\n"
    'ETag: "{}"\r\nAccept-Ranges: bytes\r\nContent-Length: {}\r\n\r\n'
)


class Host(asyncio.Protocol):
    """One connection; answers each request a while after it came."""

    def __init__(self, replies: dict[bytes, bytes], latency: float) -> None:
        self.replies = replies
        self.latency = latency

    def connection_made(self, transport):
        self.transport = transport
        self.buffer = b""

    def data_received(self, data):
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            request, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
            path = re.match(rb"GET (\S+)", request)[1]
            asyncio.get_running_loop().call_later(self.latency, self.transport.write, self.replies[path])


def read(folder: Path) -> dict[bytes, bytes]:
    replies = {}
    for path in folder.iterdir():
        body = path.read_bytes()
        replies[f"/{path.name}".encode()] = HEAD.format(path.stem, len(body)).encode() + body
    return replies


async def main(replies: dict[bytes, bytes], latency: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Host(replies, latency), "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(read(Path(sys.argv[1])), float(sys.argv[2])))
