"""The commands that satchel-convert adds to ``satchel``; their own code is not imported here."""

from satchel.cli import Command

CONVERT = Command(
    summary="convert a model folder to TFLite and ONNX, verify each model, pack one bundle",
    example="satchel convert models/digits --out digits.satchel",
    module="satchel_convert.commands.convert",
)
ANNOTATE = Command(
    summary="write the metadata that MediaPipe asks for into a finished .tflite classifier",
    example="satchel annotate mobilenet.tflite --labels labels.txt --mean 127.5 --std 127.5"
    " --out annotated.tflite",
    module="satchel_convert.commands.annotate",
)
PACK = Command(
    summary="wrap a finished .tflite or .onnx classifier in a bundle",
    example="satchel pack mobilenet.tflite --labels labels.txt --out mobilenet.satchel",
    module="satchel_convert.commands.pack",
)
VERIFY = Command(
    summary="compare every model of a bundle with the float model; exit 1 if one exceeds a limit",
    example="satchel verify digits.satchel --samples models/digits",
    module="satchel_convert.commands.verify",
)
COMPARE = Command(
    summary="compare each model of a bundle with that of an older one; exit 1 if one is worse",
    example="satchel compare old.satchel new.satchel --samples models/digits",
    module="satchel_convert.commands.compare",
    samples="satchel_convert.samples.answering",
)
REPORT = Command(
    summary="write the report that is packed in a bundle as a page, and open it",
    example="satchel report digits.satchel --open",
    module="satchel_convert.commands.report",
)
EXPLAIN = Command(
    summary="explain why a quantized model differs from the float model, and what helps",
    example="satchel explain digits.satchel --samples models/digits",
    module="satchel_convert.commands.explain",
)
