"""Handlers of the routes that run a model: read the request, run it on a worker, measure."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from satchel.errors import EngineError, InputError
from satchel.preprocessing import read_header
from satchel_pi.http.client_address import client_address
from satchel_pi.http.loaded_model import ModelInput, ModelOutput, ServedModel
from satchel_pi.http.media_types import prefers
from satchel_pi.http.model_facts import layout_of
from satchel_pi.http.model_inputs import JSON, read_inputs
from satchel_pi.http.openapi import MOST_TOP, PNG, TOP
from satchel_pi.http.problems import json_response, problem_details
from satchel_pi.http.refusal import INVALID_INPUT, INVALID_PARAMETER, UNKNOWN_MODEL, Problem
from satchel_pi.http.request_body import RequestBody, check_encoding
from satchel_pi.http.request_id import current_request
from satchel_pi.http.service import Service
from satchel_pi.http.worker_pool import Job

SHORT_BYTES = 1 << 16
"""The largest body that is parsed in the event loop."""
LARGE_BYTES = 32 << 20
"""The memory from which on an image is decoded alone: 5.6 megapixels of most formats."""
MOST_NAMES = 20
"""The most names of models in a message."""


async def predict(service: Service, request: Request) -> Response:
    """Return a response with the output for one input.

    It is JSON, or a PNG file if the model makes images and the client asks for one. Raises Problem,
    SatchelError and ClientDisconnected.
    """
    loaded = find_model(service, request)
    [output] = await _run_model(service, request, loaded)
    if isinstance(output, InputError):
        raise output
    if output.image and prefers(PNG, JSON, ",".join(request.headers.getlist("accept"))):
        return Response(output.image, media_type=PNG)
    return json_response({**_describe_run(loaded, output.seconds), **_said(loaded, output)})


async def predict_batch(service: Service, request: Request) -> Response:
    """Return a response with the output for each input of a batch; raises as ``predict``."""
    loaded = find_model(service, request)
    outputs = await _run_model(service, request, loaded, most=service.settings.most_batch)
    seconds = sum(each.seconds for each in outputs if isinstance(each, ModelOutput))
    results = [_said(loaded, each) for each in outputs]
    return json_response({**_describe_run(loaded, seconds), "results": results})


def find_model(service: Service, request: Request) -> ServedModel:
    """Return the model that the path names; raises Problem unknown-model."""
    name = request.path_params["name"]
    loaded = service.models.get(name)
    if loaded is None:
        names = list(service.models)
        more = ", …" if len(names) > MOST_NAMES else ""
        known = ", ".join(names[:MOST_NAMES]) + more
        raise Problem(
            UNKNOWN_MODEL, f"Expected a model of this service ({known}), got {name[:80]!r}."
        )
    return loaded


async def prepare(service: Service, request: Request) -> Response:
    """Return a response with an image or a text as the model reads it.

    An image is JSON, or a PNG file if the client asks for one. Raises as ``predict``.
    """
    loaded = find_model(service, request)
    if loaded.kind.field == "seed":
        raise Problem(INVALID_INPUT, f"Expected a model of images or texts, got {loaded.name!r}.")
    async with _read_jobs(service, request, loaded) as ([job], _):
        if isinstance(job, InputError):
            raise job
        address = client_address(request.scope, service.settings.proxies)
        prepared = await service.pool.lend(
            lambda worker: worker.prepare(job), address=address, large=job.large
        )
    if prepared.image and prefers(PNG, JSON, ",".join(request.headers.getlist("accept"))):
        return Response(prepared.image, media_type=PNG)
    said: dict[str, Any] = {**loaded.description, "layout": layout_of(loaded)}
    if prepared.image:
        image = base64.b64encode(prepared.image).decode()
        return json_response({**said, "kind": "image", "image": image})
    return json_response({**said, "kind": "tokens", "tokens": prepared.tokens})


async def _run_model(
    service: Service, request: Request, model: ServedModel, *, most: int | None = None
) -> list[ModelOutput | InputError]:
    """Return the output or the error of each input of a request; one input if ``most`` is None."""
    started = time.perf_counter()
    address = client_address(request.scope, service.settings.proxies)
    top = _top(request)
    outputs = []
    async with _read_jobs(service, request, model, top=top, most=most) as (jobs, body):
        # One after another, so that a batch has one place in its address's line.
        for job in jobs:
            output = job if isinstance(job, InputError) else await _predict(service, job, address)
            if isinstance(output, ModelOutput):
                body.hold(len(output.image))
            outputs.append(output)
    current = current_request.get()
    assert current is not None, "the application gives each request an id"
    metrics = service.metrics
    for output in outputs:
        if isinstance(output, ModelOutput):
            metrics.model_seconds.labels(model.name).observe(output.seconds)
            service.answers.note(model, output, current.id)
    metrics.request_seconds.labels(model.name).observe(time.perf_counter() - started)
    return outputs


@asynccontextmanager
async def _read_jobs(
    service: Service,
    request: Request,
    model: ServedModel,
    *,
    top: int | None = None,
    most: int | None = None,
) -> AsyncIterator[tuple[list[Job | InputError], RequestBody]]:
    """Yield the job or the error of each input of a request, and its body, which holds memory."""
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
        yield jobs, body


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


def _top(request: Request) -> int:
    said = request.query_params.get("top", str(TOP))
    if said.isascii() and said.isdigit() and 1 <= int(said[:20]) <= MOST_TOP:
        return int(said)
    raise Problem(INVALID_PARAMETER, f"Expected top from 1 to {MOST_TOP}, got {said[:40]!r}.")


def _describe_run(loaded: ServedModel, seconds: float) -> dict[str, Any]:
    """Return the fields that every answer of a model has: which one ran, and its time."""
    return {**loaded.description, "latency_ms": round(1000 * seconds, 3)}


def _said(loaded: ServedModel, output: ModelOutput | InputError) -> dict[str, Any]:
    """Return the fields of an output or of an input's error; ``kind`` says which others follow."""
    if isinstance(output, InputError):
        request = current_request.get()
        assert request is not None, "the application gives each request an id"
        problem = problem_details(INVALID_INPUT, str(output), request.id)
        return {"kind": "problem", **problem}
    if output.image:
        return {"kind": loaded.output_kind, "image": base64.b64encode(output.image).decode()}
    return {"kind": loaded.output_kind, "predictions": output.predictions}
