"""From what was measured to findings: what counts as wrong, in which words, and what helps."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from satchel_convert.explanation.errors import Errors
from satchel_convert.explanation.findings import IN_VAIN, Finding
from satchel_convert.explanation.layers import LayerError
from satchel_convert.explanation.network import Layer, Pairing
from satchel_convert.explanation.outcome import Outcome
from satchel_convert.explanation.preprocessing import BetterWay, Way
from satchel_convert.explanation.ranges import OutputRange, WrongWeights

CLIPPING = 0.2
"""Share of the error that is clipping's: rounding is the rest, and no calibration mends it"""
UNCOVERED = 0.05
"""Share of evaluation samples beyond a range; of as many calibration samples as are enough, and of
the same kind, a fiftieth is to be expected"""
ALL_CLIPPED = 0.5
"""Share of calibration samples beyond a range that is said to be theirs: it is not"""
TIMES_WIDER = 8.0
"""A channel so much wider than the middle one leaves that three bits less"""
FEW_LEVELS = 16
"""Four bits, where eight are paid for"""
VANISHED = 0.5
"""Share of a layer's values that are rounded to 0"""
SUBSTANTIAL = 0.25
"""Share of the error from which a layer is worth a sentence"""
UNEXPLAINED = 0.5
"""Share of the error that operators make up on their own: rounding in other places adds a tenth"""
MANY_DEAD = 0.25
"""Share of a layer's channels: a network has a few by chance"""
FEWEST_DEAD = 2
ENOUGH_CALIBRATION = 100
"""Samples: each new one then has less than a chance in fifty to exceed what one layer was seen to
put out, if it is of the same kind"""
BOUNDED = ("LOGISTIC", "SOFTMAX", "TANH")
"""Their range is given by what they are, and no channel of theirs can be scaled"""
KERNELS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")


class PairedTest(NamedTuple):
    """What was measured."""

    pairing: Pairing
    outcome: Outcome
    errors: Errors
    layers: Sequence[LayerError]
    ranges: Sequence[OutputRange]
    wrong: Sequence[WrongWeights]
    calibration: int
    """Samples"""

    def share(self, layer: Layer) -> float:
        """Return a layer's share of the final error."""
        return next(
            (
                error.share
                for each, error in zip(self.pairing.layers, self.layers, strict=True)
                if each is layer
            ),
            0.0,
        )

    def share_around(self, layer: Layer) -> float:
        """Return the share of a layer and of those that read its output."""
        output = layer.source.outputs[0]
        readers = [each for each in self.pairing.layers if output in each.source.inputs]
        return min(1.0, self.share(layer) + sum(map(self.share, readers)))


def of_preprocessing(better: BetterWay | None) -> list[Finding]:
    """Return the finding that the model was trained on images prepared in another way, if so."""
    if better is None:
        return []
    way = better.way
    sentence = (
        f"The float model is right about {better.accuracy:.1%} of images {way.words}, and about"
        f" {better.now:.1%} of images as they are prepared now"
        f" ({better.pairs.lost} gained, {better.pairs.gained} lost of {better.pairs.samples};"
        f" p = {better.probability:.1g}): it was trained on others, and what int8 does to it means"
        " nothing."
    )
    return [Finding("preprocessing", sentence, _preparation(way), IN_VAIN + better.pairs.drop)]


def of_quantization(paired_test: PairedTest) -> list[Finding]:
    """Return what is wrong with the quantized model."""
    findings = [
        *_broken(paired_test),
        *_calibration(paired_test),
        *_outliers(paired_test),
        *_operators(paired_test),
        *_dead(paired_test),
    ]
    if not paired_test.outcome.within_limits and not any(
        finding.weight >= SUBSTANTIAL for finding in findings
    ):
        findings.append(_sensitive(paired_test))
    return findings


def _preparation(way: Way) -> str:
    scale = [float(f"{1 / each:.8g}") for each in way.deviation]
    count = max(len(way.mean), len(way.deviation))
    means, deviations = (each * (count // len(each)) for each in (way.mean, way.deviation))
    offset = [
        float(f"{0.0 - mean / each:.8g}") for mean, each in zip(means, deviations, strict=True)
    ]
    if way.flag:
        numbers = f'--preprocess {way.flag}, or "scale": {scale}, "offset": {offset} in card.json'
    else:
        numbers = (
            f"--mean {_joined(way.mean)} --std {_joined(way.deviation)} of a Keras file, or"
            f' "scale": {scale}, "offset": {offset} in card.json'
        )
    if way.blue_first:
        return (
            f"Say what it was trained on: --preprocess {way.flag}"
            if way.flag
            else "Exchange red and blue in front of the model, or train it on red first"
        ) + ": images come as red, green and blue."
    return f"Say what it was trained on: {numbers}; convert again."


def _joined(numbers: Sequence[float]) -> str:
    return ",".join(f"{each:g}" for each in numbers)


def _broken(paired_test: PairedTest) -> Iterator[Finding]:
    """Yield layers whose numbers cannot come from the float model and its calibration samples."""
    seen = set()
    for each in paired_test.wrong:
        seen.add(each.layer)
        share = paired_test.share(each.layer)
        yield Finding(
            "broken layer",
            f"The weights of {_named(each.layer)} are not the float model's: {each.wrong:.1%} of"
            " them are off by more than a step of int8, where rounding explains half a step; the"
            f" layer makes up {share:.0%} of the error.",
            "Convert again: the file is damaged, or was made of another training of the model.",
            share,
            each.layer.name,
        )
    for found in paired_test.ranges:
        last = set(found.layer.source.outputs) & set(paired_test.pairing.real.outputs)
        if found.layer in seen or last or found.uncalibrated <= ALL_CLIPPED:
            continue
        share = paired_test.share(found.layer)
        yield Finding(
            "broken layer",
            f"The int8 range of {_named(found.layer)}, {found.lower:.3g} to {found.upper:.3g}, is"
            f" not that of the calibration samples: {found.uncalibrated:.0%} of them go beyond it;"
            f" the layer makes up {share:.0%} of the error.",
            "Convert again, with these calibration samples: the file is damaged, or was calibrated"
            " on others.",
            share,
            found.layer.name,
        )


def _calibration(paired_test: PairedTest) -> Iterator[Finding]:
    damaged = {each.layer for each in paired_test.wrong}
    ranges = [
        each
        for each in paired_test.ranges
        if each.uncalibrated <= ALL_CLIPPED and each.layer not in damaged
    ]
    clipping = paired_test.errors.clipping
    if not ranges or clipping < CLIPPING:
        return
    worst = max(ranges, key=lambda each: each.uncovered)
    if worst.uncovered < UNCOVERED:
        return
    count = paired_test.calibration
    samples = f"{count:,} calibration sample{'s' if count != 1 else ''}"
    few = count < ENOUGH_CALIBRATION
    verb = "do" if count != 1 else "does"
    sentence = (
        f"{samples} {verb} not cover what the model is used on: {worst.uncovered:.0%} of the"
        f" evaluation samples go beyond the calibrated range of {_named(worst.layer)}, and what is"
        f" cut off makes up {clipping:.0%} of the error."
    )
    remedy = (
        f"Calibrate on {ENOUGH_CALIBRATION} to 500 samples, drawn as those it will be used on."
        if few
        else "Draw the calibration samples as those it will be used on: more of the same kind will"
        " not help."
    )
    yield Finding("calibration", sentence, remedy, clipping, worst.layer.name)


def _outliers(paired_test: PairedTest) -> Iterator[Finding]:
    for found in paired_test.ranges:
        weight = paired_test.share_around(found.layer)
        if weight < SUBSTANTIAL:
            continue
        name = _named(found.layer)
        free = found.layer.operator not in BOUNDED
        if free and found.times_wider >= TIMES_WIDER and found.levels < FEW_LEVELS:
            yield Finding(
                "outlier",
                f"Channel {found.widest} of {name} is {found.times_wider:.0f} times as wide as"
                f" the middle one of {len(found.spans)}, which is left {found.levels:.1f} of 255"
                f" levels; the layer and those that read it make up {weight:.0%} of the error.",
                "Scale that channel down where it comes from and up where it is read (the model"
                " stays the same), train with weight decay or a bounded activation such as ReLU6,"
                " or use dynamic_int8.",
                weight,
                found.layer.name,
            )
        elif found.vanished > VANISHED and paired_test.share(found.layer) >= SUBSTANTIAL:
            yield Finding(
                "outlier",
                f"A few values of {name} stretch its range to {found.lower:.3g} to"
                f" {found.upper:.3g}, so that {found.vanished:.0%} of its values are rounded to 0;"
                f" the layer makes up {paired_test.share(found.layer):.0%} of the error.",
                "Bound these values if they are a mask, such as -1e9 in place of -10; else use"
                " dynamic_int8, whose activations are float.",
                paired_test.share(found.layer),
                found.layer.name,
            )


def _operators(paired_test: PairedTest) -> Iterator[Finding]:
    unexplained = paired_test.errors.unexplained
    if unexplained > UNEXPLAINED:
        yield Finding(
            "operators",
            f"{unexplained:.0%} of the error comes from neither weights nor rounding: the int8"
            " operators compute something else than the float ones do on the same numbers.",
            "Use dynamic_int8, whose operators compute activations in float.",
            # What rounding explains is mended first: it may push operators where they are weak.
            unexplained * SUBSTANTIAL,
        )


def _dead(paired_test: PairedTest) -> Iterator[Finding]:
    layers = [
        f"{found.dead} of {len(found.spans)} of {_named(found.layer)}"
        for found in paired_test.ranges
        if found.layer.operator in KERNELS
        and found.dead >= max(FEWEST_DEAD, MANY_DEAD * len(found.spans))
    ]
    if layers:
        yield Finding(
            "dead channels",
            f"Channels say the same of every sample: {', '.join(layers)}; they cost size and time,"
            " and no accuracy.",
            "Make these layers narrower, or train with a smaller learning rate.",
            0.0,
        )


def _sensitive(paired_test: PairedTest) -> Finding:
    layer, error = max(
        zip(paired_test.pairing.layers, paired_test.layers, strict=True),
        key=lambda each: each[1].share,
    )
    if error.share >= SUBSTANTIAL:
        return Finding(
            "sensitive layer",
            f"{_named(layer)} makes up {error.share:.0%} of the error, and nothing is wrong with"
            " its range or its weights: the answers hang on it.",
            "Keep it a float: use mixed_int8, or dynamic_int8, whose activations are float.",
            error.share,
            layer.name,
        )
    return Finding(
        "sensitive layer",
        f"The error is spread: no layer makes up more than {error.share:.0%} of it"
        f" ({_named(layer)}).",
        "Use dynamic_int8 or int16x8, or train the model with its quantization.",
        error.share,
        layer.name,
    )


def _named(layer: Layer) -> str:
    return f"{layer.name} ({layer.operator})"
