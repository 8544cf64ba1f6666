"""Prints options of Java that name the engines' shared libraries in this Python's packages.

The tests call these libraries from the JVM. An engine that is not installed has no option.
"""

from importlib.metadata import PackageNotFoundError, distribution

ENGINES = (
    ("satchel.litert", "ai-edge-litert", "ai_edge_litert/libLiteRt.so"),
    ("satchel.onnx", "onnxruntime", "onnxruntime/capi/libonnxruntime.so.*"),
)


def main() -> None:
    """Print a line for the library and one for the version of each engine."""
    for name, package, pattern in ENGINES:
        try:
            found = distribution(package)
        except PackageNotFoundError:
            continue
        for file in found.files or ():
            if file.match(pattern):
                print(f"-D{name}={found.locate_file(file)}")
                print(f"-D{name}.version={found.version}")


if __name__ == "__main__":
    main()
