"""Handlers of the routes that show the golden samples of a bundle."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from satchel.errors import BundleError, InputError
from satchel.preprocessing import read_header
from satchel_pi.http.client_address import client_address
from satchel_pi.http.handlers import find_model
from satchel_pi.http.loaded_model import ServedModel
from satchel_pi.http.model_inputs import BYTES, TEXT
from satchel_pi.http.openapi import PNG
from satchel_pi.http.problems import json_response
from satchel_pi.http.refusal import MODEL_FAILED, UNKNOWN_SAMPLE, Problem
from satchel_pi.http.service import Service


async def list_golden(service: Service, request: Request) -> Response:
    """Return a response with what is told of each golden sample; raises Problem."""
    loaded = find_model(service, request)
    samples = await _samples(service, request, loaded)
    return json_response({**loaded.description, "samples": samples})


async def golden_input(service: Service, request: Request) -> Response:
    """Return a response with the image or the text of a golden sample; raises Problem."""
    loaded = find_model(service, request)
    sample = await _sample(service, request, loaded)
    if sample["kind"] not in ("image", "text"):
        raise Problem(
            UNKNOWN_SAMPLE,
            f"Expected a golden sample that is an image or a text, got a {sample['kind']}.",
        )
    # In a thread, because its hash is checked.
    content = await asyncio.to_thread(_read, loaded, sample["name"])
    media = f"{TEXT}; charset=utf-8" if sample["kind"] == "text" else _media_type(content)
    return Response(content, media_type=media)


async def golden_output(service: Service, request: Request) -> Response:
    """Return a response with the image that a golden sample expects; raises Problem."""
    loaded = find_model(service, request)
    sample = await _sample(service, request, loaded)
    if loaded.output_kind != "image":
        raise Problem(UNKNOWN_SAMPLE, f"Expected a model that makes images, got {loaded.name!r}.")
    address = client_address(request.scope, service.settings.proxies)
    service.pool.check_capacity(address)
    image = await service.pool.lend(
        lambda worker: worker.golden_output(loaded, sample["number"]), address=address
    )
    return Response(image, media_type=PNG)


async def _samples(service: Service, request: Request, loaded: ServedModel) -> list[dict[str, Any]]:
    if loaded.golden is None:
        address = client_address(request.scope, service.settings.proxies)
        service.pool.check_capacity(address)
        loaded.golden = await service.pool.lend(
            lambda worker: worker.golden_samples(loaded), address=address
        )
    return loaded.golden


async def _sample(service: Service, request: Request, loaded: ServedModel) -> dict[str, Any]:
    samples = await _samples(service, request, loaded)
    said = request.path_params["number"]
    if not (said.isascii() and said.isdigit() and int(said[:9]) < len(samples)):
        raise Problem(
            UNKNOWN_SAMPLE,
            f"Expected a golden sample from 0 to {len(samples) - 1}, got {said[:40]!r}.",
        )
    return samples[int(said)]


def _read(loaded: ServedModel, name: str) -> bytes:
    try:
        return loaded.bundle.files[name]
    except BundleError as error:
        # Somebody wrote into the file of the bundle. The workers have read it before.
        raise Problem(MODEL_FAILED, str(error)) from error


def _media_type(content: bytes) -> str:
    try:
        return f"image/{read_header(content).format.lower()}"
    except InputError:
        return BYTES
