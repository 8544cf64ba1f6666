"""Turns measurements into findings: what counts as wrong, its description, and what helps."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from satchel_convert.explanation.errors import Errors
from satchel_convert.explanation.findings import Fault, Finding
from satchel_convert.explanation.layers import LayerError
from satchel_convert.explanation.network import Layer, Pairing
from satchel_convert.explanation.outcome import Outcome
from satchel_convert.explanation.ranges import OutputRange, WrongWeights
from satchel_convert.explanation.simulation import ALL
from satchel_convert.statistics import CONFIDENCE, share_interval

CLIPPING = 0.2
"""The share of the error from clipping at which calibration is worth a finding. The rest is
rounding, which no calibration can improve."""
UNCOVERED = 0.05
"""The share of evaluation samples beyond a range at which calibration is worth a finding"""
NORMAL = 0.02
"""The share beyond a range with enough calibration samples of the same kind. The samples have to
tell the share that was seen from this one."""
ALL_CLIPPED = 0.5
"""The share of calibration samples beyond a range at which the range cannot come from them"""
TIMES_WIDER = 8.0
"""How many times wider than the median channel an outlier is. The median channel then has three
bits less."""
FEW_LEVELS = 16
"""The number of levels below which an outlier is worth a finding: four bits of the stored eight"""
VANISHED = 0.5
"""The share of a layer's values rounded to 0 at which an outlier is worth a finding"""
SUBSTANTIAL = 0.25
"""The share of the error at which a layer is worth a sentence"""
UNEXPLAINED = 0.5
"""The share of the error that only the int8 operators can cause, at which they are worth a
finding. Rounding in other places adds a tenth."""
MANY_DEAD = 0.25
"""The share of dead channels at which a layer is worth a finding. A network has a few by chance."""
FEWEST_DEAD = 2
ENOUGH_CALIBRATION = 100
"""The number of calibration samples that is enough. A new sample of the same kind then exceeds the
observed range of a layer with a probability below one fiftieth."""
NAMED = 3
"""The number of layers with cut off biases that are named"""
BOUNDED = ("LOGISTIC", "SOFTMAX", "TANH")
"""The operators with a fixed output range, whose channels cannot be scaled"""
KERNELS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")


class Measurements(NamedTuple):
    """The measurements of a quantized model."""

    pairing: Pairing
    outcome: Outcome
    errors: Errors
    layers: Sequence[LayerError]
    ranges: Sequence[OutputRange]
    wrong: Sequence[WrongWeights]
    calibration: int
    """The number of calibration samples"""
    ranged: int
    """The number of evaluation samples whose values are compared with the ranges"""

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

    def readers(self, layer: Layer) -> list[Layer]:
        """Return the layers that read the output of ``layer``."""
        output = layer.source.outputs[0]
        return [each for each in self.pairing.layers if output in each.source.inputs]

    def share_around(self, layer: Layer) -> float:
        """Return the share of the final error of a layer and of those that read its output."""
        return min(1.0, self.share(layer) + sum(map(self.share, self.readers(layer))))


def of_quantization(measured: Measurements) -> list[Finding]:
    """Return the findings about a quantized model."""
    findings = [
        *_broken(measured),
        *_cut_off(measured),
        *_calibration(measured),
        *_outliers(measured),
        *_operators(measured),
        *_dead(measured),
    ]
    if not measured.outcome.within_limits and not any(
        finding.weight >= SUBSTANTIAL for finding in findings
    ):
        findings.append(_sensitive(measured))
    return findings


def _broken(measured: Measurements) -> Iterator[Finding]:
    """Yield layers whose numbers cannot come from the float model and its calibration samples."""
    seen = {each.layer for each in measured.wrong}
    for each in measured.wrong:
        if not each.wrong:
            continue
        share = measured.share(each.layer)
        yield Finding(
            "broken layer",
            f"The weights of {_named(each.layer)} are not the float model's: {each.wrong:.1%} of"
            " them are off by more than a step of int8, where rounding explains half a step; the"
            f" layer makes up {share:.0%} of the error.",
            "Convert again: the file is damaged, or was made of another training of the model.",
            share,
            each.layer.name,
            Fault("layers", (each.layer,), ALL),
        )
    for found in measured.ranges:
        last = set(found.layer.source.outputs) & set(measured.pairing.real.outputs)
        if found.layer in seen or last or found.uncalibrated <= ALL_CLIPPED:
            continue
        share = measured.share(found.layer)
        yield Finding(
            "broken layer",
            f"The int8 range of {_named(found.layer)}, {found.lower:.3g} to {found.upper:.3g}, is"
            f" not that of the calibration samples: {found.uncalibrated:.0%} of them go beyond it;"
            f" the layer makes up {share:.0%} of the error.",
            "Convert again, with these calibration samples: the file is damaged, or was calibrated"
            " on others.",
            share,
            found.layer.name,
            Fault("layers", (found.layer,)),
        )


def _cut_off(measured: Measurements) -> Iterator[Finding]:
    """Yield one finding about all biases that their integers do not hold."""
    layers = sorted(
        (each for each in measured.wrong if each.cut_off),
        key=lambda each: -measured.share(each.layer),
    )
    if not layers:
        return
    names = ", ".join(_named(each.layer) for each in layers[:NAMED])
    more = f" and {len(layers) - NAMED} more" if len(layers) > NAMED else ""
    share = min(1.0, sum(measured.share(each.layer) for each in layers))
    count = sum(each.cut_off for each in layers)
    biases = "1 bias does not fit into its integers and is"
    if count > 1:
        biases = f"{count:,} biases do not fit into their integers and are"
    yield Finding(
        "broken layer",
        f"{biases} cut off, in {names}{more}: such a channel has weights of almost nothing, and so"
        " steps too fine for its bias. The file is not damaged: the program that quantized it does"
        " this.",
        "Convert the float model with Satchel, which widens these steps, or train with weight decay"
        " on the scales of normalization.",
        share,
        layers[0].layer.name,
        Fault("layers", tuple(each.layer for each in layers), ALL),
    )


def _calibration(measured: Measurements) -> Iterator[Finding]:
    damaged = {each.layer for each in measured.wrong}
    ranges = [
        each
        for each in measured.ranges
        if each.uncalibrated <= ALL_CLIPPED and each.layer not in damaged
    ]
    clipping = measured.errors.clipping
    if not ranges or clipping < CLIPPING:
        return
    worst = max(ranges, key=lambda each: each.uncovered)
    surely = share_interval(round(worst.uncovered * measured.ranged), measured.ranged)
    if worst.uncovered < UNCOVERED or surely.lower <= NORMAL:
        return
    count = measured.calibration
    samples = f"{count:,} calibration sample{'s' if count != 1 else ''}"
    few = count < ENOUGH_CALIBRATION
    verb = "do" if count != 1 else "does"
    sentence = (
        f"{samples} {verb} not cover what the model is used on: {worst.uncovered:.0%} of"
        f" {measured.ranged} evaluation samples (95 %: {surely.lower:.0%} to {surely.upper:.0%}) go"
        f" beyond the calibrated range of {_named(worst.layer)}, and what is cut off makes up"
        f" {clipping:.0%} of the error."
    )
    remedy = (
        f"Calibrate on {ENOUGH_CALIBRATION} to 500 samples, drawn as those it will be used on."
        if few
        else "Draw the calibration samples as those it will be used on: more of the same kind will"
        " not help."
    )
    clipped = [each for each in measured.pairing.layers if each not in damaged]
    fault = Fault("layers", tuple(clipped), frozenset({"clipping"}))
    yield Finding("calibration", sentence, remedy, clipping, worst.layer.name, fault)


def _outliers(measured: Measurements) -> Iterator[Finding]:
    for found in measured.ranges:
        weight = measured.share_around(found.layer)
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
                Fault("layers", (found.layer, *measured.readers(found.layer))),
            )
        elif found.vanished > VANISHED and measured.share(found.layer) >= SUBSTANTIAL:
            yield Finding(
                "outlier",
                f"A few values of {name} stretch its range to {found.lower:.3g} to"
                f" {found.upper:.3g}, so that {found.vanished:.0%} of its values are rounded to 0;"
                f" the layer makes up {measured.share(found.layer):.0%} of the error.",
                "Bound these values if they are a mask, such as -1e9 in place of -10; else use"
                " dynamic_int8, whose activations are float.",
                measured.share(found.layer),
                found.layer.name,
                Fault("layers", (found.layer,)),
            )


def _operators(measured: Measurements) -> Iterator[Finding]:
    unexplained = measured.errors.unexplained
    if unexplained > UNEXPLAINED:
        yield Finding(
            "operators",
            f"{unexplained:.0%} of the error comes from neither weights nor rounding: the int8"
            " operators compute something else than the float ones do on the same numbers.",
            "Use dynamic_int8, whose operators compute activations in float.",
            # Rounding is repaired first: it may push operators to where they are weak.
            unexplained * SUBSTANTIAL,
            fault=Fault("operators"),
        )


def _dead(measured: Measurements) -> Iterator[Finding]:
    layers = [
        f"{found.dead} of {len(found.spans)} of {_named(found.layer)}"
        for found in measured.ranges
        if found.layer.operator in KERNELS
        and found.dead >= max(FEWEST_DEAD, MANY_DEAD * len(found.spans))
    ]
    if layers:
        samples = measured.calibration + measured.ranged
        rare = 1 - (1 - CONFIDENCE) ** (1 / samples)
        yield Finding(
            "dead channels",
            f"Some channels have the same value for each of {samples:,} samples (95 %: fewer than"
            f" {rare:.1%} of inputs move them): {', '.join(layers)}; they cost size and time, and"
            " add no accuracy.",
            "Make these layers narrower, or train with a smaller learning rate.",
            0.0,
        )


def _sensitive(measured: Measurements) -> Finding:
    layer, error = max(
        zip(measured.pairing.layers, measured.layers, strict=True),
        key=lambda each: each[1].share,
    )
    if error.share >= SUBSTANTIAL:
        return Finding(
            "sensitive layer",
            f"{_named(layer)} makes up {error.share:.0%} of the error, and nothing is wrong with"
            " its range or its weights: the predictions depend on it.",
            "Keep it a float: use mixed_int8, or dynamic_int8, whose activations are float.",
            error.share,
            layer.name,
            Fault("everything"),
        )
    return Finding(
        "sensitive layer",
        f"The error is spread: no layer makes up more than {error.share:.0%} of it"
        f" ({_named(layer)}).",
        "Use dynamic_int8 or int16x8, or train the model with its quantization.",
        error.share,
        layer.name,
        Fault("everything"),
    )


def _named(layer: Layer) -> str:
    return f"{layer.name} ({layer.operator})"
