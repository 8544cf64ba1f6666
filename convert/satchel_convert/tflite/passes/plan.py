"""Lists the passes that run over the file of each conversion backend, in order."""

from collections.abc import Mapping, Sequence
from functools import partial

from satchel_convert.schemes import Backend, Scheme
from satchel_convert.tflite.passes.attention_masks import add_masks
from satchel_convert.tflite.passes.biases import add_biases
from satchel_convert.tflite.passes.embeddings import quantize_embeddings
from satchel_convert.tflite.passes.image_input import feed_pixels
from satchel_convert.tflite.passes.image_output import put_out_pixels
from satchel_convert.tflite.passes.names import shorten_names
from satchel_convert.tflite.passes.product_order import order_products
from satchel_convert.tflite.passes.product_scale import scale_factors
from satchel_convert.tflite.passes.run import Pass
from satchel_convert.tflite.passes.unread_operators import remove_unread_operators
from satchel_convert.tflite.passes.unread_outputs import type_unread_outputs

ATTENTION = (order_products, scale_factors, add_masks, remove_unread_operators)
"""What makes attention fast, in floats and, as far as that is exact, in int8"""
PASSES: Mapping[tuple[Scheme, Backend], Sequence[Pass]] = {
    # The names stay long, because ``explain`` needs them to find a layer in Keras again.
    ("float32", "only"): ATTENTION,
    ("float16", "only"): (*ATTENTION, shorten_names),
    ("dynamic_int8", "only"): (*ATTENTION, shorten_names),
    ("full_int8", "tensorflow"): (*ATTENTION, shorten_names, put_out_pixels, add_biases),
    ("full_int8", "ai_edge_quantizer"): (
        type_unread_outputs,
        feed_pixels,
        *ATTENTION,
        shorten_names,
        add_biases,
    ),
    ("int16x8", "tensorflow"): (*ATTENTION, shorten_names),
    ("int16x8", "ai_edge_quantizer"): (type_unread_outputs, *ATTENTION, shorten_names),
    ("weight_int8", "only"): (partial(quantize_embeddings, bits=8), *ATTENTION, shorten_names),
    ("weight_int4", "min_max"): (quantize_embeddings, *ATTENTION, shorten_names),
    ("weight_int4", "octav"): (quantize_embeddings, *ATTENTION, shorten_names),
    ("mixed_int8", "only"): (
        type_unread_outputs,
        feed_pixels,
        *ATTENTION,
        shorten_names,
        add_biases,
    ),
}
"""The passes of each scheme and backend. ``finish_tflite`` adds the metadata after them, because
the metadata depends on the card and not on a backend."""
