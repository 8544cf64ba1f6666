import shutil

from helpers.world_files import WORLD, needs_world_files
from satchel import ImageClassifier
from satchel_convert import convert
from satchel_convert.settings import ImageSettings, Limits

pytestmark = needs_world_files


def test_a_published_float_mobilenet_quantizes_and_still_knows_a_burger(tmp_path):
    assert WORLD is not None
    photographs = sorted((WORLD / "imagenet_sample").glob("*.*"))
    names = [each.name.partition("_")[0] for each in photographs]
    # A table names only files below it.
    for table, chosen in (("calibration", photographs[::20]), ("evaluation", photographs[5::20])):
        rows = ["path,label"]
        for path in chosen:
            shutil.copy(path, tmp_path)
            rows.append(f"{path.name},{path.name.partition('_')[0]}")
        (tmp_path / f"{table}.csv").write_text("\n".join([*rows, ""]))
    conversion = convert(
        WORLD / "tflite" / "mobilenet_v1_0.25_224_1_metadata_1.tflite",
        labels=["background", *names],
        evaluation=tmp_path / "evaluation.csv",
        calibration=tmp_path / "calibration.csv",
        images=ImageSettings(mean=(127.5,), std=(127.5,)),
        schemes=["float32", "full_int8"],
        limits=Limits(int8_agreement=0.5, margin_points=20),
    )
    burger = next(
        name for name, path in zip(names, photographs, strict=True) if "cheeseburger" in path.name
    )
    for file in ("float32.tflite", "full_int8.tflite"):
        classifier = ImageClassifier(conversion.bundle, model=file)
        best, *_ = classifier.classify(WORLD / "pictures" / "burger.jpg")
        assert best.label == burger
        assert best.score > 0.9  # TensorFlow Lite Support expects 0.96 of the float file
