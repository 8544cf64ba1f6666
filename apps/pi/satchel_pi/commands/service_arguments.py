"""The arguments of every command that listens: address, token, and limits on requests."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from satchel.cli import positive, positive_seconds
from satchel.errors import InputError, SatchelError

if TYPE_CHECKING:
    from satchel_pi.http.access_control import Token
    from satchel_pi.http.service import Settings
    from satchel_pi.http.worker_process import WorkerOptions

HOST = "127.0.0.1"
PORT = 8080
QUEUE = 32
TIMEOUT_S = 10.0
MOST_BODY_MIB = 16
"""The largest request body. This default and TIMEOUT_S repeat those of
satchel_pi.http.service.Settings, because --help must not import that module."""
JOB_S = 10.0
JOB_MIB = 320
MOST_MEGAPIXELS = 30
"""The largest image. Decoding one takes up to 240 MB."""
KEPT_ANSWERS = 10
MOST_KEPT_ANSWERS = 1000
MEBIBYTE = 1 << 20
MEGAPIXEL = 1_000_000
MOST_TOKEN_BYTES = 4096


def add_service_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --host, --port, --token-file and the limits."""
    parser.add_argument(
        "--host",
        default=HOST,
        help=f"address to listen on; one that other machines reach needs a token ({HOST})",
    )
    parser.add_argument(
        "--port", type=_port, default=PORT, help=f"port to listen on; 0: any free port ({PORT})"
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="a file of one line: the token that clients send as 'Authorization: Bearer ...'",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="also accept NAME as host on a loopback address, as behind a proxy; may be repeated",
    )
    parser.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        help="processes that run models (one for each core)",
    )
    parser.add_argument(
        "--queue",
        type=positive,
        default=QUEUE,
        metavar="N",
        help=f"requests that may wait for a worker; others get status 429 ({QUEUE})",
    )
    parser.add_argument(
        "--timeout",
        type=positive_seconds,
        default=TIMEOUT_S,
        metavar="S",
        help=f"seconds that a client has to send its request ({TIMEOUT_S:g})",
    )
    parser.add_argument(
        "--max-body",
        type=positive,
        default=MOST_BODY_MIB,
        metavar="MIB",
        help=f"the largest body of a request ({MOST_BODY_MIB})",
    )
    parser.add_argument(
        "--job-timeout",
        type=positive_seconds,
        default=JOB_S,
        metavar="S",
        help=f"seconds for one input; a worker that takes longer is replaced ({JOB_S:g})",
    )
    parser.add_argument(
        "--job-memory",
        type=positive,
        default=JOB_MIB,
        metavar="MIB",
        help=f"memory that a worker may take for one input, on Linux ({JOB_MIB})",
    )
    parser.add_argument(
        "--max-megapixels",
        type=positive,
        default=MOST_MEGAPIXELS,
        metavar="N",
        help=f"the largest image that is accepted ({MOST_MEGAPIXELS})",
    )
    parser.add_argument(
        "--log",
        choices=("text", "json"),
        default="text",
        help="lines on standard error: for people, or a JSON object in each (text)",
    )
    parser.add_argument(
        "--log-requests",
        action="store_true",
        help="also log each request with its id and status, not only faults of the service",
    )
    parser.add_argument(
        "--keep-answers",
        type=_count,
        default=KEPT_ANSWERS,
        metavar="N",
        help="the last answers that the page shows, kept in memory without their inputs; 0: none"
        f" ({KEPT_ANSWERS})",
    )
    parser.add_argument(
        "--connections-per-address",
        type=positive,
        metavar="N",
        help="the most connections of one address (half of all)",
    )
    parser.add_argument(
        "--trusted-proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="believe X-Forwarded-For of this address when limits count clients; may be repeated",
    )


def worker_options(
    args: argparse.Namespace, *, isolated: bool = False, threads: int | None = None
) -> "WorkerOptions":
    """Return the options of the service's workers that a command line asks for."""
    from satchel_pi.http.worker_process import WorkerOptions

    return WorkerOptions(
        deadline_s=args.job_timeout,
        memory_bytes=args.job_memory * MEBIBYTE,
        max_pixels=args.max_megapixels * MEGAPIXEL,
        isolated=isolated,
        threads=threads,
    )


def settings_of(args: argparse.Namespace) -> "Settings":
    """Return the settings that a command line asks for.

    Raises SatchelError for a public address without a token, InputError for a wrong token file.
    """
    from satchel_pi.http.access_control import allowed_hosts, is_loopback
    from satchel_pi.http.service import Settings

    token = None if args.token_file is None else read_token(args.token_file)
    if token is None and not is_loopback(args.host):
        raise SatchelError(
            f"Expected --token-file FILE to listen on {args.host}, which other machines can reach,"
            " got no token."
        )
    most_body_bytes = args.max_body * MEBIBYTE
    return Settings(
        most_body_bytes=most_body_bytes,
        most_memory_bytes=max(Settings().most_memory_bytes, 3 * most_body_bytes),
        most_pixels=args.max_megapixels * MEGAPIXEL,
        timeout_s=args.timeout,
        hosts=frozenset(allowed_hosts(args.host, args.allow_host)),
        token=token,
        proxies=frozenset(args.trusted_proxy),
        most_connections_of_one=args.connections_per_address,
        log_requests=args.log_requests,
        kept_answers=args.keep_answers,
    )


def read_token(path: Path) -> "Token":
    """Return the token in the file at ``path``; raises InputError."""
    from satchel_pi.http.access_control import LEAST_TOKEN_LENGTH, Token

    try:
        with path.open("rb") as file:
            content = file.read(MOST_TOKEN_BYTES + 1)
        secret = content.decode("ascii").strip()
    except OSError as error:
        raise InputError(f"Expected a token file, got {str(path)!r}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"Expected a token of ASCII in {str(path)!r}, got other bytes.") from error
    if not LEAST_TOKEN_LENGTH <= len(secret) <= MOST_TOKEN_BYTES or len(secret.split()) != 1:
        raise InputError(
            f"Expected one line of {LEAST_TOKEN_LENGTH} characters or more without spaces in"
            f" {str(path)!r}, got {len(secret)}: openssl rand -hex 32 writes one."
        )
    return Token(secret)


def _port(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, got {text!r}")
    return value


def _count(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1
    if not 0 <= value <= MOST_KEPT_ANSWERS:
        raise argparse.ArgumentTypeError(
            f"expected a number from 0 to {MOST_KEPT_ANSWERS:,}, got {text!r}"
        )
    return value
