"""Opens a bundle and checks it, reads its card, and signs it."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.bundle.archive import CARD_NAME as CARD_NAME, pack as pack, unpack as unpack
    from satchel.bundle.card import (
        FORMAT_VERSION as FORMAT_VERSION,
        NAME_PATTERN as NAME_PATTERN,
        VERSION_PATTERN as VERSION_PATTERN,
        Card as Card,
        Dtype as Dtype,
        Format as Format,
        ModelEntry as ModelEntry,
        TensorSpec as TensorSpec,
        card_to_json as card_to_json,
        parse_card as parse_card,
    )
    from satchel.bundle.hashing import digest as digest
    from satchel.bundle.image_input import (
        ChannelOrder as ChannelOrder,
        Color as Color,
        Fit as Fit,
        ImageInput as ImageInput,
    )
    from satchel.bundle.image_output import (
        ImageOutput as ImageOutput,
        VerifiedImages as VerifiedImages,
    )
    from satchel.bundle.label_output import (
        Activation as Activation,
        LabelOutput as LabelOutput,
        VerifiedLabels as VerifiedLabels,
    )
    from satchel.bundle.latent_input import LatentInput as LatentInput
    from satchel.bundle.policy import (
        Admission as Admission,
        Policy as Policy,
        TrustedKey as TrustedKey,
        admit as admit,
    )
    from satchel.bundle.policy_file import read_policy as read_policy
    from satchel.bundle.policy_places import policies_here as policies_here
    from satchel.bundle.reading import (
        Bundle as Bundle,
        check_entries as check_entries,
        check_files as check_files,
        open_bundle as open_bundle,
        open_bundle_for as open_bundle_for,
        read_archive as read_archive,
    )
    from satchel.bundle.signing import (
        KeyPair as KeyPair,
        attach_signature as attach_signature,
        new_key_pair as new_key_pair,
        sign as sign,
    )
    from satchel.bundle.strict_json import Fields as Fields, Json as Json, load_json as load_json
    from satchel.bundle.task import RawInput as RawInput, Reader as Reader
    from satchel.bundle.task_functions import Input as Input, Output as Output, Verified as Verified
    from satchel.bundle.task_table import TASKS as TASKS, Task as Task, load_task as load_task
    from satchel.bundle.text_input import (
        TextInput as TextInput,
        TextTensor as TextTensor,
        TokenizerSpec as TokenizerSpec,
    )
    from satchel.bundle.trust import (
        Release as Release,
        Trust as Trust,
        TrustSource as TrustSource,
        read_trust as read_trust,
    )

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "archive": ["CARD_NAME", "pack", "unpack"],
        "card": [
            "Card",
            "Dtype",
            "FORMAT_VERSION",
            "Format",
            "ModelEntry",
            "NAME_PATTERN",
            "TensorSpec",
            "VERSION_PATTERN",
            "card_to_json",
            "parse_card",
        ],
        "hashing": ["digest"],
        "image_input": ["ChannelOrder", "Color", "Fit", "ImageInput"],
        "image_output": ["ImageOutput", "VerifiedImages"],
        "label_output": ["Activation", "LabelOutput", "VerifiedLabels"],
        "latent_input": ["LatentInput"],
        "policy": ["Admission", "Policy", "TrustedKey", "admit"],
        "policy_file": ["read_policy"],
        "policy_places": ["policies_here"],
        "reading": [
            "Bundle",
            "check_entries",
            "check_files",
            "open_bundle",
            "open_bundle_for",
            "read_archive",
        ],
        "signing": ["KeyPair", "attach_signature", "new_key_pair", "sign"],
        "strict_json": ["Fields", "Json", "load_json"],
        "task": ["RawInput", "Reader"],
        "task_functions": ["Input", "Output", "Verified"],
        "task_table": ["TASKS", "Task", "load_task"],
        "text_input": ["TextInput", "TextTensor", "TokenizerSpec"],
        "trust": ["Release", "Trust", "TrustSource", "read_trust"],
    },
)
