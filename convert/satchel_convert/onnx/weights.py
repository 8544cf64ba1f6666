"""Brings the weights of an .onnx that stand in other files into the one file."""

from pathlib import Path


def whole_content(path: Path) -> bytes:
    """Return the .onnx at ``path`` with all of its weights; a file that has them is unchanged.

    Weights are read from the model's own folder only: the library refuses other paths.
    """
    import onnx
    from onnx.external_data_helper import uses_external_data

    model = onnx.load(path, load_external_data=False)
    if not any(uses_external_data(each) for each in model.graph.initializer):
        return path.read_bytes()
    whole: bytes = onnx.load(path).SerializeToString(deterministic=True)
    return whole
