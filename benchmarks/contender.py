"""One contender of the speed benchmarks, run by `side_by_side.py` in its own environment.

    python contender.py KIND '{"model": "mobilenet.tflite", "image": "photo.jpg"}'

Each line of standard input is a number of runs. Each line of standard output is JSON: the
microseconds that a run took and what the contender predicted. The script imports only what its kind
needs, because the packages of the other kinds are not installed there.
"""

import itertools
import json
import re
import statistics
import sys
import time
from pathlib import Path


def bare_jpeg(model, image):
    """Return a run of Pillow and the interpreter, as in LiteRT's example, with Satchel's filter."""
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter
    from PIL import Image

    interpreter = Interpreter(model_path=model, num_threads=1)
    interpreter.allocate_tensors()
    input_tensor, output_tensor = (
        interpreter.get_input_details()[0],
        interpreter.get_output_details()[0],
    )
    _, height, width, _ = input_tensor["shape"]

    def run():
        pixels = Image.open(image).convert("RGB").resize((width, height), Image.BILINEAR)
        interpreter.set_tensor(input_tensor["index"], np.asarray(pixels)[np.newaxis])
        interpreter.invoke()
        return int(interpreter.get_tensor(output_tensor["index"])[0].argmax())

    return run


def bare_engine(model):
    """Return a run of the interpreter alone, on zeros: the least that any contender can take."""
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=model, num_threads=1)
    interpreter.allocate_tensors()
    input_tensor, output_tensor = (
        interpreter.get_input_details()[0],
        interpreter.get_output_details()[0],
    )
    zeros = np.zeros(input_tensor["shape"], input_tensor["dtype"])

    def run():
        interpreter.set_tensor(input_tensor["index"], zeros)
        interpreter.invoke()
        interpreter.get_tensor(output_tensor["index"])

    return run


def mediapipe_jpeg(model, image):
    """Return a run of MediaPipe Tasks' ImageClassifier, from the file to the label's position."""
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.ImageClassifierOptions(BaseOptions(model_asset_path=model), max_results=1)
    classifier = vision.ImageClassifier.create_from_options(options)

    def run():
        opened = mediapipe.Image.create_from_file(image)
        return classifier.classify(opened).classifications[0].categories[0].index

    return run


def satchel_jpeg(bundle, model, image, decoding):
    """Return a run of Satchel, from the file to the label's position."""
    from satchel import ImageClassifier

    classifier = ImageClassifier(bundle, model=model, decoding=decoding)
    labels = classifier.bundle.card.output.labels

    def run():
        return labels.index(classifier.classify(image, top=1)[0].label)

    return run


def mediapipe_text(model, text):
    """Return a run of MediaPipe Tasks' TextClassifier, from the text to the label."""
    from mediapipe.tasks.python import BaseOptions, text as tasks

    options = tasks.TextClassifierOptions(BaseOptions(model_asset_path=model), max_results=1)
    classifier = tasks.TextClassifier.create_from_options(options)

    def run():
        return classifier.classify(text).classifications[0].categories[0].category_name

    return run


def satchel_text(bundle, model, text):
    """Return a run of Satchel, from the text to the label."""
    from satchel import TextClassifier

    classifier = TextClassifier(bundle, model=model)
    return lambda: classifier.classify(text, top=1)[0].label


def satchel_tokens(bundle, text):
    """Return a run of Satchel's tokenizer alone, from the text to its ids."""
    from satchel import open_bundle
    from satchel.preprocessing import open_tokenizer

    opened = open_bundle(bundle)
    input_spec = opened.card.input
    tokenizer = open_tokenizer(input_spec, opened.files)
    return lambda: tokenizer(text)[0].tolist()


def huggingface_tokens(vocabulary, delimiter, length, text):
    """Return a run of Hugging Face's tokenizers, configured to give the same ids."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

    lines = Path(vocabulary).read_text(encoding="utf-8").splitlines()
    ids = {token: int(number) for token, number in (line.split(" ") for line in lines)}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token="<UNKNOWN>"))  # noqa: S106
    # RE2's \w is ASCII only, unlike that of Hugging Face's engine: list the characters.
    ascii_only = delimiter.replace(r"\w", "a-zA-Z0-9_")
    assert re.fullmatch(r"\[[^\\]+\]\+", ascii_only), delimiter
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(ascii_only), behavior="removed")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<START> $A", special_tokens=[("<START>", ids["<START>"])]
    )
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(pad_id=ids["<PAD>"], length=length, pad_token="<PAD>")  # noqa: S106
    return lambda: tokenizer.encode(text).ids


def satchel_kind(spec, files, texts, length):
    """Return a run of one kind of Satchel's tokenizers, which takes the next text each time."""
    from satchel.bundle import Fields, TextInput
    from satchel.preprocessing import open_tokenizer, parse_tokenizer

    text = TextInput(length, parse_tokenizer(Fields(spec, "tokenizer")))
    contents = {name: Path(path).read_bytes() for name, path in files.items()}
    tokenizer = open_tokenizer(text, contents)
    return _of_each(texts, lambda content: tokenizer(content)[0].tolist())


def huggingface_wordpiece(spec, files, texts, length):
    """Return a run of Hugging Face's WordPiece."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    lines = Path(files[spec["vocabulary"]]).read_text(encoding="utf-8").splitlines()
    ids = {token: at for at, token in enumerate(lines)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token=spec["unknown"]))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(each, ids[each]) for each in (spec["start"], spec["end"])]
    single = f"{spec['start']} $A {spec['end']}"
    tokenizer.post_processor = processors.TemplateProcessing(single=single, special_tokens=ends)
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(length=length)
    return _of_each(texts, lambda content: tokenizer.encode(content).ids)


def keras_vectorization(spec, files, texts, length):
    """Return a run of Keras's layer, one text at a time."""
    import keras
    import tensorflow as tf

    vocabulary = json.loads(Path(files[spec["vocabulary"]]).read_bytes())
    layer = keras.layers.TextVectorization(output_sequence_length=length, vocabulary=vocabulary)
    return _of_each(texts, lambda content: layer(tf.constant([content]))[0].numpy().tolist())


def keras_tokenizer(spec, files, texts, length):
    """Return a run of Keras 2's Tokenizer and pad_sequences."""
    from tf_keras.preprocessing.sequence import pad_sequences
    from tf_keras.preprocessing.text import Tokenizer

    vocabulary = json.loads(Path(files[spec["vocabulary"]]).read_bytes())
    tokenizer = Tokenizer(oov_token=vocabulary[1], filters=spec["filters"])
    tokenizer.word_index = {word: at for at, word in enumerate(vocabulary) if at}

    def run(content):
        return pad_sequences(tokenizer.texts_to_sequences([content]), maxlen=length)[0].tolist()

    return _of_each(texts, run)


def sentencepiece(spec, files, texts, length):
    """Return a run of the SentencePiece package."""
    from sentencepiece import SentencePieceProcessor

    processor = SentencePieceProcessor(model_file=files[spec["model"]])

    def run(content):
        ids = processor.encode(content)[:length]
        return ids + [0] * (length - len(ids))

    return _of_each(texts, run)


def _of_each(texts, run):
    """Return a run of the next text each time, from the first again after the last."""
    contents = itertools.cycle(json.loads(Path(texts).read_bytes()))
    return lambda: run(next(contents))


def main():
    """Answer requests until there are no more."""
    run = globals()[sys.argv[1]](**json.loads(sys.argv[2]))
    for line in sys.stdin:
        seconds = []
        cpu = time.process_time()
        for _ in range(int(line)):
            started = time.perf_counter()
            prediction = run()
            seconds.append(time.perf_counter() - started)
        cpu = time.process_time() - cpu
        found = {
            "wall_us": statistics.median(seconds) * 1e6,
            "cpu_us": cpu / len(seconds) * 1e6,
            "prediction": prediction,
        }
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
