"""The address of a client, as limits for each address count it."""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import Scope


def client_address(scope: Scope, proxies: Collection[str]) -> str:
    """Return the address that a request comes from, empty for a socket without addresses.

    If the connection is one of a trusted proxy, it is the last address in ``X-Forwarded-For`` that
    is none of ``proxies``: a client can write whatever it likes before what its proxy adds.
    """
    peer: str = (scope.get("client") or ("",))[0]
    if peer not in proxies:
        return peer
    said = Headers(scope=scope).getlist("x-forwarded-for")
    stated = [each.strip() for line in said for each in line.split(",")]
    return next((each for each in reversed(stated) if each and each not in proxies), peer)
