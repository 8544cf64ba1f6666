import numpy as np

from satchel_convert.conversion.int4 import pack_int4


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
