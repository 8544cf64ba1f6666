"""Handlers of the routes that run a model: read the request, run it on a worker, measure."""

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from satchel.errors import InputError
from satchel_pi.http.loaded_model import LoadedModel, ModelOutput
from satchel_pi.http.model_inputs import ModelInput, read_inputs
from satchel_pi.http.openapi import MOST_TOP, TOP
from satchel_pi.http.problems import Problem, json_response
from satchel_pi.http.request_body import RequestBody
from satchel_pi.http.service import Service


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
    loaded: LoadedModel,
    *,
    top: int | None = None,
    most: int | None = None,
) -> list[ModelOutput | InputError]:
    """Return the output or the error of each input of a request; one input if ``most`` is None."""
    started = time.perf_counter()
    # Check before the body is read, so that a refused client need not send it.
    service.pool.check_capacity()
    content_type = request.headers.get("content-type", "")

    def job() -> list[ModelOutput | InputError]:
        inputs = read_inputs(bytes(body.content), content_type, loaded.kind, most=most)
        return [_predict(loaded, each, top) for each in inputs]

    with RequestBody(service.memory) as body:
        settings = service.settings
        await body.read(
            request.receive,
            request.headers,
            most_bytes=settings.most_body_bytes,
            timeout_s=settings.timeout_s,
        )
        outputs = await service.pool.run(job)
    metrics = service.metrics
    for output in outputs:
        if isinstance(output, ModelOutput):
            metrics.model_seconds.labels(loaded.name).observe(output.seconds)
    metrics.request_seconds.labels(loaded.name).observe(time.perf_counter() - started)
    return outputs


def _predict(
    loaded: LoadedModel, model_input: ModelInput, top: int | None
) -> ModelOutput | InputError:
    try:
        return loaded.predict(model_input, top=top)
    except InputError as error:
        # An input of a batch that cannot be read does not refuse the others.
        return error


def _find(service: Service, request: Request, verb: str) -> LoadedModel:
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


def describe_run(loaded: LoadedModel, seconds: float) -> dict[str, Any]:
    """Return the fields that every JSON response has: the model that ran, and its time."""
    model = loaded.runner.model
    return {
        "model": loaded.name,
        "version": loaded.card.version,
        "file": model.entry.file,
        "engine": model.engine_name,
        "latency_ms": round(1000 * seconds, 3),
    }
