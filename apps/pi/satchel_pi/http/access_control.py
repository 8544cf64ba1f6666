"""Who may ask, and what a browser may do with the answer.

Around the whole application, so that no route can forget it: the Host header (against DNS
rebinding), a token, and headers that keep a page to itself.
"""

import hashlib
import hmac
import ipaddress
import secrets
import socket
from collections.abc import Collection, Iterable
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from satchel_pi.http.problems import Problem, problem_response

COOKIE = "satchel"
OPEN_PATHS = ("/healthz", "/login")
"""Answered without a token: to a supervisor, and to who is about to say it"""
OPEN_FOLDER = "/static/"
HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'; object-src 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
}
LEAST_TOKEN_LENGTH = 16
"""Characters: what is shorter can be guessed over a network"""


class Token:
    """The secret that clients show, as a bearer token or, from a browser, as a cookie."""

    def __init__(self, secret: str) -> None:
        self._digest = _digest(secret)
        # The cookie is not the token: who reads it has this run of the service alone.
        self.cookie = hmac.new(secrets.token_bytes(32), secret.encode(), "sha256").hexdigest()

    def is_secret(self, said: str) -> bool:
        """Return whether ``said`` is the token, in a time that does not depend on it."""
        return hmac.compare_digest(_digest(said), self._digest)

    def is_shown(self, headers: Headers) -> bool:
        """Return whether a request shows the token, or the cookie that stands for it."""
        scheme, _, said = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.is_secret(said.strip())
        cookie = _cookie(headers.get("cookie", ""))
        return hmac.compare_digest(_digest(cookie), _digest(self.cookie))


class AccessControl:
    """An application behind the checks of this module."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], token: Token | None) -> None:
        """``hosts`` are the names that a Host header may have; empty: any."""
        self._app = app
        self._hosts = frozenset(hosts)
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._check(scope)
        except Problem as problem:
            await problem_response(problem)(scope, receive, send_protected)
            return
        await self._app(scope, receive, send_protected)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = host_name(headers.get("host", ""))
        if self._hosts and host not in self._hosts:
            raise Problem(
                400,
                f"Expected a Host header of {', '.join(sorted(self._hosts))}, got {host[:80]!r}:"
                " allow a name with --allow-host.",
            )
        path: str = scope["path"]
        if self._token is None or path in OPEN_PATHS or path.startswith(OPEN_FOLDER):
            return
        if self._token.is_shown(headers):
            return
        if path == "/" and scope["method"] in ("GET", "HEAD"):
            # A person, who will be asked for it.
            raise Problem(303, "Expected a token: see /login.", headers={"Location": "/login"})
        raise Problem(
            401,
            "Expected the token as 'Authorization: Bearer TOKEN', got"
            f" {'another' if 'authorization' in headers else 'none'}.",
            headers={"WWW-Authenticate": "Bearer"},
        )


def host_name(host: str) -> str:
    """Return the name in a Host header, without the port.

    >>> host_name("localhost:8080"), host_name("[::1]:8080"), host_name("PI.local")
    ('localhost', '::1', 'pi.local')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach what listens on ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(ipaddress.ip_address(each[4][0]).is_loopback for each in found)


def allowed_hosts(host: str, allowed: Iterable[str]) -> set[str]:
    """Return the names by which the service may be called; empty: by any.

    On a public address a token is asked for, which another page in a browser does not have.
    """
    if not is_loopback(host):
        return set()
    return {"localhost", "127.0.0.1", "::1", host.lower(), *map(str.lower, allowed)}


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _digest(text: str) -> bytes:
    # Of equal length, and bytes: compare_digest takes no text beyond ASCII.
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
