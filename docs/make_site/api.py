"""The reference of the library: pages that autodoc fills from docstrings."""

import inspect
from importlib import import_module
from types import ModuleType

from make_site.places import GENERATED, write_page

MODULES = {
    "satchel": "Opens a bundle and runs it.",
    "satchel.testing": "A fake engine, for tests of programs that use a bundle.",
    "satchel_convert": "Converts, verifies, packs, compares and explains models.",
    "satchel_convert.testing": "Assertions about bundles, for pytest.",
    "satchel_train": "Trains recipes, and fine-tunes models of your own.",
}
"""The modules that users import, each with what it is for."""


def public_names(module: ModuleType) -> list[str]:
    """Return what a module offers, classes first: its ``__all__``, or what it defines itself."""
    own = [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]
    return sorted(getattr(module, "__all__", own), key=lambda name: (name[0].islower(), name))


def directive(module: ModuleType, name: str) -> str:
    """Return the directive of autodoc for one public name.

    Raises:
        ImportError: the module behind the name cannot be imported.
    """
    value = getattr(module, name)
    if inspect.isclass(value) and issubclass(value, BaseException):
        return f".. autoexception:: {module.__name__}.{name}\n"
    if inspect.isclass(value):
        return f".. autoclass:: {module.__name__}.{name}\n   :members:\n"
    if inspect.isroutine(value):
        return f".. autofunction:: {module.__name__}.{name}\n"
    return f".. autodata:: {module.__name__}.{name}\n   :no-value:\n"


def write_api() -> None:
    """Write a page for each module that users import, and the page that lists them.

    Raises:
        ImportError: a module cannot be imported.
        OSError: a page cannot be written.
    """
    for name, words in MODULES.items():
        module = import_module(name)
        entries = "\n".join(directive(module, each) for each in public_names(module))
        text = f"# `{name}`\n\n{words}\n\n```{{eval-rst}}\n{entries}```\n"
        write_page(GENERATED / "api" / f"{name}.md", text)
    rows = "\n".join(f"| [`{name}`]({name}.md) | {words} |" for name, words in MODULES.items())
    names = "\n".join(MODULES)
    write_page(
        GENERATED / "api" / "index.md",
        "# Library\n\n"
        "These modules are the public interface. Everything else may change without notice.\n\n"
        f"| module | what it is for |\n|---|---|\n{rows}\n\n"
        f"```{{toctree}}\n:hidden:\n\n{names}\n```\n",
    )
