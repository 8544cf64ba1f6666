"""The runtime against its conformance vectors, read from the files as any port reads them."""

import base64
import copy
import filecmp
import json

import numpy as np
import pytest

from conformance.encoded_images import encoded_images
from conformance.vector_files import FOLDER, plain
from conformance.vectors_tokenizers import fed_tensors, parsed, rows_of
from helpers.cases import each_of
from satchel.bundle.archive import CARD_NAME, unpack
from satchel.bundle.card import Card, ModelEntry, TensorSpec, parse_card
from satchel.bundle.image_input import ImageInput
from satchel.bundle.image_output import ImageOutput
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.latent_input import LatentInput
from satchel.bundle.reading import Bundle, check_entries, open_bundle
from satchel.bundle.text_input import TextInput
from satchel.bundle.trust import Trust
from satchel.engines.engine import ENGINES
from satchel.engines.fake import FakeEngine
from satchel.errors import SatchelError
from satchel.inference.model import open_model, wrap_engine
from satchel.inference.prediction import best_labels, top_k
from satchel.inference.selection import runs
from satchel.preprocessing import RegexSpec, open_tokenizer
from satchel.preprocessing.image_header import read_header
from satchel.preprocessing.images import decode, read_pixels, to_tensor
from satchel.preprocessing.latent import draw_latent, quantize_latent, splitmix64
from satchel.preprocessing.preprocessor import open_reader
from satchel.preprocessing.tokenizers.kinds import KINDS
from satchel.preprocessing.tokenizers.regex import (
    RegexTokenizer,
    compile_delimiter,
    parse_vocabulary,
)
from satchel.selftest.vectors import blend, golden_vectors
from satchel.signatures.keys import parse_public_keys
from satchel.tasks import image_output, label_output

MOST_BYTES = 2_000_000
"""Of the whole folder: everybody who clones the project carries it"""


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_bytes())


IMAGES, TEXTS, TOKENIZERS, LATENTS, PREDICTIONS = map(
    load, ("pictures", "texts", "tokenizers", "latents", "answers")
)
SCORES, REFUSALS, CARD_REFUSALS = map(load, ("scores", "refusals", "card_refusals"))
FILES = {image["name"]: (FOLDER / image["file"]) for image in IMAGES["pictures"]}
BASES = {base["name"]: (FOLDER / base["file"]).read_bytes() for base in REFUSALS["bases"]}
CARDS = {name: unpack(content)[CARD_NAME] for name, content in BASES.items()}


def array(path):
    return np.load(FOLDER / path, allow_pickle=False)


def image_input(fields):
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return ImageInput(**{**fields, **lists})


def edited(base, edits):
    content = bytearray(base)
    for at, drop, insert in reversed(edits):
        content[at : at + drop] = base64.b64decode(insert)
    return bytes(content)


def error_of(do):
    """Return the name of the error, which is one line; None where there is none."""
    try:
        do()
    except SatchelError as refusal:
        message, name = str(refusal), type(refusal).__name__
    else:
        return None
    assert "\n" not in message
    return name


def case_name(case):
    return ascii(case.get("name", case.get("what", case)))[:60]


def each(cases):
    return each_of(cases, name=case_name)


@each(IMAGES["budgets"])
def test_an_image_beyond_a_budget_is_refused_by_its_header(case):
    content = b"".join(base64.b64decode(piece) * times for piece, times in case["pieces"])
    assert error_of(lambda: read_header(content)) == case["error"]


@each(IMAGES["pictures"])
def test_an_image_is_decoded_turned_upright_and_converted(case):
    upright = array(case["upright"]).astype(int)
    assert upright.shape[2] == 4
    for background in ((255, 255, 255), (3, 2, 1)):
        alpha = upright[..., 3:]
        mixed = (upright[..., :3] * alpha + np.array(background) * (255 - alpha) + 127) // 255
        found = decode(FILES[case["name"]].read_bytes(), background)
        assert np.array_equal(found, mixed)


@each(IMAGES["resized"])
def test_an_image_is_flattened_cut_and_resized(case):
    content, taken = FILES[case["picture"]].read_bytes(), image_input(case["input"])
    if "flattened" in case:
        assert np.array_equal(decode(content, taken.background), array(case["flattened"]))
    assert np.array_equal(read_pixels(content, taken)[0], array(case["pixels"]))


@each(IMAGES["blended"])
def test_two_images_are_blended(case):
    taken = image_input(case["input"])
    one, other = (read_pixels(FILES[case[end]].read_bytes(), taken) for end in ("picture", "other"))
    assert np.array_equal(blend(one, other, case["share"])[0], array(case["pixels"]))


@each(IMAGES["tensors"])
def test_pixels_become_a_tensor(case):
    taken, tensor = image_input(case["input"]), TensorSpec(**case["tensor"])
    found, expected = (
        to_tensor(array(case["pixels"])[np.newaxis], taken, tensor),
        array(case["values"]),
    )
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected)


@each(TEXTS["delimiters"])
def test_texts_become_ids(case):
    words = parse_vocabulary((FOLDER / TEXTS["vocabulary"]).read_bytes())
    tokenize = RegexTokenizer(compile_delimiter(case["delimiter"]), words, TEXTS["length"])
    assert [tokenize(text)[0].tolist() for text in TEXTS["texts"]] == case["ids"]


@each(TEXTS["longer"])
def test_a_long_text_becomes_ids(case):
    words = parse_vocabulary((FOLDER / TEXTS["vocabulary"]).read_bytes())
    tokenize = RegexTokenizer(compile_delimiter(case["delimiter"]), words, case["length"])
    assert tokenize(case["text"] * case["times"])[0].tolist() == case["ids"]


@each(TEXTS["refused"])
def test_a_delimiter_is_refused(case):
    assert error_of(lambda: compile_delimiter(case["delimiter"])) == case["error"] == "CardError"


VOCABULARIES = {name: (FOLDER / path).read_bytes() for name, path in TOKENIZERS["files"].items()}
INPUTS = {case["name"]: case["input"] for case in TOKENIZERS["inputs"]}


@each(TOKENIZERS["inputs"])
def test_texts_become_rows(case):
    found = [rows_of(case["input"], VOCABULARIES, text) for text in TOKENIZERS["texts"]]
    assert found == case["rows"]


@each(TOKENIZERS["longer"])
def test_a_long_text_becomes_rows(case):
    text = case["text"] * case["times"]
    assert rows_of(INPUTS[case["name"]], VOCABULARIES, text) == case["rows"]


@each(TOKENIZERS["fed"])
def test_a_model_is_fed_a_tensor_for_each_of_its_inputs(case):
    fed = fed_tensors(INPUTS[case["name"]], case["tensor"], VOCABULARIES, case["text"])
    found = [
        {"dtype": str(each.dtype), "shape": list(each.shape), "values": each.ravel().tolist()}
        for each in fed
    ]
    assert found == case["fed"]


@each(TOKENIZERS["refused"])
def test_a_vocabulary_of_a_tokenizer_is_refused_or_read(case):
    input_spec = parsed(case["input"])
    files = dict.fromkeys(input_spec.files, base64.b64decode(case["content"]))
    assert error_of(lambda: open_tokenizer(input_spec, files)) == case["error"]


@each(LATENTS["cases"])
def test_a_seed_becomes_a_latent(case):
    latent = draw_latent(case["seed"], len(case["z"]))[0]
    assert [str(z) for z in splitmix64(case["seed"], len(case["z"]))] == case["z"]
    assert [f"{bits:08x}" for bits in latent.view(np.uint32)] == case["bits"]
    assert latent.tolist() == case["latent"]


def test_a_longer_latent_is_the_same_bits():
    for case in LATENTS["longer"]:
        assert np.array_equal(draw_latent(case["seed"], case["length"]), array(case["latent"]))


@each(LATENTS["tensors"])
def test_a_latent_becomes_levels(case):
    latent = draw_latent(case["seed"], case["length"])
    assert quantize_latent(latent, TensorSpec(**case["tensor"]))[0].tolist() == case["values"]


@each(LATENTS["refused"])
def test_what_is_no_seed_is_refused(case):
    assert error_of(lambda: draw_latent(case["seed"], 1)) == case["error"] == "InputError"


def given_output(fields):
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    kind = LabelOutput if fields["kind"] == "labels" else ImageOutput
    return kind(**{**fields, **lists})


def answer_of(case, raw):
    given = given_output(case["output"])
    entry = ModelEntry(
        file="a.tflite",
        format="tflite",
        scheme="float32",
        size_bytes=1,
        input=TensorSpec("float32"),
        output=TensorSpec(**case["tensor"]),
        needs={},
        golden_tolerance=0,
        golden_tolerance_why="",
    )
    task = "text-classification" if given.labels else "image-generation"
    input_spec = TextInput(1, RegexSpec("", "")) if given.labels else LatentInput(1)
    card = Card("a", "1.0.0", task, input_spec, given, (entry,))
    model = wrap_engine(FakeEngine(raw), Bundle(card, {}))
    return model.predict(np.zeros((1, 1), np.float32))


@each(PREDICTIONS["labels"])
def test_an_output_becomes_probabilities(case):
    found = answer_of(case, np.array([case["values"]], case["tensor"]["dtype"]))
    assert found.tolist() == pytest.approx(case["probabilities"], abs=case["tolerance"], rel=0)


@each(PREDICTIONS["pictures"])
def test_an_output_becomes_pixels(case):
    given = given_output(case["output"])
    raw = np.array(case["values"], case["tensor"]["dtype"]).reshape(1, *given.shape)
    assert answer_of(case, raw).ravel().tolist() == case["pixels"]


@each(PREDICTIONS["refused"])
def test_an_output_that_is_no_answer_is_refused(case):
    raw = np.array(case["values"], case["dtype"]).reshape(case["shape"])
    assert error_of(lambda: answer_of(case, raw)) == case["error"] == "EngineError"


@each(PREDICTIONS["top"])
def test_scores_become_the_best_labels(case):
    best = top_k(np.array(case["scores"], np.float32), case["labels"], case["k"])
    assert [list(each) for each in best] == case["top"]


@each(PREDICTIONS["best"])
def test_scores_become_labels_with_their_ids_and_choices(case):
    best = best_labels(
        np.array(case["scores"], np.float32), given_output(case["output"]), case["k"]
    )
    named = [{**each._asdict(), "id": each.id, "chosen": each.chosen} for each in best]
    assert named == case["best"]


@each(PREDICTIONS["differences"])
def test_two_answers_are_so_far_apart(case):
    kinds = {"labels": (label_output, np.float32), "image": (image_output, np.uint8)}
    module, dtype = kinds[case["kind"]]
    found = module.difference(np.array(case["expected"], dtype), np.array(case["found"], dtype))
    # The root of a mean, in double precision.
    assert found == pytest.approx(case["difference"], rel=1e-12, abs=0)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("bundle_name", sorted({case["bundle"] for case in SCORES["cases"]}))
def test_models_say_what_they_said_where_the_vectors_were_made(bundle_name, engine):
    bundle = open_bundle(FOLDER.parent / bundle_name)
    read = open_reader(bundle.card, bundle.files)
    able = {entry.file for entry in bundle.card.models if runs(entry, engine)}
    cases = [
        case for case in SCORES["cases"] if case["bundle"] == bundle_name and case["model"] in able
    ]
    if not cases:
        pytest.skip(f"{engine} is not here, or runs none of these models")
    models = {
        name: open_model(bundle, file=name, engine=engine, threads=1)
        for name in {case["model"] for case in cases}
    }
    for case in cases:
        found = models[case["model"]].predict(read(raw_input(bundle, case["input"])))
        tolerance = SCORES["tolerances"][case["scheme"]]["tolerance"]
        assert found.tolist() == pytest.approx(case["scores"], abs=tolerance, rel=0)


def raw_input(bundle, given):
    if "picture" in given:
        return FILES[given["picture"]].read_bytes()
    if "text" in given:
        return given["text"]
    content = bundle.files[given["entry"]]
    return content.decode() if isinstance(bundle.card.input, TextInput) else content


@each(REFUSALS["bases"])
def test_a_valid_bundle_is_opened(case):
    bundle = check_entries(unpack(BASES[case["name"]]))
    assert plain(bundle.card) == case["card"]
    assert bundle.card_digest == case["digest"]
    assert (bundle.signer and bundle.signer.fingerprint) == case["signer"]
    assert golden_vectors(bundle)


@each(REFUSALS["bundles"])
def test_a_bundle_is_refused(case):
    content = edited(BASES[case["base"]], case["edits"])
    found = error_of(lambda: check_entries(unpack(content)))
    assert found == case["error"]
    assert found in ("BundleError", "CardError")


@each(REFUSALS["cards"])
def test_a_card_is_refused_or_read(case):
    content = edited(CARDS[case["base"]], case["edits"])
    assert error_of(lambda: parse_card(content)) == case["error"]


@each(CARD_REFUSALS["bases"])
def test_a_card_with_one_field_changed_is_refused_or_read(case):
    assert card_error(case["card"]) is None
    changes = [change for change in CARD_REFUSALS["cases"] if change["base"] == case["name"]]
    errors = [card_error(with_field(case["card"], change)) for change in changes]
    pairs = zip(changes, errors, strict=True)
    assert [change for change, error in pairs if change["error"] != error] == []


def card_error(card):
    return error_of(lambda: parse_card(json.dumps(card).encode()))


def with_field(card, change):
    """Return the card with one field set, or taken out where the change has no value."""
    other = copy.deepcopy(card)
    *way, last = change["at"][1:].split("/")
    place = other
    for name in way:
        place = place[int(name) if isinstance(place, list) else name]
    if "value" in change:
        place[last] = change["value"]
    else:
        del place[last]
    return other


@each(REFUSALS["golden"])
def test_golden_vectors_are_refused_or_read(case):
    bundle = check_entries(unpack(BASES[case["base"]]))
    files = {**bundle.files, bundle.card.golden: case["content"].encode()}
    assert error_of(lambda: golden_vectors(Bundle(bundle.card, files))) == case["error"]


@each(REFUSALS["vocabularies"])
def test_a_vocabulary_is_refused_or_read(case):
    content = base64.b64decode(case["content"])
    assert error_of(lambda: parse_vocabulary(content)) == case["error"]


@each(REFUSALS["signatures"])
def test_a_signed_bundle_is_trusted_or_refused(case):
    keys = [key for line in case["trusted"] for key in parse_public_keys(line.encode(), "keys")]
    content = edited(BASES[case["base"]], case["edits"])
    trust = Trust(tuple(keys)) if keys else None
    assert error_of(lambda: check_entries(unpack(content), trust=trust)) == case["error"]


def test_the_vectors_are_what_the_runtime_makes_of_the_images(tmp_path):
    # Worth ten seconds: no vector may say what the runtime does not do any more.
    for module in ("cryptography", "ai_edge_litert", "onnxruntime"):
        pytest.importorskip(module)
    from conformance.make_conformance import kept_images, write

    write(tmp_path, kept_images())
    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {path.relative_to(FOLDER) for path in FOLDER.rglob("*") if path.is_file()}
    for path in written:
        if path.name in ("answers.json", "scores.json"):
            # Exponentials and engines round in other ways on other processors.
            found, kept = (json.loads((at / path).read_bytes()) for at in (tmp_path, FOLDER))
            assert without_numbers(found) == without_numbers(kept)
        else:
            assert filecmp.cmp(tmp_path / path, FOLDER / path, shallow=False), path


def without_numbers(value):
    if isinstance(value, dict):
        return {name: without_numbers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [without_numbers(inner) for inner in value]
    return 0.0 if isinstance(value, float) else value


def test_chance_inputs_follow_from_their_seed_and_are_refused_and_not():
    pytest.importorskip("cryptography")
    from conformance.differential import chance_cases

    cases = chance_cases(60, seed=1)
    assert cases == chance_cases(60, seed=1)
    assert cases != chance_cases(60, seed=2)
    for kind in ("bundles", "cards", "delimiters"):
        assert {None, "CardError"} <= {case["error"] for case in cases[kind]}
    kinds = {case["input"]["tokenizer"]["kind"] for case in cases["tokenizers"]}
    assert kinds == {"vectorization", "keras_tokenizer", "wordpiece"}


def test_every_image_is_there_once_and_the_folder_stays_small():
    assert [image.name for image in encoded_images()] == list(FILES)
    sizes = [path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(sizes) <= MOST_BYTES


def test_what_must_be_tried_is_tried():
    tried = {case["input"]["tokenizer"]["kind"] for case in TOKENIZERS["inputs"]}
    assert {*KINDS} - tried == {"sentencepiece"}, "no port has it; Python's tests try it"
    assert None in TOKENIZERS["inputs"][0]["rows"]
    suffixes = {path.suffix for path in FILES.values()}
    assert suffixes == {".png", ".jpg", ".webp", ".gif", ".bmp", ".tiff"}
    assert {f"orientation_{tag}.jpg" for tag in range(1, 9)} <= FILES.keys()
    assert {0, 7, 1234567, 2**53 - 1} <= {case["seed"] for case in LATENTS["cases"]}
    assert {"full_int8.tflite", "full_int8.onnx", "float32.tflite", "float32.onnx"} == {
        case["model"] for case in SCORES["cases"]
    }
    refused = [case for name in ("bundles", "cards", "signatures") for case in REFUSALS[name]]
    errors = {case["error"] for case in refused}
    assert errors == {None, "BundleError", "CardError", "TrustError"}
    trusted = [case["what"] for case in REFUSALS["signatures"] if case["error"] is None]
    assert trusted == ["by our key", "by one of two keys", "by a key, none is asked for"]
