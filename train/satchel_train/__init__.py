"""Keras 3 training recipes, each in a folder of its own. A training writes a model folder.

The public names are here. Each is imported when it is first used, so that neither Keras nor
TensorFlow is imported before a training begins.
"""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel_train.cross_validation import (
        CrossValidation as CrossValidation,
        check_study as check_study,
        compare_optimizers as compare_optimizers,
        cross_validate as cross_validate,
    )
    from satchel_train.cross_validation_report import (
        cross_validation_table as cross_validation_table,
        study_folder as study_folder,
        write_cross_validation as write_cross_validation,
    )
    from satchel_train.data.inputs import Examples as Examples
    from satchel_train.errors import (
        CheckpointError as CheckpointError,
        DataError as DataError,
        DataWarning as DataWarning,
        DeviceError as DeviceError,
        DivergedError as DivergedError,
        DownloadError as DownloadError,
        FolderError as FolderError,
        MemoryShortageError as MemoryShortageError,
        SettingsError as SettingsError,
        WorkersError as WorkersError,
    )
    from satchel_train.generative.stylize import (
        StylizeResult as StylizeResult,
        check_image_target as check_image_target,
        stylize as stylize,
    )
    from satchel_train.generative.stylize_settings import StylizeSettings as StylizeSettings
    from satchel_train.hyper_search import (
        Search as Search,
        Trial as Trial,
        check_search as check_search,
        search as search,
    )
    from satchel_train.hyper_search_report import (
        search_table as search_table,
        write_search as write_search,
    )
    from satchel_train.measurement import (
        LabelFigures as LabelFigures,
        Measurement as Measurement,
        measure_classifier as measure_classifier,
    )
    from satchel_train.quantization_aware.fake_quantized_model import fake_quantize as fake_quantize
    from satchel_train.quantization_aware.finetuning import (
        FineTuned as FineTuned,
        finetune as finetune,
    )
    from satchel_train.recipe import RECIPES as RECIPES
    from satchel_train.recipes.cifar100 import Cifar100Settings as Cifar100Settings
    from satchel_train.recipes.digits import DigitsSettings as DigitsSettings
    from satchel_train.recipes.faces import FacesSettings as FacesSettings
    from satchel_train.recipes.imagenet import ImagenetSettings as ImagenetSettings
    from satchel_train.recipes.imdb import ImdbSettings as ImdbSettings
    from satchel_train.recipes.mnist import MnistSettings as MnistSettings
    from satchel_train.recipes.photos import PhotosSettings as PhotosSettings
    from satchel_train.recipes.reviews import ReviewsSettings as ReviewsSettings
    from satchel_train.recipes.style import StyleSettings as StyleSettings
    from satchel_train.training import (
        TrainingPlan as TrainingPlan,
        TrainingResult as TrainingResult,
        plan_training as plan_training,
        train as train,
    )
    from satchel_train.training_loop.device import Backend as Backend, open_backend as open_backend
    from satchel_train.training_loop.history import (
        AdversarialEpoch as AdversarialEpoch,
        Epoch as Epoch,
        History as History,
        StyleEpoch as StyleEpoch,
    )
    from satchel_train.training_loop.hyper_parameters import HyperParameters as HyperParameters
    from satchel_train.training_loop.progress import OnProgress as OnProgress, Progress as Progress
    from satchel_train.training_loop.workers import Cluster as Cluster, read_cluster as read_cluster
    from satchel_train.workstation.findings import diagnose_workstation as diagnose_workstation
    from satchel_train.workstation.probes import (
        Workstation as Workstation,
        probe_workstation as probe_workstation,
    )

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "data.inputs": ["Examples"],
        "errors": [
            "CheckpointError",
            "DataError",
            "DataWarning",
            "DeviceError",
            "DivergedError",
            "DownloadError",
            "FolderError",
            "MemoryShortageError",
            "SettingsError",
            "WorkersError",
        ],
        "training_loop.device": ["Backend", "open_backend"],
        "training_loop.history": ["AdversarialEpoch", "Epoch", "History", "StyleEpoch"],
        "training_loop.hyper_parameters": ["HyperParameters"],
        "training_loop.progress": ["OnProgress", "Progress"],
        "training_loop.workers": ["Cluster", "read_cluster"],
        "generative.stylize": ["StylizeResult", "check_image_target", "stylize"],
        "generative.stylize_settings": ["StylizeSettings"],
        "measurement": ["LabelFigures", "Measurement", "measure_classifier"],
        "quantization_aware.finetuning": ["FineTuned", "finetune"],
        "quantization_aware.fake_quantized_model": ["fake_quantize"],
        "recipe": ["RECIPES"],
        "recipes.cifar100": ["Cifar100Settings"],
        "recipes.digits": ["DigitsSettings"],
        "recipes.faces": ["FacesSettings"],
        "recipes.imagenet": ["ImagenetSettings"],
        "recipes.imdb": ["ImdbSettings"],
        "recipes.mnist": ["MnistSettings"],
        "recipes.photos": ["PhotosSettings"],
        "recipes.reviews": ["ReviewsSettings"],
        "recipes.style": ["StyleSettings"],
        "cross_validation": [
            "CrossValidation",
            "check_study",
            "compare_optimizers",
            "cross_validate",
        ],
        "cross_validation_report": [
            "cross_validation_table",
            "study_folder",
            "write_cross_validation",
        ],
        "hyper_search": ["Search", "Trial", "check_search", "search"],
        "hyper_search_report": ["search_table", "write_search"],
        "training": ["TrainingPlan", "TrainingResult", "plan_training", "train"],
        "workstation.findings": ["diagnose_workstation"],
        "workstation.probes": ["Workstation", "probe_workstation"],
    },
)
