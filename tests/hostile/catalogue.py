"""Every case that a loader must survive, by its number, and where its test is.

A number in the name of a test here says which case it is (``test_case_35_...``); a generator yields
its numbers. This page adds the cases whose one place is another folder, and says of the few without
a test why.
"""

from collections.abc import Mapping

CASES: Mapping[int, str] = {
    1: "an entry named ../",
    2: "an absolute path, a drive letter, a UNC path, a backslash",
    3: "a symbolic link",
    4: "a hard link or a device",
    5: "a bundle that is swapped between check and open",
    6: "a name twice, in another case, as a Unicode twin",
    7: "local header and directory disagree, data in front or behind",
    8: "a decompression bomb, overlapping entries, lying sizes",
    9: "too many entries, names that are very long or hold NUL or controls",
    10: "encryption, unknown compression",
    11: "cut short at every byte",
    12: "a file that is not listed",
    13: "a listed file that is missing",
    14: "JSON that nests, huge integers, NaN, infinity, duplicate keys, BOM, not UTF-8",
    15: "wrong types, an unknown major version, an unknown required field",
    16: "names such as __class__",
    17: "another number of labels than scores",
    18: "a scale of 0, NaN, infinite or negative, a zero point out of range",
    19: "a mean or deviation that is 0 or NaN",
    20: "an input of 10^9 pixels, of none",
    21: "a vocabulary with tokens that come twice, are empty or huge",
    22: "one bit flipped anywhere",
    23: "a hash of another length or algorithm",
    24: "a signature stripped, by another key, over another card, downgraded",
    25: "files mixed from two valid bundles",
    26: "a rollback to an older signed version",
    27: "metadata that expired or is ahead of its time",
    28: "a download without end",
    29: "a power cut in the middle of an install",
    30: "buffers that point past the end",
    31: "CUSTOM and Flex operators",
    32: "dimensions of zero, division by zero",
    33: "negative or huge indices of tensors",
    34: "shapes that need more memory than the limit",
    35: "a WHILE that never ends",
    36: "input dtype or rank not as the card says",
    37: "a model that needs a newer runtime",
    38: "a file that aborts the process",
    39: "external data in an initializer or attribute",
    40: "operators of a custom domain",
    41: "deep recursion, more than 2 GB",
    42: "nested If and Loop",
    43: "session configuration in the metadata",
    44: "a .keras file with Lambda or other code",
    45: "HDF5 external links, shape bombs",
    46: "npz with object arrays",
    47: "pickled CIFAR batches",
    48: "a data set's tar that escapes its folder",
    49: "decompression-bomb image, truncated JPEG, EXIF, CMYK, 16-bit, alpha, animated",
    50: "a string of 10 MB, lone surrogates, NUL, right to left, unknown script",
    51: "NaN and infinite numbers",
    52: "many threads on one classifier",
}

ELSEWHERE: Mapping[int, tuple[str, ...]] = {
    5: (
        "tests/runtime/bundle/test_stored_entries.py::"
        "test_a_bundle_that_is_replaced_meanwhile_is_still_the_one_that_was_opened",
    ),
    11: ("tests/runtime/bundle/test_archive.py::test_a_bundle_cut_short_at_any_byte_is_refused",),
    22: (
        "tests/runtime/bundle/test_archive.py::"
        "test_every_single_bit_that_flips_is_refused_before_an_engine_is_opened",
    ),
    39: (
        "tests/runtime/model_checks/test_onnx_external.py::"
        "test_external_weights_are_found_in_every_place",
    ),
    44: (
        "tests/convert/own_models/test_images.py::test_code_in_a_file_is_refused",
        "tests/convert/own_models/test_bad_input.py::test_a_keras_file_with_code_in_it",
    ),
    46: (
        "tests/train/recipes/test_data.py::test_other_arrays_than_those_of_mnist_are_one_line",
        "tests/train/training_loop/test_checkpoint.py::test_pickled_objects_are_not_loaded",
    ),
    48: ("tests/train/recipes/test_data.py::test_a_link_in_place_of_a_review_is_refused",),
}  # fmt: skip
"""By case: tests of other folders that hold it too"""

WITHOUT: Mapping[int, str] = {
    24: "signatures are checked where they are made: the tests of `satchel sign` and `--trust`",
    26: "as 24",
    27: "as 24",
    29: "nothing installs bundles yet: a file is opened where it lies",
    45: "Keras itself reads HDF5, and Keras's tests hold it: no file of ours has any",
}
"""By case: why no test here has it"""
