"""Serves models over HTTP: routes, limits around uvicorn, pages, metrics."""
