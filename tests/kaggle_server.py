"""Kaggle on 127.0.0.1, for the unmodified kagglehub client: its API, its storage, and the ways both fail.

With KAGGLE_API_ENVIRONMENT=LOCALHOST the client talks to http://localhost/api, and through http_proxy to this server on
any port. `api` and `storage` hold what happens to the next requests, one fault each; then all is answered as it should.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Fault = Callable[[BaseHTTPRequestHandler], None]
DOWNLOAD = "/api/v1/datasets.DatasetApiService/DownloadDataset"
WANTED = {"ownerSlug": "praveengovi", "datasetSlug": "coronahack-chest-xraydataset", "datasetVersionNumber": 3}
STORED = "/signed/archive.zip"


class KaggleServer(ThreadingHTTPServer):
    """body: what storage holds; md5: whether it says so; ranges: whether it obeys Range; log: what was asked for."""

    daemon_threads = True

    def __init__(self, body: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.md5, self.ranges = body, True, True
        self.api: list[Fault] = []
        self.storage: list[Fault] = []
        self.log: list[str] = []
        self.closing = threading.Event()

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what some tests are about."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: KaggleServer

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.log.append("api" + (" with an account" if "Authorization" in self.headers else ""))
        if self.server.api:
            self.server.api.pop(0)(self)
        elif (urlsplit(self.path).path, asked) != (DOWNLOAD, WANTED):
            status(404)(self)
        else:
            status(302, Location=f"http://storage.invalid{STORED}?signature=1")(self)

    def do_GET(self) -> None:
        asked = self.headers.get("Range", "")
        self.server.log.append(f"storage {asked}".rstrip())
        if self.server.storage:
            self.server.storage.pop(0)(self)
        else:
            self.give(self.server.body, asked)

    def give(self, body: bytes, asked: str = "", sent: int | None = None) -> None:
        """The file as Google's storage gives it; only the first bytes where the connection is to break."""
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.ranges else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "application/zip")
        self.send_header("Content-Length", str(len(body) - start))
        self.send_header("Accept-Ranges", "bytes")
        if self.server.md5:
            digest = base64.b64encode(hashlib.md5(self.server.body).digest()).decode()
            self.send_header("x-goog-hash", f"crc32c=AAAAAA==,md5={digest}")
        self.end_headers()
        self.wfile.write(body[start:sent])

    def log_message(self, *_: object) -> None:
        pass


def status(code: int, body: bytes = b"", **headers: str) -> Fault:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def cut(sent: int) -> Fault:
    """Promise the whole file, break off after so many bytes."""
    return lambda request: request.give(request.server.body, sent=sent)


def stall(sent: int) -> Fault:
    """Fall silent after so many bytes."""
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.give(request.server.body, sent=sent)
        hang(request)

    return answer


def other(body: bytes) -> Fault:
    """Other bytes than those whose md5 is promised."""
    return lambda request: request.give(body)


def hang(request: BaseHTTPRequestHandler) -> None:
    """Never answer."""
    request.server.closing.wait()


def login_page(request: BaseHTTPRequestHandler) -> None:
    status(200, b"<!DOCTYPE html><html><title>Sign in</title></html>", Content_Type="text/html")(request)


@contextmanager
def serve(body: bytes) -> Iterator[KaggleServer]:
    server = KaggleServer(body)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
