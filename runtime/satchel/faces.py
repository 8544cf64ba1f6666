"""Imports each public name of a package when it is first used (PEP 562)."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, modules: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` for the ``__init__`` of ``package``.

    ``modules`` lists the public names of each module below the package. So a cold start on a small
    device pays only for what it uses.
    """
    homes = {name: module for module, names in modules.items() for name in names}

    def __getattr__(name: str) -> Any:  # noqa: N807 - the name that PEP 562 gives it
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        with collection_put_off():
            module = import_module(f"{package}.{homes[name]}")
        value = getattr(module, name)
        setattr(import_module(package), name, value)
        return value

    def __dir__() -> list[str]:  # noqa: N807 - the name that PEP 562 gives it
        return sorted(homes)

    return __getattr__, __dir__, sorted(homes)


@contextmanager
def collection_put_off() -> Iterator[None]:
    """Collect no garbage meanwhile, if that is on, and count all objects as old ones then.

    What the imports of NumPy and an engine make stays. To search it 50 times takes 5 ms.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            # Objects that the program itself has frozen stay so.
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
