"""Converts a Keras model to TFLite and ONNX, verifies each model and packs them in one bundle."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel_convert.errors import (
        ConversionError as ConversionError,
        DoubtfulModelError as DoubtfulModelError,
        ModelFolderError as ModelFolderError,
        NoModelPassedError as NoModelPassedError,
    )
    from satchel_convert.explanation.explanation import Explanation as Explanation
    from satchel_convert.finished_models.wrapping import PackedModel as PackedModel
    from satchel_convert.pipeline.annotating import annotate as annotate
    from satchel_convert.pipeline.comparing import Comparison as Comparison, compare as compare
    from satchel_convert.pipeline.comparing_answers import (
        compare_predictions as compare_predictions,
    )
    from satchel_convert.pipeline.converting import Conversion as Conversion, convert as convert
    from satchel_convert.pipeline.explaining import explain as explain
    from satchel_convert.pipeline.packing import pack as pack
    from satchel_convert.pipeline.verifying import verify as verify
    from satchel_convert.progress import OnProgress as OnProgress, Progress as Progress
    from satchel_convert.reporting.packed import save_report as save_report
    from satchel_convert.reporting.report import Report as Report, Row as Row
    from satchel_convert.schemes import FORMATS as FORMATS, SCHEMES as SCHEMES, Scheme as Scheme
    from satchel_convert.settings import (
        ImageSettings as ImageSettings,
        Limits as Limits,
        TextSettings as TextSettings,
    )

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "errors": [
            "ConversionError",
            "DoubtfulModelError",
            "ModelFolderError",
            "NoModelPassedError",
        ],
        "explanation.explanation": ["Explanation"],
        "finished_models.wrapping": ["PackedModel"],
        "pipeline.annotating": ["annotate"],
        "pipeline.comparing": ["Comparison", "compare"],
        "pipeline.comparing_answers": ["compare_predictions"],
        "pipeline.converting": ["Conversion", "convert"],
        "pipeline.explaining": ["explain"],
        "pipeline.packing": ["pack"],
        "pipeline.verifying": ["verify"],
        "progress": ["OnProgress", "Progress"],
        "reporting.packed": ["save_report"],
        "reporting.report": ["Report", "Row"],
        "schemes": ["FORMATS", "SCHEMES", "Scheme"],
        "settings": ["ImageSettings", "Limits", "TextSettings"],
    },
)
