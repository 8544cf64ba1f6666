"""Finished files that no bundle may hold, and what does not go with one: one line, exit 2."""

import shutil

import numpy as np
import pytest

from helpers.finished_models import onnx_graph


@pytest.fixture
def refusal(refused, finished, tmp_path):
    """Return a function that packs a file, with ``content`` if given, and returns the refusal."""
    own = shutil.copytree(finished, tmp_path / "own")

    def refuse(name, *more, content=None, labels="red green blue"):
        (own / "labels.txt").write_text("".join(f"{label}\n" for label in labels.split()))
        if content is not None:
            (own / name).write_bytes(content)
        return refused("pack", own / name, "--labels", own / "labels.txt", *more)

    return refuse


def test_labels_that_do_not_match_the_outputs(refusal):
    line = refusal("uint8.tflite", labels="red green")
    assert "Expected 3 labels for the 3 outputs of 'uint8.tflite', got 2" in line


def test_a_file_of_another_kind(refusal):
    line = refusal("model.pb", content=b"")
    assert "Expected a .tflite or .onnx file, got 'model.pb': satchel convert makes" in line


def test_a_file_that_is_not_there(refusal):
    assert refusal("nowhere.onnx").endswith("nowhere.onnx': No such file or directory.")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("junk.tflite", "Expected a TFLite model, got a damaged file: it is not marked TFL3."),
        ("junk.onnx", "Expected an ONNX model, got a damaged file: "),
    ],
)
def test_a_file_that_is_no_model(refusal, name, reason):
    assert reason in refusal(name, content=b"\xffjunk")


def test_a_tflite_that_is_cut_off_costs_one_line(refusal, finished):
    content = (finished / "uint8.tflite").read_bytes()
    assert "Expected" in refusal("cut.tflite", content=content[: len(content) // 2])


def test_blue_first(refusal):
    line = refusal("float.tflite", "--preprocess", "keras:resnet50", "--channels", "rgb")
    assert "Expected no --channels rgb for 'float.tflite': --preprocess says blue first." in line


def test_a_float_model_of_which_nothing_says_what_a_pixel_is(refusal):
    line = refusal("float.tflite")
    assert "nothing says which a pixel is. Usual are -1 to 1 (--mean 127.5 --std 127.5);" in line


def test_usual_preparations_that_are_equally_good(refusal, tmp_path):
    # The model is right whatever the scale is, because its biases are small.
    line = refusal("float.tflite", "--evaluation", tmp_path / "own" / "evaluation")
    assert "are too close to choose, 12 and 12 of 12 samples right." in line


def test_labels_in_metadata_that_is_not_there(refused, finished):
    line = refused("pack", finished / "uint8.tflite")
    assert "Expected --labels FILE with 3 labels for 'uint8.tflite': its metadata holds" in line


def test_a_mean_of_pixels_that_go_in_as_bytes(refusal):
    line = refusal("bytes.onnx", "--mean", "127.5")
    assert "Expected no --mean, --std or --preprocess for 'bytes.onnx': its bytes are" in line


def test_an_image_that_cannot_be_read_is_named(refusal, tmp_path):
    (tmp_path / "own" / "evaluation" / "red" / "broken.png").write_bytes(b"no image")
    line = refusal("uint8.tflite", "--evaluation", tmp_path / "own" / "evaluation")
    assert "Expected an image (" in line
    assert "broken.png" in line


def test_images_of_other_labels(refusal, tmp_path):
    place = tmp_path / "own" / "evaluation"
    shutil.copytree(next(place.iterdir()), place / "mauve")
    line = refusal("uint8.tflite", "--evaluation", place)
    assert "Expected one of the model's labels in the name of the folder" in line


def test_scores_that_are_no_probabilities(refusal):
    from onnx import helper

    nodes = [helper.make_node("Identity", ["logits"], ["scores"])]
    content = onnx_graph((1, 8, 8, 3), nodes=nodes)
    line = refusal("logits.onnx", "--mean", "0", "--activation", "softmax", content=content)
    assert "Expected probabilities from 'logits', got " in line
    assert line.endswith("add --activation none.")


def test_an_onnx_of_two_outputs(refusal):
    from onnx import helper

    nodes = [
        helper.make_node("Softmax", ["logits"], ["scores"], axis=1),
        helper.make_node("Identity", ["logits"], ["more"]),
    ]
    content = onnx_graph((1, 8, 8, 3), nodes=nodes, outputs=("scores", "more"))
    line = refusal("two.onnx", content=content)
    # The one with a softmax is taken.
    assert "it reads real numbers, and nothing says which a pixel is." in line


def test_a_tflite_of_two_inputs(refusal):
    import keras
    import tensorflow as tf

    pair = [keras.Input((8, 8, 3)), keras.Input((8, 8, 3))]
    values = keras.layers.GlobalAveragePooling2D()(keras.layers.Add()(pair))
    content = tf.lite.TFLiteConverter.from_keras_model(keras.Model(pair, values)).convert()
    line = refusal("two.tflite", content=content)
    assert "Expected a TFLite model with one input, got 2: " in line
    assert "name ids input_ids, a mask attention_mask, and segments token_type_ids." in line


@pytest.mark.parametrize("shape", [(1, "height", "width", 3), (4, 8, 8, 3)])
def test_an_onnx_whose_size_is_not_fixed(refusal, shape):
    line = refusal("any.onnx", content=onnx_graph(shape))
    expected = "--size HEIGHT,WIDTH" if shape[0] == 1 else "a .onnx with a batch of 1"
    assert f"Expected {expected}" in line
    assert f"got {shape}" in line


@pytest.mark.parametrize("shape", [(None, None, 3), (8, 8, 3)])
def test_a_tflite_whose_size_is_not_fixed(refusal, shape):
    import keras
    import tensorflow as tf

    batch = 4 if None not in shape else None
    input_spec = keras.Input(batch_shape=(batch, *shape))
    model = keras.Model(input_spec, keras.layers.GlobalAveragePooling2D()(input_spec))
    content = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    line = refusal("any.tflite", content=content)
    expected = "a .tflite with a batch of 1" if batch else "--size HEIGHT,WIDTH"
    assert f"Expected {expected}" in line
    assert f"got {(batch, *shape)}" in line


def test_real_numbers_of_which_nothing_is_known(refusal):
    line = refusal("unknown.onnx", content=onnx_graph((1, 8, 8, 3)))
    assert "Expected --mean and --std, --preprocess keras:NAME, or --evaluation to find" in line


def test_an_onnx_of_int8_does_not_say_its_scale(refusal):
    from onnx import TensorProto

    content = onnx_graph((1, 8, 8, 3), dtype=TensorProto.INT8)
    line = refusal("int8.onnx", content=content)
    assert "got int8, whose scale the file does not hold." in line


def test_a_model_that_says_something_else_every_time(refusal):
    from onnx import helper

    nodes = [
        helper.make_node("RandomNormalLike", ["logits"], ["noise"], scale=20.0),
        helper.make_node("Add", ["logits", "noise"], ["noisy"]),
        helper.make_node("Softmax", ["noisy"], ["scores"], axis=1),
    ]
    content = onnx_graph((1, 8, 8, 3), nodes=nodes)
    line = refusal("random.onnx", "--mean", "0", content=content)
    assert "Expected the same predictions a second time from 'random', within" in line


def test_weights_in_another_file(refusal, tmp_path):
    import onnx

    model = onnx.load_from_string(onnx_graph((1, 8, 8, 3)))
    onnx.external_data_helper.convert_model_to_external_data(model, size_threshold=0)
    onnx.save(model, tmp_path / "own" / "external.onnx")
    line = refusal("external.onnx")
    assert "Expected an ONNX model that holds its weights, got one that names files." in line


def test_a_tflite_that_points_behind_its_tensors(refusal, finished):
    from satchel_convert.tflite.flatbuffer import read_tree, write_tree

    tree = read_tree((finished / "float.tflite").read_bytes())
    tree.subgraphs[0].operators[0].inputs = np.int32([10_000, 1, 2])
    line = refusal("damaged.tflite", content=write_tree(tree))
    assert "got a damaged file: an operator names tensor 10000 of 10." in line


def test_a_model_that_never_ends_is_ended(refusal):
    line = refusal("uint8.tflite", "--deadline", "0.001")
    assert line == "satchel pack: took longer than the deadline of 0.001 s"
