"""Handlers of the routes that run a model: read the request, run it on a worker, measure."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from satchel.errors import EngineError, InputError
from satchel.preprocessing import read_header
from satchel_pi.http.client_address import client_address
from satchel_pi.http.loaded_model import ModelInput, ModelOutput, ServedModel
from satchel_pi.http.model_inputs import read_inputs
from satchel_pi.http.openapi import MOST_TOP, TOP
from satchel_pi.http.problems import json_response
from satchel_pi.http.refusal import Problem
from satchel_pi.http.request_body import RequestBody, check_encoding
from satchel_pi.http.service import Service
from satchel_pi.http.worker_pool import Job

SHORT_BYTES = 1 << 16
"""The largest body that is parsed in the event loop."""
LARGE_BYTES = 32 << 20
"""The memory from which on an image is decoded alone: 5.6 megapixels of most formats."""


async def classify(service: Service, request: Request) -> Response:
    """Return a response with the labels of one image or text.

    Raises Problem, SatchelError and ClientDisconnected.
    """
    loaded = _find(service, request, "classify")
    top = _top(request)
    [output] = await _run_model(service, request, loaded, top=top)
    if isinstance(output, InputError):
        raise output
    return json_response(
        {**describe_run(loaded, output.seconds), "predictions": output.predictions}
    )


async def classify_batch(service: Service, request: Request) -> Response:
    """Return a response with the labels of each input of a batch; raises as ``classify``."""
    loaded = _find(service, request, "classify")
    outputs = await _run_model(
        service, request, loaded, top=_top(request), most=service.settings.most_batch
    )
    results = [
        {"error": str(each)} if isinstance(each, InputError) else {"predictions": each.predictions}
        for each in outputs
    ]
    seconds = sum(each.seconds for each in outputs if isinstance(each, ModelOutput))
    return json_response({**describe_run(loaded, seconds), "results": results})


async def make_image(service: Service, request: Request) -> Response:
    """Return a response with a PNG file, made from a seed or an image; raises as ``classify``."""
    verb = request.url.path.split("/")[2]
    loaded = _find(service, request, verb)
    [output] = await _run_model(service, request, loaded)
    if isinstance(output, InputError):
        raise output
    return Response(output.image, media_type="image/png")


async def _run_model(
    service: Service,
    request: Request,
    model: ServedModel,
    *,
    top: int | None = None,
    most: int | None = None,
) -> list[ModelOutput | InputError]:
    """Return the output or the error of each input of a request; one input if ``most`` is None."""
    started = time.perf_counter()
    settings = service.settings
    address = client_address(request.scope, settings.proxies)
    # Check before the body is read, so that a refused client need not send it.
    service.pool.check_capacity(address)
    check_encoding(request.headers)
    content_type = request.headers.get("content-type", "")
    with RequestBody(service.memory, address) as body:
        await body.read(
            request.receive,
            request.headers,
            most_bytes=settings.most_body_bytes,
            timeout_s=settings.timeout_s,
        )
        service.pool.check_capacity(address)
        jobs = await _in_thread_if_long(
            body.taken(),
            lambda content: [
                _job(model, each, top, settings.most_pixels)
                for each in read_inputs(content, content_type, model.kind, most=most)
            ],
        )
        # One after another, so that a batch has one place in its address's line.
        outputs = [
            each if isinstance(each, InputError) else await _predict(service, each, address)
            for each in jobs
        ]
    metrics = service.metrics
    for output in outputs:
        if isinstance(output, ModelOutput):
            metrics.model_seconds.labels(model.name).observe(output.seconds)
    metrics.request_seconds.labels(model.name).observe(time.perf_counter() - started)
    return outputs


async def _in_thread_if_long(
    content: bytes, work: Callable[[bytes], list[Job | InputError]]
) -> list[Job | InputError]:
    """Return the result of ``work`` for a body. A long body does not stop the event loop."""
    if len(content) <= SHORT_BYTES:
        return work(content)
    return await asyncio.to_thread(work, content)


def _job(
    model: ServedModel, model_input: ModelInput, top: int | None, most_pixels: int
) -> Job | InputError:
    """Return the job of one input, or the reason why an image is not decoded.

    An input of a batch that cannot be read does not refuse the others.
    """
    if not isinstance(model_input, bytes):
        return Job(model, model_input, top)
    try:
        header = read_header(model_input)
    except InputError as error:
        return error
    if header.width * header.height > most_pixels:
        return InputError(
            f"Expected at most {most_pixels:,} pixels, got {header.width} x {header.height}."
        )
    return Job(model, model_input, top, large=header.decoding_bytes > LARGE_BYTES)


async def _predict(service: Service, job: Job, address: str) -> ModelOutput | InputError:
    try:
        output = await service.pool.run(job, address=address)
    except InputError as error:
        return error
    except EngineError as error:
        job.model.failure = str(error)
        raise
    job.model.failure = ""
    return output


def _find(service: Service, request: Request, verb: str) -> ServedModel:
    name = request.path_params["name"]
    loaded = service.models.get(name)
    if loaded is None or loaded.verb != verb:
        known = [name for name, each in service.models.items() if each.verb == verb]
        words = ", ".join(known) or f"it has none to {verb}"
        raise Problem(404, f"Expected a model of this service ({words}), got {name[:80]!r}.")
    return loaded


def _top(request: Request) -> int:
    said = request.query_params.get("top", str(TOP))
    if said.isascii() and said.isdigit() and 1 <= int(said[:20]) <= MOST_TOP:
        return int(said)
    raise Problem(422, f"Expected top from 1 to {MOST_TOP}, got {said[:40]!r}.")


def describe_run(loaded: ServedModel, seconds: float) -> dict[str, Any]:
    """Return the fields that every JSON response has: the model that ran, and its time."""
    return {
        "model": loaded.name,
        "version": loaded.card.version,
        "file": loaded.file,
        "engine": loaded.engine,
        "latency_ms": round(1000 * seconds, 3),
    }
