"""How much a file may ask for: named numbers, read each time they are used.

An application sets its own before it opens a bundle, higher or lower:

    from satchel import limits
    limits.MAX_PIXELS = 20_000_000

``docs/reliability.md`` says what each one holds off.
"""

# What this reader takes on, whatever the format allows.
MAX_ARCHIVE_BYTES = 1 << 30
"""Of a bundle, file or folder"""
MAX_ENTRIES = 1000
"""Files of a bundle"""
MAX_TENSOR_BYTES = 1 << 30
"""That a model's tensors need at once, as its file declares them"""
MAX_GRAPH_DEPTH = 64
"""Of ONNX graphs inside graphs, with the messages between them: three a graph"""
MAX_THREADS = 256
"""Of an engine; engines crash on numbers that no machine has"""
MAX_IMAGE_BYTES = 1 << 28
"""Of an encoded image"""
MAX_PIXELS = 89_478_485
"""Of an image: a quarter of a gibibyte of RGB, where Pillow begins to warn of bombs"""
MAX_TEXT_LENGTH = 1 << 24
"""Characters of a text"""

# What a bundle that is opened in a process of its own may take there (satchel.selftest.sandbox).
ISOLATED_DEADLINE_S = 60.0
"""Seconds, with the start of the process"""
ISOLATED_MEMORY_BYTES = 1 << 30
"""Of address space, beyond Python, the engines and the bundle itself; held on Linux alone"""

# What the bundle format allows (docs/bundle.md): higher ones are for bundles that other readers
# refuse.
MAX_NAME_LENGTH = 100
"""Characters of an entry's name"""
MAX_CARD_BYTES = 4 << 20
"""Of card.json, and of the golden vectors' file"""
MAX_JSON_DEPTH = 16
"""Of objects and lists inside each other, one more than a card has"""
MAX_MODELS = 100
"""Of a bundle"""
MAX_LABELS = 100_000
"""Of a classifier"""
MAX_SIDE = 8192
"""Pixels of a model's image, in or out"""
MAX_OUTPUT_PIXELS = 1 << 24
"""Of an image that a model makes: three channels of float32 are 192 MiB"""
MAX_LENGTH = 65_536
"""Token ids that a model takes, or numbers of a latent"""
MAX_VOCABULARY = 1_000_000
"""Tokens"""
MAX_TOKEN_LENGTH = 200
"""Characters"""
