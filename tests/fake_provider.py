"""A provider with a ledger of what it really sent, over HTTP, and the adapters that call it.

`/keyed` drops a second message with the same key; `/plain` sends whatever it is given. How it misbehaves is written in
the recipient's address: `busy-1@example.pk` is answered 429, and so on (see `Misbehaviour`). Run as a process with
`python -m tests.fake_provider`; it prints its address, which the adapters read from FAKE_PROVIDER_URL.
"""

import argparse
import http.client
import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from messaging.adapters import Parcel, PermanentFailure, Receipt, TemporaryFailure, Uncertain


class Misbehaviour(StrEnum):
    BUSY = "busy"  # 429 with Retry-After, not sent
    REFUSED = "refused"  # 400, not sent
    BROKEN = "broken"  # sent, then 500
    CUT = "cut"  # sent, then the connection is closed without an answer
    SLOW = "slow"  # sent, then silence for a second
    GARBAGE = "garbage"  # sent, then 200 with nonsense


class Provider(ThreadingHTTPServer):
    """`ledger` has one entry for each message that went out to a person."""

    daemon_threads = True

    def __init__(self, port: int = 0, delay: float = 0.0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.delay = delay
        self.ledger: list[str] = []
        self._by_key: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def send_out(self, path: str, key: str) -> str:
        with self._lock:
            if path == "/keyed" and key in self._by_key:
                return self._by_key[key]
            self.ledger.append(key)
            self._by_key[key] = f"ref-{len(self.ledger)}"
            return self._by_key[key]


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        self._answer(200, json.dumps(self.server.ledger))

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(self.server.delay / 2)  # a kill here: not sent
        fault = message["to"].partition("-")[0]
        if fault == Misbehaviour.BUSY:
            self._answer(429, "{}", {"Retry-After": "7200"})
        elif fault == Misbehaviour.REFUSED:
            self._answer(400, "{}")
        else:
            reference = self.server.send_out(self.path, message["key"])
            time.sleep(self.server.delay / 2)  # a kill here: sent, and never recorded
            self._answer_after_sending(fault, reference)

    def _answer_after_sending(self, fault: str, reference: str) -> None:
        if fault == Misbehaviour.CUT:
            self.close_connection = True
        elif fault == Misbehaviour.BROKEN:
            self._answer(500, "{}")
        elif fault == Misbehaviour.GARBAGE:
            self._answer(200, "<html>")
        else:
            time.sleep(1.0 if fault == Misbehaviour.SLOW else 0.0)
            self._answer(200, json.dumps({"reference": reference}))

    def _answer(self, code: int, body: str, headers: dict[str, str] | None = None) -> None:
        try:
            self.send_response(code)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())
        except ConnectionError:
            self.close_connection = True  # the relay was killed while it waited

    def log_message(self, *args: Any) -> None:
        """Quiet: tests read the ledger."""


def duplicates(ledger: list[str]) -> list[str]:
    """The messages that went out more than once."""
    return sorted(key for key, times in Counter(ledger).items() if times > 1)


@contextmanager
def running_provider(delay: float = 0.0) -> Iterator[Provider]:
    """A provider in this process."""
    provider = Provider(delay=delay)
    thread = threading.Thread(target=provider.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
        thread.join()


class _HttpAdapter:
    name = "fake"
    has_idempotency_key = False
    path = "/plain"

    def deliver(self, parcel: Parcel) -> Receipt:
        body = json.dumps({"key": parcel.dedup_key, "to": parcel.recipient, "text": parcel.body}).encode()
        timeout = float(os.environ.get("FAKE_PROVIDER_TIMEOUT", "10"))
        request = urllib.request.Request(os.environ["FAKE_PROVIDER_URL"] + self.path, data=body)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return Receipt(json.loads(answer.read())["reference"])
        except urllib.error.HTTPError as refusal:
            raise self._by_code(refusal) from refusal
        except urllib.error.URLError as away:
            if isinstance(away.reason, ConnectionRefusedError):
                raise TemporaryFailure("connection refused") from away
            raise Uncertain(str(away)) from away
        except (OSError, http.client.HTTPException, ValueError) as doubt:
            raise Uncertain(type(doubt).__name__) from doubt

    def _by_code(self, refusal: urllib.error.HTTPError) -> Exception:
        if refusal.code == 429:
            return TemporaryFailure("429", timedelta(seconds=int(refusal.headers["Retry-After"])))
        return Uncertain(str(refusal.code)) if refusal.code >= 500 else PermanentFailure(str(refusal.code))


class WithoutKey(_HttpAdapter):
    """Honest: the provider sends every copy."""


class WithKey(_HttpAdapter):
    """Honest: the provider drops copies by their key."""

    has_idempotency_key = True
    path = "/keyed"


class Lying(_HttpAdapter):
    """Broken on purpose: claims a key that the provider ignores, so that an uncertain message is sent again."""

    has_idempotency_key = True


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.0)
    provider = Provider(delay=parser.parse_args().delay)
    print(provider.url, flush=True)
    provider.serve_forever()


if __name__ == "__main__":
    main()
