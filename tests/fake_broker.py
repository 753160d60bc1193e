"""A broker for tests: a listening socket that answers requests as a test says, in the real bytes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

from kstream_cli.protocol.codec import INT16, INT32, LEGACY_STRING, Reader
from kstream_cli.protocol.messages import API_VERSIONS, APIS, FIND_COORDINATOR, Api

Answer = Callable[[dict[str, Any]], Any]


class FakeBroker:
    """Answers with dicts, which are written in the request's own form, or with bytes, which are sent as they are."""

    def __init__(self) -> None:
        self.answers: dict[int, Answer] = {}
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.versions = {api.key: (min(api.forms), max(api.forms)) for api in APIS}
        self._apis = {api.key: api for api in APIS}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.on(API_VERSIONS, lambda request: {"error_code": 0, "api_keys": self._keys(), "throttle_time_ms": 0})
        self.on(FIND_COORDINATOR, self._coordinator)
        threading.Thread(target=self._listen, daemon=True).start()

    def on(self, api: Api, answer: Answer) -> None:
        self.answers[api.key] = answer

    def close(self) -> None:
        self._listener.close()

    def named(self, api: Api) -> list[dict[str, Any]]:
        """The requests of one kind that came in."""
        return [fields for name, fields in self.requests if name == api.name]

    def _keys(self) -> list[dict[str, int]]:
        return [
            {"api_key": key, "min_version": least, "max_version": most} for key, (least, most) in self.versions.items()
        ]

    def _coordinator(self, request: dict[str, Any]) -> dict[str, Any]:
        found = {"node_id": 1, "host": "127.0.0.1", "port": self.port, "error_code": 0, "error_message": None}
        return {
            "throttle_time_ms": 0,
            "coordinators": [{"key": key, **found} for key in request["coordinator_keys"]],
        }

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as stream:
            while len(head := stream.read(4)) == 4:
                reader = Reader(stream.read(int.from_bytes(head, "big")))
                key, version, number = INT16.read(reader), INT16.read(reader), INT32.read(reader)
                LEGACY_STRING.read(reader)
                api = self._apis[key]
                if api.is_flexible:
                    reader.skip_tags()
                fields = api.forms[version].request.read(reader)
                reader.end()
                self.requests.append((api.name, fields))
                answer = self.answers[key](fields)
                if answer is None:
                    return
                if isinstance(answer, bytes):
                    client.sendall(answer)
                    continue
                body = bytearray()
                INT32.write(body, number)
                if api.is_flexible and api is not API_VERSIONS:
                    body.append(0)
                form = api.forms[version].response
                form.write(body, {name: value for name, value in answer.items() if name in form.fields})
                client.sendall(len(body).to_bytes(4, "big") + body)
