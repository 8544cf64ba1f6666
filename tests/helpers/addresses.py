"""Addresses of this machine that nobody listens to."""

import socket


def free_addresses():
    """Return two free addresses on loopback, separated by a comma."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return ",".join(addresses)
