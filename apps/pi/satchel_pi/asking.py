"""Requests to a model: its contents are read, answered by a worker, and measured."""

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from satchel.errors import InputError
from satchel_pi.bodies import Body
from satchel_pi.contents import Content, read_contents
from satchel_pi.openapi import MOST_TOP, TOP
from satchel_pi.problems import Problem, json_response
from satchel_pi.served import Answer, Served
from satchel_pi.service import Service


async def classify(service: Service, request: Request) -> Response:
    """Return the labels of one picture or text; raises Problem, SatchelError and ClientGone."""
    served = _find(service, request, "classify")
    top = _top(request)
    [answer] = await _ask(service, request, served, top=top)
    if isinstance(answer, InputError):
        raise answer
    return json_response({**ran(served, answer.seconds), "predictions": answer.predictions})


async def classify_batch(service: Service, request: Request) -> Response:
    """Return the labels of several, in their order; raises as ``classify``."""
    served = _find(service, request, "classify")
    answers = await _ask(
        service, request, served, top=_top(request), most=service.settings.most_batch
    )
    results = [
        {"error": str(each)} if isinstance(each, InputError) else {"predictions": each.predictions}
        for each in answers
    ]
    seconds = sum(each.seconds for each in answers if isinstance(each, Answer))
    return json_response({**ran(served, seconds), "results": results})


async def make_picture(service: Service, request: Request) -> Response:
    """Return the PNG file of a seed, or of a picture in another style; raises as ``classify``."""
    verb = request.url.path.split("/")[2]
    served = _find(service, request, verb)
    [answer] = await _ask(service, request, served)
    if isinstance(answer, InputError):
        raise answer
    return Response(answer.picture, media_type="image/png")


async def _ask(
    service: Service,
    request: Request,
    served: Served,
    *,
    top: int | None = None,
    most: int | None = None,
) -> list[Answer | InputError]:
    """Return the answer to each content of a request; one where ``most`` is None."""
    started = time.perf_counter()
    # Before the body is read: what will be refused need not be sent.
    service.work.check_room()
    content_type = request.headers.get("content-type", "")

    def job() -> list[Answer | InputError]:
        contents = read_contents(bytes(body.content), content_type, served.kind, most=most)
        return [_answer(served, content, top) for content in contents]

    with Body(service.memory) as body:
        settings = service.settings
        await body.read(
            request.receive,
            request.headers,
            most_bytes=settings.most_body_bytes,
            timeout_s=settings.timeout_s,
        )
        answers = await service.work.do(job)
    metrics = service.metrics
    for answer in answers:
        if isinstance(answer, Answer):
            metrics.model_seconds.labels(served.name).observe(answer.seconds)
    metrics.request_seconds.labels(served.name).observe(time.perf_counter() - started)
    return answers


def _answer(served: Served, content: Content, top: int | None) -> Answer | InputError:
    try:
        return served.answer(content, top=top)
    except InputError as error:
        # One of a batch that cannot be read is no reason to refuse the others.
        return error


def _find(service: Service, request: Request, verb: str) -> Served:
    name = request.path_params["name"]
    served = service.served.get(name)
    if served is None or served.verb != verb:
        known = [name for name, each in service.served.items() if each.verb == verb]
        words = ", ".join(known) or f"none of this service's to {verb}"
        raise Problem(404, f"Expected a model: {words}; got {name[:80]!r}.")
    return served


def _top(request: Request) -> int:
    said = request.query_params.get("top", str(TOP))
    if said.isascii() and said.isdigit() and 1 <= int(said[:20]) <= MOST_TOP:
        return int(said)
    raise Problem(422, f"Expected top from 1 to {MOST_TOP}, got {said[:40]!r}.")


def ran(served: Served, seconds: float) -> dict[str, Any]:
    """Return what answered, and in how long, as every answer says it."""
    model = served.runner.model
    return {
        "model": served.name,
        "version": served.card.version,
        "file": model.entry.file,
        "engine": model.engine_name,
        "latency_ms": round(1000 * seconds, 3),
    }
