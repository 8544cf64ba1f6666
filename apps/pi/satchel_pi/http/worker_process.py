"""A worker process as the service sees it: it is asked, killed at a deadline, and replaced."""

import asyncio
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple, cast

from satchel.bundle import CARD_NAME, Bundle, card_to_json, pack
from satchel.device import Ending, last_words, start_child
from satchel.errors import EngineError, InputError
from satchel_pi.http.inspection import Prepared
from satchel_pi.http.loaded_model import ModelInput, ModelOutput
from satchel_pi.http.messages import PREFIX, Message, lengths, packed, parsed, receive
from satchel_pi.http.refusal import INPUT_TOO_COSTLY, Problem

START_S = 120.0
"""The time in which a worker must answer while it starts and tests its models."""


class WorkerOptions(NamedTuple):
    """How a worker opens its bundles, and what one of its jobs may take."""

    deadline_s: float = 10.0
    """The time for one input, from when it is sent to the worker."""
    memory_bytes: int = 320 << 20
    """The memory beyond what the worker has when its models are open. Linux alone limits it."""
    max_pixels: int = 30_000_000
    isolated: bool = False
    """Whether the golden vectors first run in a child process of their own."""
    threads: int | None = None
    """The number of threads of each engine. None takes the tuned number, or 1."""


class Description(NamedTuple):
    """The description of a model that a worker has opened and tested."""

    file: str
    engine: str
    vectors: int


def _with_input(head: dict[str, Any], model_input: ModelInput) -> Message:
    if isinstance(model_input, bytes):
        return Message(head, model_input)
    return Message({**head, "value": model_input})


class Answers(asyncio.Protocol):
    """The service's end of a worker's socket: one message, then one answer."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._waiting: asyncio.Future[Message] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    async def ask(self, message: Message) -> Message:
        """Return the answer to ``message``.

        Raises ConnectionError if the connection ends, ValueError for what is no message.
        """
        if self._transport.is_closing():
            raise ConnectionResetError
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.writelines(packed(message))
        return await self._waiting

    def data_received(self, data: bytes) -> None:
        """Finish the wait when a whole answer is there."""
        self._received += data
        try:
            answer = self._whole()
        except ValueError as error:
            self._end(error)
            return
        if answer is not None and self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the wait."""
        self._end(exc or ConnectionResetError())

    def close(self) -> None:
        """End the connection. Its socket may be closed after this."""
        self._transport.abort()

    def _whole(self) -> Message | None:
        """Take the answer out of what was received, None if a part is missing."""
        if len(self._received) < PREFIX.size:
            return None
        head_bytes, content_bytes = lengths(bytes(self._received[: PREFIX.size]))
        begin = PREFIX.size + head_bytes
        if len(self._received) < begin + content_bytes:
            return None
        head, content = self._received[PREFIX.size : begin], self._received[begin:]
        self._received = bytearray()
        return parsed(bytes(head), bytes(content))

    def _end(self, error: Exception) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)


class WorkerProcess:
    """A child process with the models of the service. One task at a time may ask it."""

    def __init__(self, bundles: Mapping[str, Bundle], options: WorkerOptions) -> None:
        """Prepare a worker of these bundles, by the names of their models."""
        self.bundles = dict(bundles)
        self.unlimited = ""
        """Why the system does not limit the worker's memory, empty if it does."""
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self._answers: Answers | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed in close)

    @property
    def process_id(self) -> int | None:
        """The number of the process, None if there is none."""
        return None if self._process is None else self._process.pid

    def start(self, *, tested: bool) -> dict[str, Description | str]:
        """Start the process and open its bundles. Not for the event loop: this takes seconds.

        Return for each model its description, or the reason why it does not run here. With
        ``tested`` the golden vectors are run first, and a model that ends the process is left out.

        Raises EngineError if the process ends, OSError if the system starts none.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            self._log.seek(0)
            self._log.truncate()
            try:
                self._process = start_child(
                    ["-m", "satchel_pi.http.worker", str(theirs.fileno())],
                    descriptors=[theirs.fileno()],
                    log=self._log,
                )
            except BaseException:
                ours.close()
                raise
        self._socket = ours
        self._answers = None
        ours.settimeout(START_S)
        options = self._options
        found = {}
        for name, bundle in list(self.bundles.items()):
            try:
                found[name] = self._load(bundle, tested=tested)
            except EngineError as error:
                if not tested:
                    raise
                # A bundle that ends the process is left out, and does not stop the others.
                del self.bundles[name]
                return {name: str(error), **self.start(tested=tested)}
        limits = {"memory_bytes": options.memory_bytes, "max_pixels": options.max_pixels}
        self.unlimited = self._ask(Message({"do": "limit", **limits})).head.get("unlimited", "")
        ours.setblocking(False)
        return found

    async def run(self, model: str, model_input: ModelInput, *, top: int | None) -> ModelOutput:
        """Return the output of ``model`` for one input.

        Raises InputError and EngineError as the runtime does, and Problem 503 if the worker does
        not answer in time or ends. It is killed then, and must be started again.
        """
        head = {"do": "run", "model": model, "top": top}
        answer = await self._answer(_with_input(head, model_input))
        return ModelOutput(answer.head["predictions"], answer.content, answer.head["seconds"])

    async def prepare(self, model: str, model_input: ModelInput) -> Prepared:
        """Return an image or a text as ``model`` reads it; raises as ``run`` does."""
        head = {"do": "prepare", "model": model}
        answer = await self._answer(_with_input(head, model_input))
        return Prepared(answer.content, answer.head["tokens"])

    async def golden_samples(self, model: str) -> list[dict[str, Any]]:
        """Return what is told of each golden vector of ``model``; raises as ``run`` does."""
        answer = await self._answer(Message({"do": "golden_samples", "model": model}))
        return cast("list[dict[str, Any]]", answer.head["samples"])

    async def golden_output(self, model: str, number: int) -> bytes:
        """Return the image that a golden vector of ``model`` expects; raises as ``run`` does."""
        head = {"do": "golden_output", "model": model, "number": number}
        return (await self._answer(Message(head))).content

    async def _answer(self, message: Message) -> Message:
        """Return the answer to a message; raises what ``run`` raises."""
        try:
            async with asyncio.timeout(self._options.deadline_s):
                answer = await self._exchange(message)
        except TimeoutError as error:
            self.kill()
            raise Problem(
                INPUT_TOO_COSTLY,
                f"Expected an input that is answered within {self._options.deadline_s:g} s, got one"
                " that takes longer.",
            ) from error
        except (OSError, ValueError) as error:
            raise Problem(INPUT_TOO_COSTLY, self._ended()) from error
        said = answer.head
        if "input_error" in said:
            raise InputError(said["input_error"])
        if "engine_error" in said:
            raise EngineError(said["engine_error"])
        return answer

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._close_socket()
            self._process = None

    def close(self) -> None:
        """End the process for good."""
        self.kill()
        self._log.close()

    def _load(self, bundle: Bundle, *, tested: bool) -> Description | str:
        archive = pack({CARD_NAME: card_to_json(bundle.card), **bundle.files})
        head = {
            "do": "load",
            "card_digest": bundle.card_digest,
            "tested": tested,
            # A policy of this device may ask for it too.
            "isolated": tested and (self._options.isolated or bundle.proven is not None),
            "threads": self._options.threads,
        }
        said = self._ask(Message(head, archive)).head
        if "file" not in said:
            return str(next(iter(said.values())))
        return Description(said["file"], said["engine"], said["vectors"])

    def _ask(self, message: Message) -> Message:
        """Return the answer to ``message``, waiting for it; raises EngineError if there is none."""
        try:
            for piece in packed(message):
                self._socket.sendall(piece)
            # Without a buffer: later answers are read from the socket itself.
            with self._socket.makefile("rb", buffering=0) as stream:
                answer = receive(cast("BinaryIO", stream))
        except (OSError, ValueError) as error:
            raise EngineError(self._ended()) from error
        if answer is None:
            raise EngineError(self._ended())
        return answer

    async def _exchange(self, message: Message) -> Message:
        if self._answers is None:
            _, self._answers = await asyncio.get_running_loop().create_connection(
                Answers, sock=self._socket
            )
        return await self._answers.ask(message)

    def _close_socket(self) -> None:
        if self._answers is not None:
            self._answers.close()
        self._answers = None
        self._socket.close()

    def _ended(self) -> str:
        """End the process, and return how it ended, in words."""
        assert self._process is not None, "it was asked"
        self._close_socket()
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            # It says what is no message: it cannot go on.
            self._process.kill()
            code = self._process.wait()
        self._process = None
        ending = Ending(code, last_words(self._log))
        words = f": {ending.last_words}" if ending.last_words else ""
        return f"Expected an answer of the worker, it ended with {ending.cause}{words}."
