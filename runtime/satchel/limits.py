"""The limits of what a file may ask for. They are read each time they are used.

An application may set other values, higher or lower, before it opens a bundle:

    from satchel import limits
    limits.MAX_PIXELS = 20_000_000

``docs/reliability.md`` says what each limit protects against.
"""

# The limits of this reader. The bundle format allows more.
MAX_ARCHIVE_BYTES = 1 << 30
"""The largest size of a bundle, a file or a folder."""
MAX_ENTRIES = 1000
"""The largest number of files in a bundle."""
MAX_TENSOR_BYTES = 1 << 30
"""The most memory that a model's tensors may need at once, as its file declares them."""
MAX_GRAPH_DEPTH = 64
"""The largest depth of nested messages in an ONNX file. A graph inside a graph adds three."""
MAX_THREADS = 256
"""The largest number of threads of an engine. Engines crash on numbers that no machine has."""
MAX_IMAGE_BYTES = 1 << 28
"""The largest size of an encoded image."""
MAX_PIXELS = 89_478_485
"""The largest number of pixels of an image: a quarter of a gibibyte in RGB. From here on Pillow
warns of decompression bombs."""
MAX_DECODING_BYTES = 1 << 29
"""The most memory that decoding an image may take, by its header: 6 bytes for each of MAX_PIXELS,
but some formats take more than that for a pixel."""
MAX_SCANS = 100
"""The largest number of scans of a JPEG. Each takes as long as all pixels, and cameras and programs
write at most some 20."""
MAX_FRAMES = 1000
"""The largest number of frames of an animated WebP."""
MAX_PARTS = 1 << 16
"""The largest number of segments, chunks, blocks or tags of an image's file."""
MAX_TEXT_LENGTH = 1 << 24
"""The largest number of characters of a text."""

# The limits of a bundle that runs in its own child process (satchel.selftest.sandbox).
ISOLATED_DEADLINE_S = 60.0
"""The time for the process in seconds, including its start."""
ISOLATED_MEMORY_BYTES = 1 << 30
"""The address space beyond Python, the engines and the bundle itself. Limited only on Linux."""

# The limits of the bundle format (docs/bundle.md). With higher ones, bundles open here that other
# readers refuse.
MAX_NAME_LENGTH = 100
"""The largest number of characters in the name of an entry."""
MAX_CARD_BYTES = 4 << 20
"""The largest size of card.json, and of the file of golden vectors."""
MAX_JSON_DEPTH = 16
"""The largest depth of nested objects and lists, one more than a card has."""
MAX_MODELS = 100
"""The largest number of models in a bundle."""
MAX_LABELS = 100_000
"""The largest number of labels of a classifier."""
MAX_SIDE = 8192
"""The largest height and width in pixels of an image that a model reads or makes."""
MAX_OUTPUT_PIXELS = 1 << 24
"""The largest number of pixels of an image that a model makes: 192 MiB as three channels of
float32."""
MAX_LENGTH = 65_536
"""The largest number of token ids of a text input, and of numbers in a latent."""
MAX_VOCABULARY = 1_000_000
"""The largest number of tokens in a vocabulary."""
MAX_TOKEN_LENGTH = 200
"""The largest number of characters of a token."""
