"""Lists the passes that run over the model of each scheme, in order."""

from collections.abc import Mapping, Sequence

from satchel_convert.onnx.passes.choices import simplify_choices
from satchel_convert.onnx.passes.complement import replace_complements
from satchel_convert.onnx.passes.constants import share_constants
from satchel_convert.onnx.passes.float16 import store_float16
from satchel_convert.onnx.passes.hard_sigmoid import fuse_hard_sigmoids
from satchel_convert.onnx.passes.inferred_shapes import drop_inferred_shapes
from satchel_convert.onnx.passes.names import shorten_names
from satchel_convert.onnx.passes.operator_sets import drop_operator_sets
from satchel_convert.onnx.passes.order import sort_nodes
from satchel_convert.onnx.passes.product_order import order_products
from satchel_convert.onnx.passes.run import Pass
from satchel_convert.schemes import Scheme

EXPORTED: Sequence[Pass] = (replace_complements, fuse_hard_sigmoids)
"""The passes over tf2onnx's export, before all schemes are made from it"""

FASTER: Sequence[Pass] = (sort_nodes, order_products, simplify_choices)
"""The passes that make attention fast where it is computed in floats"""

COMPACT: Sequence[Pass] = (
    share_constants,
    drop_inferred_shapes,
    shorten_names,
    drop_operator_sets,
)
"""The passes that remove what no engine needs: a third of a quantized MobileNet's file.

They do not run over float32 models, whose names are needed to find a layer in Keras again.
"""

PASSES: Mapping[Scheme, Sequence[Pass]] = {
    "float32": FASTER,
    "float16": (store_float16, *FASTER, *COMPACT),
    "dynamic_int8": (*FASTER, *COMPACT),
    "full_int8": (sort_nodes, *COMPACT),
    "int16x8": (sort_nodes, *COMPACT),
    "weight_int8": (*FASTER, *COMPACT),
    "weight_int4": (*FASTER, *COMPACT),
    "mixed_int8": (sort_nodes, *COMPACT),
}
"""The passes of each scheme. They are the same for all its backends, which
differ only in the ranges. ``finish_onnx`` adds the metadata after them."""
