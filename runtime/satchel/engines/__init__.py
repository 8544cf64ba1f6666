"""Runs model files: one module for each engine, behind one small Protocol."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.engines.engine import (
        ENGINES as ENGINES,
        Engine as Engine,
        engine_version as engine_version,
        installed_engines as installed_engines,
        open_engine as open_engine,
        release as release,
    )
    from satchel.engines.fake import FakeEngine as FakeEngine
    from satchel.engines.interpreter import InterpreterEngine as InterpreterEngine
    from satchel.engines.onnx import OnnxEngine as OnnxEngine
    from satchel.engines.start_line import keep_off as keep_off

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "engine": [
            "ENGINES",
            "Engine",
            "engine_version",
            "installed_engines",
            "open_engine",
            "release",
        ],
        "fake": ["FakeEngine"],
        "interpreter": ["InterpreterEngine"],
        "onnx": ["OnnxEngine"],
        "start_line": ["keep_off"],
    },
)
