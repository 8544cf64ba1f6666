"""The optimizers of training as loops in NumPy, float64, each written from its paper.

A loop takes the gradients, (steps, weights), and yields the weights after each step. Weight decay
is decoupled (Loshchilov and Hutter 2019): before each step, a weight loses ``rate * decay`` of
itself.
"""

from functools import partial

import numpy as np


def sgd(gradients, start, *, rate, decay=0.0):
    place = start.astype(float)
    for gradient in gradients:
        place = place * (1 - rate * decay) - rate * gradient
        yield place


def momentum(gradients, start, *, rate, decay=0.0, nesterov=False, keeps=0.9):
    """Polyak 1964; with ``nesterov`` as Sutskever et al. 2013, at the weights looked ahead to."""
    place, velocity = start.astype(float), 0.0
    for gradient in gradients:
        place = place * (1 - rate * decay)
        velocity = keeps * velocity - rate * gradient
        place = place + (keeps * velocity - rate * gradient if nesterov else velocity)
        yield place


def adagrad(gradients, start, *, rate, decay=0.0, epsilon=1e-7, begins=0.1):
    """Duchi et al. 2011. The sum of squares begins with 0.1 and holds epsilon, as in Keras."""
    place, total = start.astype(float), begins
    for gradient in gradients:
        total = total + gradient**2
        place = place * (1 - rate * decay) - rate * gradient / (total + epsilon) ** 0.5
        yield place


def adadelta(gradients, start, *, rate, decay=0.0, rho=0.95, epsilon=1e-7):
    """Algorithm 1 of Zeiler 2012, with a rate."""
    place, squares, moves = start.astype(float), 0.0, 0.0
    for gradient in gradients:
        squares = rho * squares + (1 - rho) * gradient**2
        move = -(((moves + epsilon) / (squares + epsilon)) ** 0.5) * gradient
        moves = rho * moves + (1 - rho) * move**2
        place = place * (1 - rate * decay) + rate * move
        yield place


def rmsprop(gradients, start, *, rate, decay=0.0, rho=0.9, epsilon=1e-7):
    """Slide 29 of Hinton's lecture 6e, 2012, with epsilon under the root, as in Keras."""
    place, squares = start.astype(float), 0.0
    for gradient in gradients:
        squares = rho * squares + (1 - rho) * gradient**2
        place = place * (1 - rate * decay) - rate * gradient / (squares + epsilon) ** 0.5
        yield place


def adam(gradients, start, *, rate, decay=0.0, epsilon=1e-7, steps=None, share=0.5):
    """Kingma and Ba 2015, in the order of the end of its section 2.

    With ``steps``, algorithm 1 of Zhang et al. 2019, Lookahead, around it.
    """
    slow = place = start.astype(float)
    for t, (first, second) in enumerate(_moments(gradients), 1):
        place = place * (1 - rate * decay)
        corrected = rate * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t)
        place = place - corrected * first / (second**0.5 + epsilon)
        if steps is not None and t % steps == 0:
            slow = place = slow + share * (place - slow)
        yield place


def radam(gradients, start, *, rate, decay=0.0, beta_1=0.9, epsilon=1e-7, steps=None):
    """Algorithm 2 of Liu et al. 2020, with 5 as the shortest length, as in the authors' code.

    With ``steps`` and a beta_1 of 0.95, it is Ranger of Wright 2019.
    """
    slow = place = start.astype(float)
    longest = 2 / (1 - 0.999) - 1
    for t, (first, second) in enumerate(_moments(gradients, beta_1), 1):
        place = place * (1 - rate * decay)
        mean = first / (1 - beta_1**t)
        length = longest - 2 * t * 0.999**t / (1 - 0.999**t)
        if length > 5:
            r = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
            mean = r**0.5 * mean / ((second / (1 - 0.999**t)) ** 0.5 + epsilon)
        place = place - rate * mean
        if steps is not None and t % steps == 0:
            slow = place = slow + 0.5 * (place - slow)
        yield place


def adabelief(gradients, start, *, rate, decay=0.0, epsilon=1e-16):
    """Algorithm 2 of Zhuang et al. 2020, with the epsilon of the authors' code."""
    place, m, s = start.astype(float), 0.0, 0.0
    for t, gradient in enumerate(gradients, 1):
        place = place * (1 - rate * decay)
        m = 0.9 * m + 0.1 * gradient
        s = 0.999 * s + 0.001 * (gradient - m) ** 2 + epsilon
        mean, deviation = m / (1 - 0.9**t), (s / (1 - 0.999**t)) ** 0.5
        place = place - rate * mean / (deviation + epsilon)
        yield place


def adabound(gradients, start, *, rate, decay=0.0, amsgrad=False, final=0.1, gamma=1e-3):
    """Algorithms 2 and 3 of Luo et al. 2019, corrected for bias as in the authors' code."""
    place, highest = start.astype(float), 0.0
    for t, (first, second) in enumerate(_moments(gradients), 1):
        place = place * (1 - rate * decay)
        highest = np.maximum(highest, second) if amsgrad else second
        corrected = rate * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t)
        lower, upper = final * (1 - 1 / (gamma * t + 1)), final * (1 + 1 / (gamma * t))
        place = place - np.clip(corrected / (highest**0.5 + 1e-8), lower, upper) * first
        yield place


def _moments(gradients, beta_1=0.9, beta_2=0.999):
    first = second = 0.0
    for gradient in gradients:
        first = beta_1 * first + (1 - beta_1) * gradient
        second = beta_2 * second + (1 - beta_2) * gradient**2
        yield first, second


REFERENCES = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": partial(momentum, nesterov=True),
    "adagrad": adagrad,
    "adadelta": adadelta,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adam,
    "radam": radam,
    "lookahead": partial(adam, steps=5),
    "adabelief": adabelief,
    "adabound": adabound,
    "amsbound": partial(adabound, amsgrad=True),
    "ranger": partial(radam, beta_1=0.95, steps=6),
}
"""The name of an optimizer to its loop."""
