"""The paths of the endpoint, and the ASGI application that answers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from kstream_cli.described.saved import SavedTopology
from kstream_cli.endpoint.access import Access
from kstream_cli.endpoint.pages import JSON, Answer, Pages
from kstream_cli.endpoint.parameters import Parameter, RequestError, parameters_of, utf8
from kstream_cli.endpoint.shapes import Health, Problem, StoreInfo, StoreRows, WhyAnswer
from kstream_cli.endpoint.store_reads import OF_KEY, OF_RANGE
from kstream_cli.logs import logger
from kstream_cli.operations.instance_facts import InstanceFacts

log = logger(__name__)

Answering = Callable[[Request, dict[str, Any]], Answer]

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Path:
    """A path, as Starlette writes it, and what it answers."""

    path: str
    summary: str
    shape: Any
    """The type of the answer; str for text."""
    answer: Callable[[Pages], Answering]
    parameters: tuple[Parameter, ...] = ()
    may_fail: bool = False
    """Whether it answers 503 in the same shape."""


PATHS = (
    Path("/metrics", "All metrics, for Prometheus.", str, lambda pages: pages.metrics),
    Path(
        "/livez",
        "200, or 503 where the instance should be started again.",
        Health,
        lambda pages: pages.livez,
        may_fail=True,
    ),
    Path(
        "/readyz", "200 once the instance does its work, else 503.", Health, lambda pages: pages.readyz, may_fail=True
    ),
    Path(
        "/topology", "The topology, as kstream describe --json writes it.", SavedTopology, lambda pages: pages.topology
    ),
    Path("/status", "The state of this instance, its threads and tasks.", InstanceFacts, lambda pages: pages.status),
    Path("/why", "Why nothing comes out of this instance, and the remedy.", WhyAnswer, lambda pages: pages.why),
    Path("/stores", "The stores, and which partitions of them are here.", list[StoreInfo], lambda pages: pages.stores),
    Path("/stores/{store}", "Rows of the partitions that are here.", StoreRows, lambda pages: pages.rows, OF_RANGE),
    Path(
        "/stores/{store}/{key:path}",
        "A key: its value, its windows or its sessions, from whichever instance has it.",
        StoreRows,
        lambda pages: pages.row,
        OF_KEY,
    ),
)


def asgi_application(pages: Pages, access: Access, description: bytes) -> ASGIApp:
    """The endpoint as an ASGI application; `description` is what /openapi.json answers."""
    routes = [_route(path, path.answer(pages)) for path in PATHS]
    router = Router(
        [*routes, _route(OPENAPI, lambda request, asked: Answer(description))],
        redirect_slashes=False,
        default=_not_found,
    )
    return Guard(router, access)


class Guard:
    """Answers what may not pass, and what went wrong behind it."""

    def __init__(self, inner: ASGIApp, access: Access) -> None:
        self._inner = inner
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        try:
            path = utf8(scope["raw_path"])
            if "\x00" in path:
                raise RequestError(400, "the address has a null character")
            scope["path"] = path
            scope["kstream.trusted"] = self._access.check(method, path, scope["headers"])
            await self._inner(scope, receive, send)
        except RequestError as error:
            await _problem(error, method)(scope, receive, send)
        except HTTPException as error:
            await _problem(RequestError(error.status_code, error.detail), method)(scope, receive, send)
        except Exception:
            log.exception("the endpoint could not answer %s", scope["path"])
            await _problem(RequestError(500, "a fault in kstream; the log has the reason"), method)(
                scope, receive, send
            )


def _route(path: Path, answer: Answering) -> Route:
    async def handle(request: Request) -> Response:
        asked = parameters_of(request.scope["query_string"], path.parameters)
        body, status, kind = await run_in_threadpool(answer, request, asked)
        return Response(body, status, HEADERS, media_type=kind)

    return Route(path.path, handle, methods=["GET"])


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    known = ", ".join(path.path.replace(":path", "") for path in (*PATHS, OPENAPI))
    raise RequestError(404, f"no such path; there are: {known}")


def _problem(error: RequestError, method: str) -> Response:
    # A body that nobody reads would stand where the next request begins.
    headers = {**HEADERS, "Connection": "close"}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = "GET, HEAD"
    body = msgspec.json.encode(Problem(status=error.status, error=str(error)))
    return Response(body, error.status, headers, media_type=JSON)


OPENAPI = Path("/openapi.json", "This description.", dict[str, Any], lambda pages: pages.topology)
