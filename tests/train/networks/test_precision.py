import pkgutil

import keras
import numpy as np
import pytest

from satchel.bundle.image_input import ImageInput
from satchel_train import networks
from satchel_train.networks.bert import build_bert
from satchel_train.networks.mean_embedding import build_mean_embedding
from satchel_train.networks.perceptron import build_perceptron
from satchel_train.networks.recurrent_network import build_recurrent_network
from satchel_train.networks.residual_network import build_residual_network
from satchel_train.networks.separable_network import build_separable_network
from satchel_train.networks.transformer import build_transformer
from satchel_train.training_loop.precision import dtype_policy

IMAGE = ImageInput(height=8, width=8, channels=3)
TEXT = {"ids": 12, "length": 8, "size": 4, "dropout": 0.1, "labels": 3}
NETWORKS = {
    "bert": lambda: build_bert(**TEXT, joined=2, heads=2, hidden=4, blocks=1),
    "mean_embedding": lambda: build_mean_embedding(**TEXT, hidden=4),
    "perceptron": lambda: build_perceptron(IMAGE, hidden=(4,), labels=3),
    "recurrent_network": lambda: build_recurrent_network(**TEXT, cell="rnn", units=4),
    "residual_network": lambda: build_residual_network(IMAGE, stem=4, stages=(4,), labels=3),
    "separable_network": lambda: build_separable_network(IMAGE, stem=4, stages=((4,),), labels=3),
    "transformer": lambda: build_transformer(**TEXT, heads=2, hidden=4),
}
"""The module of a network that training builds under its dtype policy, to a small one of it."""
OF_OTHERS = {"backbone", "efficientnet_lite", "keras_file", "pretrained", "published"}
"""Networks with weights of others: their recipes build the last layer or never train them."""
NO_CLASSIFIERS = {"one_tensor", "style_transfer_network", "torch_checkpoint", "words"}


def test_every_network_is_tried():
    modules = {module.name for module in pkgutil.iter_modules(networks.__path__)}
    assert modules == set(NETWORKS) | OF_OTHERS | NO_CLASSIFIERS


def softmaxes(model):
    """Return each layer of ``model`` whose result goes through a softmax."""
    softmax = keras.activations.softmax
    return [
        layer
        for layer in model._flatten_layers(include_self=False)
        if isinstance(layer, keras.layers.Softmax) or getattr(layer, "activation", None) is softmax
    ]


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_softmax_of_a_network_is_in_float32_in_mixed_precision(name, policy):
    with dtype_policy(policy):
        model = NETWORKS[name]()
    inputs = [np.ones((2, *each.shape[1:]), each.dtype) for each in model.inputs]
    inputs = inputs if len(inputs) > 1 else inputs[0]
    assert keras.backend.standardize_dtype(model(inputs).dtype) == "float32"
    found = softmaxes(model)
    assert found
    assert {layer.compute_dtype for layer in found} == {"float32"}
