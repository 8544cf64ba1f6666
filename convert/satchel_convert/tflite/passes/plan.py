"""Lists the passes that run over the file of each conversion backend, in order."""

from collections.abc import Mapping, Sequence
from functools import partial

from satchel_convert.schemes import Backend, Scheme
from satchel_convert.tflite.passes.attention_masks import add_masks
from satchel_convert.tflite.passes.biases import add_biases
from satchel_convert.tflite.passes.embeddings import quantize_embeddings
from satchel_convert.tflite.passes.image_input import feed_pixels
from satchel_convert.tflite.passes.image_output import put_out_pixels
from satchel_convert.tflite.passes.int4_products import multiply_by_int4
from satchel_convert.tflite.passes.list_updates import update_lists
from satchel_convert.tflite.passes.names import shorten_names
from satchel_convert.tflite.passes.product_order import order_products
from satchel_convert.tflite.passes.product_scale import scale_factors
from satchel_convert.tflite.passes.run import Pass
from satchel_convert.tflite.passes.unread_operators import remove_unread_operators
from satchel_convert.tflite.passes.unread_outputs import type_unread_outputs

FASTER = (order_products, scale_factors, add_masks, update_lists, remove_unread_operators)
"""What makes attention and loops fast and changes no answer by more than a rounding"""
_INT8 = (partial(quantize_embeddings, bits=8), *FASTER, shorten_names)
_INT4 = (quantize_embeddings, *FASTER, multiply_by_int4, shorten_names)
PASSES: Mapping[tuple[Scheme, Backend], Sequence[Pass]] = {
    # The names stay long, because ``explain`` needs them to find a layer in Keras again.
    ("float32", "only"): FASTER,
    ("float16", "only"): (*FASTER, shorten_names),
    ("dynamic_int8", "only"): (*FASTER, shorten_names),
    ("full_int8", "tensorflow"): (*FASTER, shorten_names, put_out_pixels, add_biases),
    ("full_int8", "ai_edge_quantizer"): (
        type_unread_outputs,
        feed_pixels,
        *FASTER,
        shorten_names,
        add_biases,
    ),
    ("int16x8", "tensorflow"): (*FASTER, shorten_names),
    ("int16x8", "ai_edge_quantizer"): (type_unread_outputs, *FASTER, shorten_names),
    ("weight_int8", "min_max"): _INT8,
    ("weight_int8", "gptq"): _INT8,
    ("weight_int4", "min_max"): _INT4,
    ("weight_int4", "octav"): _INT4,
    ("weight_int4", "gptq"): _INT4,
    ("mixed_int8", "only"): (
        type_unread_outputs,
        feed_pixels,
        *FASTER,
        shorten_names,
        add_biases,
    ),
}
"""The passes of each scheme and backend. ``finish_tflite`` adds the metadata after them, because
the metadata depends on the card and not on a backend."""
