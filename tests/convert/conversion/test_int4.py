import numpy as np

from satchel_convert.conversion.int4 import pack_int4
from satchel_convert.onnx.passes.int4_weights import BLOCK, quantize_blocks


def unpack(packed, count):
    """Return the numbers of 4 bits, as ONNX and TFLite read them: the lower half first."""
    halves = np.stack([packed & 0x0F, packed >> 4], axis=1).ravel()[:count].astype(np.int8)
    return np.where(halves > 7, halves - 16, halves)


def test_packed_numbers_are_read_back_two_a_byte():
    levels = np.arange(-8, 8, dtype=np.int8).reshape(4, 4)
    packed = pack_int4(levels)
    assert (packed.dtype, packed.shape) == (np.uint8, (8,))
    assert unpack(packed, 16).tolist() == levels.ravel().tolist()


def test_the_last_of_an_odd_count_has_a_byte_to_itself():
    packed = pack_int4(np.int8([-8, 3, -1]))
    assert packed.tolist() == [0x38, 0x0F]


def test_packed_numbers_are_those_that_onnx_reads():
    import onnx
    from onnx import numpy_helper

    levels = np.random.default_rng(0).integers(-8, 8, (5, 7)).astype(np.int8)
    packed = pack_int4(levels).tobytes()
    tensor = onnx.helper.make_tensor("w", onnx.TensorProto.INT4, (5, 7), packed, raw=True)
    assert numpy_helper.to_array(tensor).astype(np.int8).tolist() == levels.tolist()


def undo(levels, scales, axis):
    wide = np.repeat(scales, BLOCK, axis=axis).take(np.arange(levels.shape[axis]), axis)
    return levels * wide


def test_blocks_are_undone_within_half_a_step_along_every_axis():
    values = np.random.default_rng(1).normal(size=(64, 5, 96)).astype(np.float32)
    for axis, blocks in ((0, (2, 5, 96)), (2, (64, 5, 3))):
        levels, scales = quantize_blocks(values, axis=axis)
        assert (levels.dtype, levels.shape, scales.shape) == (np.int8, values.shape, blocks)
        assert np.abs(levels).max() == 7
        steps = undo(np.ones_like(levels), scales, axis)
        # A half, and what float32 rounds.
        assert (np.abs(undo(levels, scales, axis) - values) <= 0.5001 * steps).all()


def test_a_last_block_that_is_not_full_has_a_scale_of_its_own_numbers():
    values = np.ones((BLOCK + 3, 2), np.float32)
    values[BLOCK:, 0] = 1e-3
    levels, scales = quantize_blocks(values, axis=0)
    assert levels.shape == values.shape
    assert scales.shape == (2, 2)
    np.testing.assert_allclose(scales[:, 0], [1 / 7, 1e-3 / 7], rtol=1e-6)
    assert (levels == 7).all()


def test_a_block_of_zeros_stays_zeros():
    levels, scales = quantize_blocks(np.zeros((BLOCK, 1), np.float32), axis=0)
    assert not levels.any()
    assert np.isfinite(scales).all()
    assert (scales > 0).all()
