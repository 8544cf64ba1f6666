"""A worker process of the service: reads inputs and runs the models. ``worker_process`` starts it.

It has the descriptor of a socket as its only argument. A decoder or an engine that crashes, takes
too much memory or never ends costs this process and one response, and the service starts another.
"""

import signal
import socket
import sys
from typing import Any, cast

from satchel import limits
from satchel.bundle import check_entries, unpack
from satchel.device import limit_this_process
from satchel.engines import keep_off
from satchel.errors import EngineError, InputError, SatchelError
from satchel_pi.http.inspection import golden_output, golden_samples, prepare
from satchel_pi.http.loaded_model import LoadedModel, LoadOptions, ModelInput, load_bundle
from satchel_pi.http.messages import Message, packed, receive


def main() -> None:
    """Answer messages until the service closes the socket."""
    # The service ends its workers itself, after the requests that it has accepted.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    keep_off()
    models: dict[str, LoadedModel] = {}
    with socket.socket(fileno=int(sys.argv[1])) as service, service.makefile("rb") as stream:
        while (message := receive(stream)) is not None:
            for piece in packed(_answer(message, models)):
                service.sendall(piece)


def _answer(message: Message, models: dict[str, LoadedModel]) -> Message:
    actions = {
        "load": _load,
        "limit": _limit,
        "run": _run,
        "prepare": _prepare,
        "golden_samples": _golden_samples,
        "golden_output": _golden_output,
    }
    try:
        return actions[message.head["do"]](message, models)
    except InputError as error:
        return Message({"input_error": str(error)})
    except SatchelError as error:
        return Message({"engine_error": str(error)})


def _load(message: Message, models: dict[str, LoadedModel]) -> Message:
    """Open the bundle in the message and test it; the answer describes the model that runs."""
    bundle = check_entries(unpack(message.content))
    # What was tuned for this bundle is found by the digest of the card as its author wrote it.
    bundle = bundle._replace(card_digest=message.head["card_digest"])
    options = LoadOptions(isolated=message.head["isolated"], threads=message.head["threads"])
    loaded = load_bundle(bundle, options, tested=message.head["tested"])
    models[loaded.name] = loaded
    return Message({"file": loaded.file, "engine": loaded.engine, "vectors": loaded.vectors})


def _limit(message: Message, _: dict[str, LoadedModel]) -> Message:
    limits.MAX_PIXELS = message.head["max_pixels"]
    try:
        limit_this_process(message.head["memory_bytes"])
    except OSError as error:
        # A filter of system calls may forbid it. The deadline holds all the same.
        return Message({"unlimited": str(error)})
    return Message({})


def _run(message: Message, models: dict[str, LoadedModel]) -> Message:
    head: dict[str, Any] = message.head
    loaded = models[head["model"]]
    try:
        output = loaded.predict(_input(message), top=head["top"])
    except MemoryError as error:
        raise EngineError("Expected an input that fits in a worker's memory, got more.") from error
    said = {"predictions": output.predictions, "seconds": output.seconds}
    return Message(said, output.image)


def _prepare(message: Message, models: dict[str, LoadedModel]) -> Message:
    prepared = prepare(models[message.head["model"]], _input(message))
    return Message({"tokens": prepared.tokens}, prepared.image)


def _golden_samples(message: Message, models: dict[str, LoadedModel]) -> Message:
    return Message({"samples": golden_samples(models[message.head["model"]])})


def _golden_output(message: Message, models: dict[str, LoadedModel]) -> Message:
    return Message({}, golden_output(models[message.head["model"]], message.head["number"]))


def _input(message: Message) -> ModelInput:
    """Return the input of a job: a text or a seed is in the head, an image is the content."""
    return cast("ModelInput", message.head.get("value", message.content))


if __name__ == "__main__":
    main()
