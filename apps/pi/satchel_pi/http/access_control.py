"""Checks who may send requests, and limits what a browser may do with the responses.

The checks wrap the whole application, so that no route can forget them: the Host header (against
DNS rebinding), what a browser says of the page that asks, a token, and headers that isolate a page
from other sites.
"""

import hashlib
import hmac
import ipaddress
import secrets
import socket
from collections.abc import Collection, Iterable
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from satchel_pi.http.problems import problem_response
from satchel_pi.http.refusal import OTHER_SITE, TOKEN_REQUIRED, WRONG_HOST, Problem

COOKIE = "satchel"
OPEN_PATHS = ("/healthz", "/login")
"""Paths that need no token: a supervisor asks for the first, the second asks for the token."""
OPEN_FOLDER = "/static/"
LINKED_PATHS = ("/", "/docs", "/login")
"""Pages that a link of another site may open."""
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
"""The fewest characters of a token. A shorter one can be guessed over a network."""


class Token:
    """The secret that clients show, as a bearer token or, from a browser, as a cookie."""

    def __init__(self, secret: str) -> None:
        self._digest = _digest(secret)
        # The cookie is not the token: whoever reads it can use only this run of the service.
        self.cookie = hmac.new(secrets.token_bytes(32), secret.encode(), "sha256").hexdigest()

    def is_secret(self, said: str) -> bool:
        """Return whether ``said`` is the token. The time that this takes tells nothing about it."""
        return hmac.compare_digest(_digest(said), self._digest)

    def is_shown(self, headers: Headers) -> bool:
        """Return whether a request shows the token, or the cookie that stands for it."""
        scheme, _, said = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.is_secret(said.strip())
        cookie = _cookie(headers.get("cookie", ""))
        return hmac.compare_digest(_digest(cookie), _digest(self.cookie))


class AccessControl:
    """An ASGI application behind the checks of this module."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], token: Token | None) -> None:
        """Wrap ``app``. ``hosts`` are the names that a Host header may have; empty allows any."""
        self._app = app
        self._hosts = frozenset(hosts)
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the application, or refuse it."""
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
            if problem.kind is TOKEN_REQUIRED and _is_a_person(scope):
                response: Response = RedirectResponse("/login", 303)
            else:
                response = problem_response(problem)
            await response(scope, receive, send_protected)
            return
        await self._app(scope, receive, send_protected)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        _check_one_host(headers)
        host = host_name(headers.get("host", ""))
        if self._hosts and host not in self._hosts:
            raise Problem(
                WRONG_HOST,
                f"Expected a Host header of {', '.join(sorted(self._hosts))}, got {host[:80]!r}:"
                " allow a name with --allow-host.",
            )
        path: str = scope["path"]
        _check_same_site(headers, path)
        if self._token is None or path in OPEN_PATHS or path.startswith(OPEN_FOLDER):
            return
        if self._token.is_shown(headers):
            return
        raise Problem(
            TOKEN_REQUIRED,
            "Expected the token as 'Authorization: Bearer TOKEN', got"
            f" {'another' if 'authorization' in headers else 'none'}.",
            headers={"WWW-Authenticate": "Bearer"},
        )


def _is_a_person(scope: Scope) -> bool:
    """Return whether a person with a browser opens the page, who can be asked for the token."""
    return scope["path"] == "/" and scope["method"] in ("GET", "HEAD")


def _check_one_host(headers: Headers) -> None:
    """Raise Problem for a second Host header, of which a proxy may believe another one."""
    found = len(headers.getlist("host"))
    if found > 1:
        raise Problem(WRONG_HOST, f"Expected one Host header, got {found}.")


def _check_same_site(headers: Headers, path: str) -> None:
    """Raise Problem for a request that another site's page makes in a browser.

    A page of another site can send requests to this machine, although it cannot read the responses.
    Following a link to the page is allowed. Programs send neither of the two headers.

    Source: the W3C's Fetch Metadata Request Headers, and the WHATWG's Fetch Standard for Origin.
    """
    site = headers.get("sec-fetch-site", "").lower()
    origin = headers.get("origin", "")
    if site:
        # It says more than Origin, which is "null" for a form of a page without a referrer.
        follows_link = headers.get("sec-fetch-mode", "").lower() == "navigate"
        allowed = site in ("none", "same-origin") or (follows_link and path in LINKED_PATHS)
        found = f"one that is {site[:20]}"
    else:
        own = origin.partition("://")[2].lower() == headers.get("host", "").lower()
        allowed = not origin or own
        found = f"one of {origin[:80]!r}"
    if not allowed:
        raise Problem(OTHER_SITE, f"Expected a request of this service's own page, got {found}.")


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
    """Return the host names that requests may use; an empty set allows any.

    A public address allows any, because it needs a token, which a foreign web page does not have.
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
    # Compare digests: they have equal length, and compare_digest accepts no text beyond ASCII.
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
