"""The service: routes, and what they answer."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from satchel.card import LabelOutput
from satchel.errors import EngineError, InputError, SatchelError
from satchel_pi.bodies import Body, ClientGone, Memory
from satchel_pi.contents import Content, read_contents
from satchel_pi.lingering import Lingering
from satchel_pi.live import Live, Streaming
from satchel_pi.metrics import CONTENT_TYPE, Counted, Metrics
from satchel_pi.openapi import MOST_TOP, TOP, openapi
from satchel_pi.pages import docs_page, home_page, login_page
from satchel_pi.problems import Problem, json_response, problem_response
from satchel_pi.protection import COOKIE, Protection, Token
from satchel_pi.served import Answer, Served
from satchel_pi.work import Work

MOST_LOGIN_BYTES = 4096


@dataclass(frozen=True)
class Settings:
    """How much the service takes on."""

    most_body_bytes: int = 16 << 20
    most_memory_bytes: int = 128 << 20
    """Of all bodies together"""
    most_batch: int = 64
    timeout_s: float = 10.0
    """For a request's headers, and for its body unless that comes fast enough"""
    hosts: frozenset[str] = frozenset()
    """Names that a Host header may have; empty: any"""
    token: Token | None = None


@dataclass
class Service:
    """What is served, and by whom."""

    served: Mapping[str, Served]
    """Name to model"""
    unserved: Mapping[str, str]
    """Name to why it is not served"""
    work: Work
    settings: Settings = field(default_factory=Settings)
    live: Live | None = None
    stopping: bool = False
    metrics: Metrics = field(init=False)
    memory: Memory = field(init=False)

    def __post_init__(self) -> None:
        live = self.live
        self.metrics = Metrics(
            self.work, dropped_frames=None if live is None else lambda: live.dropped
        )
        self.memory = Memory(self.settings.most_memory_bytes)

    def stop(self) -> None:
        """Take the service out of rotation and end what has no end; in the event loop."""
        self.stopping = True
        if self.live is not None:
            self.live.end()


def application(service: Service) -> ASGIApp:
    """Return the service as an ASGI application."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if service.live is not None:
            service.live.start()
        yield
        service.work.close()

    app = Starlette(
        routes=_routes(service),
        lifespan=lifespan,
        exception_handlers={
            Problem: _on_problem,
            HTTPException: _on_http_exception,
            SatchelError: _on_satchel_error,
            ClientGone: _on_client_gone,
            Exception: _on_exception,
        },
    )
    # A path is right or wrong: a redirect would be built from the Host header.
    app.router.redirect_slashes = False
    settings = service.settings
    protected = Protection(app, hosts=settings.hosts, token=settings.token)
    return Lingering(Counted(protected, service.metrics))


def _routes(service: Service) -> list[BaseRoute]:
    def route(
        path: str, answer: Callable[[Service, Request], Awaitable[Any]], method: str = "GET"
    ) -> Route:
        async def endpoint(request: Request) -> Any:
            return await answer(service, request)

        return Route(path, endpoint, methods=[method])

    routes: list[BaseRoute] = [
        route("/v1/classify/{name}", _classify, "POST"),
        route("/v1/classify/{name}/batch", _classify_batch, "POST"),
        route("/v1/generate/{name}", _make_picture, "POST"),
        route("/v1/stylize/{name}", _make_picture, "POST"),
        route("/v1/models", _models),
        route("/healthz", _healthz),
        route("/metrics", _metrics),
        route("/openapi.json", _openapi),
        route("/docs", _docs),
        route("/", _home),
        Mount("/static", StaticFiles(packages=[("satchel_pi", "static")])),
    ]
    if service.live is not None:
        routes += [
            route("/v1/camera/events", _camera_events),
            route("/v1/camera/stream", _camera_pictures),
        ]
    if service.settings.token is not None:
        routes += [Route("/login", _Login(service), methods=["GET", "POST"])]
    return routes


async def _classify(service: Service, request: Request) -> Response:
    served = _find(service, request, "classify")
    top = _top(request)
    [answer] = await _ask(service, request, served, top=top)
    if isinstance(answer, InputError):
        raise answer
    ran = _ran(served, answer.seconds)
    return json_response({**ran, "predictions": answer.predictions})


async def _classify_batch(service: Service, request: Request) -> Response:
    served = _find(service, request, "classify")
    answers = await _ask(
        service, request, served, top=_top(request), most=service.settings.most_batch
    )
    results = [
        {"error": str(each)} if isinstance(each, InputError) else {"predictions": each.predictions}
        for each in answers
    ]
    seconds = sum(each.seconds for each in answers if isinstance(each, Answer))
    return json_response({**_ran(served, seconds), "results": results})


async def _make_picture(service: Service, request: Request) -> Response:
    verb = request.url.path.split("/")[2]
    served = _find(service, request, verb)
    [answer] = await _ask(service, request, served)
    if isinstance(answer, InputError):
        raise answer
    return Response(answer.picture, media_type="image/png")


async def _models(service: Service, _: Request) -> Response:
    return json_response({"models": [_described(each) for each in service.served.values()]})


async def _healthz(service: Service, _: Request) -> Response:
    models = {
        name: {"status": each.status, "why": each.failure, "golden_vectors": each.vectors}
        for name, each in service.served.items()
    }
    for name, why in service.unserved.items():
        models[name] = {"status": "not served", "why": why, "golden_vectors": 0}
    works = sum(each["status"] == "ok" for each in models.values())
    if service.stopping:
        status = "stopping"
    elif works == 0:
        status = "failing"
    else:
        status = "ok" if works == len(models) else "degraded"
    code = 503 if status in ("stopping", "failing") else 200
    return json_response({"status": status, "models": models}, code)


async def _metrics(service: Service, _: Request) -> Response:
    content = await asyncio.to_thread(service.metrics.page)
    return Response(content, headers={"content-type": CONTENT_TYPE})


async def _openapi(service: Service, _: Request) -> Response:
    return json_response(_document(service))


async def _docs(service: Service, _: Request) -> Response:
    return HTMLResponse(docs_page(_document(service)))


async def _home(service: Service, _: Request) -> Response:
    return HTMLResponse(
        home_page(list(service.served.values()), service.unserved, service.live),
        headers={"cache-control": "no-store"},
    )


async def _camera_events(service: Service, _: Request) -> Streaming:
    assert service.live is not None, "else there is no route"
    return service.live.events()


async def _camera_pictures(service: Service, _: Request) -> Streaming:
    assert service.live is not None, "else there is no route"
    return service.live.pictures()


class _Login:
    """The page that takes the token from a person, and gives their browser a cookie for it."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        token = self._service.settings.token
        assert token is not None, "else there is no route"
        if request.method != "POST":
            return HTMLResponse(login_page(wrong=False))
        with Body(self._service.memory) as body:
            await body.read(
                request.receive,
                request.headers,
                most_bytes=MOST_LOGIN_BYTES,
                timeout_s=self._service.settings.timeout_s,
            )
            said = parse_qs(body.content.decode("utf-8", "replace")).get("token", [""])[0]
        if not token.is_secret(said.strip()):
            return HTMLResponse(login_page(wrong=True), 401)
        home = RedirectResponse("/", 303)
        home.set_cookie(COOKIE, token.cookie, httponly=True, samesite="strict")
        return home


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


def _ran(served: Served, seconds: float) -> dict[str, Any]:
    model = served.runner.model
    return {
        "model": served.name,
        "version": served.card.version,
        "file": model.entry.file,
        "engine": model.engine_name,
        "latency_ms": round(1000 * seconds, 3),
    }


def _described(served: Served) -> dict[str, Any]:
    ran = _ran(served, 0)
    del ran["latency_ms"]
    output = served.card.output
    labels = len(output.labels) if isinstance(output, LabelOutput) else 0
    path = f"/v1/{served.verb}/{served.name}"
    return {**ran, "task": served.card.task, "path": path, "labels": labels}


def _document(service: Service) -> dict[str, Any]:
    return openapi(
        service.served.values(),
        most_batch=service.settings.most_batch,
        has_token=service.settings.token is not None,
        has_camera=service.live is not None,
    )


async def _on_problem(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return problem_response(problem)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    """What the router refuses: another path or method."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    path = request.url.path[:200]
    if error.status_code == 404:
        message = f"Expected a path of /openapi.json, got {path!r}."
    elif error.status_code == 405:
        allowed = headers.get("Allow", "GET, HEAD")
        headers["Allow"] = allowed
        message = f"Expected {allowed} for {path!r}, got {request.method[:20]}."
    else:
        message = f"Expected another request, got one for: {HTTPStatus(error.status_code).phrase}."
    return problem_response(Problem(error.status_code, message, headers=headers))


async def _on_satchel_error(_: Request, error: Exception) -> Response:
    status = 503 if isinstance(error, EngineError) else 422
    return problem_response(Problem(status, str(error)))


async def _on_client_gone(_: Request, __: Exception) -> Response:
    # Nobody reads it; the metrics count it by nginx's number.
    return Response(status_code=499)


async def _on_exception(_: Request, error: Exception) -> Response:
    return problem_response(
        Problem(500, f"Expected an answer, got {type(error).__name__}: a fault of the service.")
    )
