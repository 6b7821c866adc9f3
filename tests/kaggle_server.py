"""Kaggle and GitHub on 127.0.0.1, for unmodified clients: an API, a storage, a table, and the ways they fail.

With KAGGLE_API_ENVIRONMENT=LOCALHOST the client talks to http://localhost/api, and through http_proxy to this server on
any port. With https_proxy and REQUESTS_CA_BUNDLE it is GitHub as well. `api`, `storage` and `github` hold what happens
to the next requests, one fault each; then all is answered as it should.
"""

import base64
import hashlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

Fault = Callable[[BaseHTTPRequestHandler], None]
DOWNLOAD = "/api/v1/datasets.DatasetApiService/DownloadDataset"
WANTED = {"ownerSlug": "praveengovi", "datasetSlug": "coronahack-chest-xraydataset", "datasetVersionNumber": 3}
STORED = "/signed/archive.zip"
TABLE = "/ieee8023/covid-chestxray-dataset/6a4242344473ccb5ed0d2148d8c7bfb1691e4ed8/metadata.csv"


class KaggleServer(ThreadingHTTPServer):
    """body: what storage holds; md5: whether it says so; ranges: whether it obeys Range; log: what was asked for.

    table: what GitHub holds; certificate: its key and certificate in one file, without which it is not reached.
    """

    daemon_threads = True

    def __init__(self, body: bytes, table: bytes = b"", certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.md5, self.ranges = body, True, True
        self.table, self.tls = table, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if certificate:
            self.tls.load_cert_chain(certificate)
        self.api: list[Fault] = []
        self.storage: list[Fault] = []
        self.github: list[Fault] = []
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

    def do_CONNECT(self) -> None:
        """A proxy's tunnel to GitHub, which is this server too."""
        self.send_response(200)
        self.end_headers()
        with self.server.tls.wrap_socket(self.connection, server_side=True) as self.request:
            self.setup()  # reads and writes go through the tunnel from here
            self.handle_one_request()
            self.finish()

    def do_GET(self) -> None:
        asked = self.headers.get("Range", "")
        place, held = ("github", self.server.table) if self.path == TABLE else ("storage", self.server.body)
        self.server.log.append(f"{place} {asked}".rstrip())
        faults = getattr(self.server, place)
        if faults:
            faults.pop(0)(self)
        elif place == "github":
            status(200, held)(self)
        else:
            self.give(held, asked)

    def give(self, body: bytes, asked: str = "", sent: int | None = None) -> None:
        """The file as Google's storage gives it; only the first bytes where the connection is to break."""
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.ranges else 0
        self.promise(206 if start else 200, Content_Length=str(len(body) - start))
        self.wfile.write(body[start:sent])

    def promise(self, code: int, **headers: str) -> None:
        """What storage says before the file."""
        self.send_response(code)
        self.send_header("Content-Type", "application/zip")
        self.send_header("Accept-Ranges", "bytes")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if self.server.md5:
            digest = base64.b64encode(hashlib.md5(self.server.body).digest()).decode()
            self.send_header("x-goog-hash", f"crc32c=AAAAAA==,md5={digest}")
        self.end_headers()

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
    return lambda request: request.give(request.server.body, request.headers.get("Range", ""), sent)


def cut_chunked(sent: int) -> Fault:
    """Promise one chunk of the whole file, break off in it."""
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.promise(200, Transfer_Encoding="chunked")
        request.wfile.write(f"{len(request.server.body):x}\r\n".encode() + request.server.body[:sent])

    return answer


def cut_unannounced(sent: int) -> Fault:
    """Promise no length, so that the end of the connection looks like the end of the file."""
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.promise(200)
        request.wfile.write(request.server.body[:sent])

    return answer


def stall(sent: int, until: threading.Event | None = None) -> Fault:
    """Fall silent after so many bytes; for ever, or until something has happened."""
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.give(request.server.body, request.headers.get("Range", ""), sent)
        (until or request.server.closing).wait()
        request.wfile.write(request.server.body[sent:])

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
def serve(body: bytes, table: bytes = b"", certificate: Path | None = None) -> Iterator[KaggleServer]:
    server = KaggleServer(body, table, certificate)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
