"""The WordPiece tokenizer in TFLite Model Metadata: which can be written, and what one means.

MediaPipe's TextClassifier puts the ASCII letters of every text into lower case, and knows the
special tokens of BERT's own vocabularies only. It makes the same ids of texts in ASCII, but not of
all others.

Source: ``bert_preprocessor_calculator.cc`` and ``tokenizers/bert_tokenizer.h`` of
https://github.com/google-ai-edge/mediapipe.
"""

from satchel.bundle import TextTensor
from satchel.preprocessing import WordPieceSpec

TENSORS: frozenset[TextTensor] = frozenset({"ids", "mask", "segments"})
"""The tensors that a reader of this metadata feeds, and it refuses a model of others"""


def is_writable(spec: WordPieceSpec) -> bool:
    """Return whether a reader of the metadata makes the same ids of a text in ASCII."""
    usual = WordPieceSpec(spec.vocabulary)
    special = (spec.unknown, spec.start, spec.end, spec.prefix)
    return spec.lower and special == (usual.unknown, usual.start, usual.end, usual.prefix)


def bert_tokenizer(pieces: bytes, file: str) -> tuple[WordPieceSpec, bytes]:
    """Return the tokenizer of a vocabulary in the metadata, as ``file`` of a bundle, and its lines.

    The metadata does not say whether the model was trained on texts in lower case; a vocabulary
    without a capital letter does, but for its special tokens.
    """
    # A bundle's vocabulary is UTF-8 without a byte order mark, with one kind of line end.
    text = pieces.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    lines = text.removesuffix("\n").split("\n")
    lower = all(line == line.lower() or _is_special(line) for line in lines)
    spec = WordPieceSpec(file, lower=lower, strip_accents=lower)
    return spec, "".join(f"{line}\n" for line in lines).encode()


def _is_special(token: str) -> bool:
    return token.startswith("[") and token.endswith("]")
