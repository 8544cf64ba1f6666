"""The layers of text models, rounded as full_int8 TFLite rounds them.

They are embeddings, recurrent layers and attention. A converter unrolls a recurrent layer, so that
each step has ranges of its own. Here the ranges of sigmoid and tanh are known, and all others are
those of the batch, because a loop cannot keep them in variables on every backend. Importing this
module imports Keras.

Sources: as for ``fake_layers``; for recurrent layers also Ott et al. 2016, Recurrent Neural
Networks With Limited Numerical Precision.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from keras import activations, layers, ops

from satchel_train.quantization_aware.fake_layers import (
    SHARES,
    SIGNED,
    RoundedLayer,
    RoundedWeights,
    Rounds,
    in_limits,
    in_range,
)
from satchel_train.quantization_aware.kernels import rounded

SELECTED = ("Cast", "ExpandDims", "Squeeze", "Reshape", "Transpose", "GetItem")
"""Operations that only move numbers, or make them of whole numbers and masks"""


def round_text_layer(layer: Any) -> Any:
    """Return a new layer that does what ``layer`` does under rounding, with the same weights.

    It is None for a layer that is not one of texts, or has settings that are not known here.
    """
    makers: dict[type, Callable[[Any], Any]] = {
        layers.Embedding: _embedding,
        layers.LSTM: partial(_recurrent, cell=RoundedLSTMCell),
        layers.SimpleRNN: partial(_recurrent, cell=RoundedRNNCell),
        layers.MultiHeadAttention: _attention,
    }
    # Not isinstance: a subclass may use its weights in another way.
    maker = makers.get(type(layer))
    return None if maker is None else maker(layer)


class RoundedSequence(RoundedWeights):
    """Calls a recurrent layer with rounded kernels and rounded states."""

    def build(self, shape: Any) -> None:
        """Make the weights of the inner layer."""
        self.layer.build(shape)

    def call(self, values: Any, mask: Any = None, training: bool = False) -> Any:  # noqa: FBT001
        """Return the states for ``values``, (n, steps, size), as the layer does."""
        return self.called(values, mask=mask, training=training)


class RoundedQueries(RoundedWeights):
    """Calls an attention layer with rounded kernels and rounded scores."""

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        """Make the weights of the inner layer."""
        self.layer.build(query_shape, value_shape, key_shape)

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        attention_mask: Any = None,
        training: bool = False,  # noqa: FBT001
        use_causal_mask: bool = False,  # noqa: FBT001
    ) -> Any:
        """Return what each of ``query`` sees of ``value``, as the layer does."""
        return self.called(
            query,
            value,
            key=key,
            attention_mask=attention_mask,
            training=training,
            use_causal_mask=use_causal_mask,
        )


class RoundedLSTMCell(layers.LSTMCell):  # type: ignore[misc]
    """An LSTM's step, rounded wherever its operators in TFLite round."""

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:  # noqa: ARG002, FBT001
        """Return the new state, (n, units), and both states; each is rounded."""
        before, carry = states
        values = ops.matmul(inputs, self.kernel)
        if self.use_bias:
            values = values + self.bias
        again = in_range(ops.matmul(before, self.recurrent_kernel))
        values = in_range(in_range(values) + again)
        opened, kept, new, shown = ops.split(values, 4, axis=1)
        opened, kept, shown = (_share(ops.sigmoid(each)) for each in (opened, kept, shown))
        added = in_range(opened * _signed(ops.tanh(new)))
        carry = in_range(in_range(kept * carry) + added)
        state = _signed(shown * _signed(ops.tanh(carry)))
        return state, [state, carry]


class RoundedRNNCell(layers.SimpleRNNCell):  # type: ignore[misc]
    """A simple recurrent step, rounded wherever its operators in TFLite round."""

    def call(self, sequence: Any, states: Any, training: bool = False) -> Any:  # noqa: ARG002, FBT001
        """Return the new state, (n, units), twice; it is rounded."""
        values = ops.matmul(sequence, self.kernel)
        if self.use_bias:
            values = values + self.bias
        again = in_range(ops.matmul(states[0], self.recurrent_kernel))
        state = _signed(ops.tanh(in_range(in_range(values) + again)))
        return state, [state]


class RoundedAttention(layers.MultiHeadAttention):  # type: ignore[misc]
    """Attention whose queries, keys, values, scores and output are rounded.

    The softmax of the scores is not. Of 512 words, the mean share is half of one of 256 levels: so
    rounded, a trained transformer changed 4.7 % of its answers on 256 reviews, where its int8 file
    agrees with it, and fine-tuning under that rounding cost 2.2 points of accuracy.
    """

    def _compute_attention(
        self,
        query: Any,
        key: Any,
        value: Any,
        attention_mask: Any = None,
        training: Any = None,
        return_attention_scores: bool = False,  # noqa: ARG002, FBT001
        use_causal_mask: bool = False,  # noqa: ARG002, FBT001
    ) -> tuple[Any, Any]:
        """Return the values that each query sees; Keras asks for this name in a subclass."""
        query, key, value = map(in_range, (query, key, value))
        query = in_range(query / ops.sqrt(ops.cast(self.key_dim, query.dtype)))
        scores = in_range(ops.einsum(self._dot_product_equation, key, query))
        shares = self._masked_softmax(scores, attention_mask)
        seen = shares
        if self.dropout > 0:
            seen = self._dropout_layer(shares, training=training)
        return in_range(ops.einsum(self._combine_equation, seen, value)), shares


def _share(values: Any) -> Any:
    return in_limits(values, SHARES)


def _signed(values: Any) -> Any:
    return in_limits(values, SIGNED)


def _embedding(layer: Any) -> Any:
    copy = layers.Embedding.from_config(layer.get_config())

    def rounding(built: Any) -> list[tuple[Any, Rounds]]:
        # One range for the whole table, as for a tensor: GATHER has no scale for each channel.
        return [(built.embeddings, in_range)]

    return RoundedLayer(copy, rounding=rounding, name=layer.name)


def _recurrent(layer: Any, *, cell: Any) -> Any:
    usual = layer.activation is activations.tanh and not (layer.dropout or layer.recurrent_dropout)
    gates = getattr(layer, "recurrent_activation", activations.sigmoid)
    if not usual or gates is not activations.sigmoid or layer.return_state or layer.stateful:
        return None
    copy = layers.RNN(
        cell(layer.units, use_bias=layer.use_bias, dtype=layer.dtype_policy),
        return_sequences=layer.return_sequences,
        go_backwards=layer.go_backwards,
        zero_output_for_mask=layer.zero_output_for_mask,
        trainable=layer.trainable,
        dtype=layer.dtype_policy,
    )

    def rounding(built: Any) -> list[tuple[Any, Rounds]]:
        kernels = (built.cell.kernel, built.cell.recurrent_kernel)
        return [(kernel, partial(rounded, axes=(1,))) for kernel in kernels]

    return RoundedSequence(copy, rounding=rounding, name=layer.name)


def _attention(layer: Any) -> Any:
    copy = RoundedAttention.from_config(layer.get_config())

    def rounding(built: Any) -> list[tuple[Any, Rounds]]:
        heads = [built.query_dense.kernel, built.key_dense.kernel, built.value_dense.kernel]
        # (size, heads, size of a head) in front, (heads, size of a head, size) behind.
        return [
            *((kernel, partial(rounded, axes=(1, 2))) for kernel in heads),
            (built.output_dense.kernel, partial(rounded, axes=(2,))),
        ]

    return RoundedQueries(copy, rounding=rounding, name=layer.name)
