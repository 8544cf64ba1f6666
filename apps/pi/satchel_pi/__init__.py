"""Serves verified model bundles over HTTP, and watches a camera with one."""

__version__ = "0.1.0"
