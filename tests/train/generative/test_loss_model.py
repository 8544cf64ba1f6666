import numpy as np

from satchel_train.generative.loss_model import build_loss_model


def test_steps_make_the_weighted_sum_smaller_and_note_each_loss_by_its_name():
    import keras
    from keras import ops

    class Number(keras.Layer):
        def __init__(self):
            super().__init__()
            self.value = self.add_weight(shape=(), initializer="zeros")
            self.built = True

    number = Number()
    model = build_loss_model(
        {"number": number},
        losses=lambda wanted: {
            "distance": ops.mean(ops.square(number.value - wanted)),
            "size": ops.square(number.value),
        },
        weights={"distance": 1.0, "size": 3.0},
    )
    model.compile(optimizer=keras.optimizers.SGD(0.1))
    wanted = np.full((4,), 8, np.float32)
    noted = model.train_on_batch(wanted, return_dict=True)
    assert (float(noted["distance"]), float(noted["size"])) == (64, 0)
    for _ in range(50):
        model.train_on_batch(wanted)
    # Where distance and three times the size pull equally.
    np.testing.assert_allclose(float(number.value), 2, atol=1e-3)
