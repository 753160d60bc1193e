"""Who is answered: the Host that a request names, where it comes from, its method, its size, and its token."""

from __future__ import annotations

import hmac
import ipaddress
import socket
from dataclasses import dataclass, field

from kstream_cli.endpoint.parameters import RequestError

HEALTH = ("/livez", "/readyz")
"""Probes of an orchestrator have no token. Without one they are told yes or no, not why."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address. A name is looked up. Raises OSError where it has none."""
    if host == "localhost":
        return True
    found = {each[4][0] for each in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    return all(ipaddress.ip_address(str(address).partition("%")[0]).is_loopback for address in found)


@dataclass(frozen=True, slots=True)
class Access:
    """What is let in.

    A page that a browser shows can make it send requests to this machine. It cannot choose their Host header, which
    names the page's own host (also after DNS rebinding), nor leave out Origin and Sec-Fetch-Site.
    """

    names: frozenset[str]
    """Host names that the instance is known by; addresses need not be named."""
    token: str | None = field(repr=False)

    def check(self, method: str, path: str, headers: list[tuple[bytes, bytes]]) -> bool:
        """Whether the request has the token, or none is needed. Raises RequestError unless it is one to answer."""
        by_name: dict[str, list[str]] = {}
        for name, value in headers:
            by_name.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        self._check_host(by_name.get("host", []))
        if by_name.get("sec-fetch-site", ["none"])[0] not in ("none", "same-origin"):
            raise RequestError(403, "requests of other sites' pages are not answered")
        for origin in by_name.get("origin", []):
            if origin.partition("://")[2] != by_name["host"][0]:
                raise RequestError(403, "requests of other sites' pages are not answered")
        if method not in ("GET", "HEAD"):
            raise RequestError(405, "only GET and HEAD are answered: the endpoint changes nothing")
        if by_name.get("content-length", ["0"]) != ["0"] or "transfer-encoding" in by_name:
            raise RequestError(413, "a request has no body here")
        is_trusted = self._is_trusted(by_name.get("authorization", []))
        if path not in HEALTH and not is_trusted:
            raise RequestError(401, "the endpoint asks for its token: Authorization: Bearer TOKEN")
        return is_trusted

    def _is_trusted(self, given: list[str]) -> bool:
        if self.token is None:
            return True
        if len(given) != 1:
            return False
        scheme, _, token = given[0].partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self.token.encode())

    def _check_host(self, given: list[str]) -> None:
        if len(given) != 1:
            raise RequestError(400, "a request names its host, once")
        host = host_of(given[0])
        if host is None:
            raise RequestError(400, "the Host header is not HOST[:PORT]")
        try:
            ipaddress.ip_address(host)
        except ValueError:
            if host not in self.names:
                raise RequestError(
                    421, "the Host header names another host than this one: use its address, or localhost"
                ) from None


def host_of(text: str) -> str | None:
    """The host of `HOST[:PORT]`, in lower case and without the brackets of IPv6; None where it is not that."""
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            return None
        port = port[1:]
    else:
        host, _, port = text.partition(":")
    if not host or (port and not (port.isascii() and port.isdigit())):
        return None
    return host.lower().rstrip(".")
