"""Examines a model folder before it is converted, and its models by the author's predictions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from satchel.bundle import Bundle, LabelOutput
from satchel_convert.errors import DoubtfulModelError
from satchel_convert.isolation import DEADLINE_S
from satchel_convert.model_folder import ModelFolder
from satchel_convert.plausibility.agreement import (
    Agreement,
    ExpectedReport,
    agreement_of,
    predict_raw,
)
from satchel_convert.plausibility.checking import examine_folder, expect_of_folder
from satchel_convert.plausibility.doubts import Doubt
from satchel_convert.plausibility.expected_file import Expected, expected_of
from satchel_convert.plausibility.image_variants import Place
from satchel_convert.plausibility.token_agreement import (
    TokenReport,
    ask_for_expectation,
    compare_tokens,
)
from satchel_convert.reporting.report import refused_report
from satchel_convert.settings import EXPECT_DIFFERENCE, PathLike
from satchel_convert.verification.verify import Verification


@dataclass(frozen=True)
class Expectation:
    """The author's predictions, and the agreement of the float model with them."""

    expected: Expected
    values: Sequence[Any]
    """The raw samples that have an expected prediction"""
    allowed: float
    """The largest allowed difference of a float model's score"""
    float_model: Agreement


def find_doubts(
    folder: ModelFolder,
    *,
    place: Place,
    accept_accuracy: bool,
    deadline_s: float = DEADLINE_S,
) -> Sequence[Doubt]:
    """Return the doubts about the float model; raises DoubtfulModelError unless accepted."""
    found = examine_folder(folder, place=place, deadline_s=deadline_s)
    if found is None or not found.doubts:
        return ()
    if not accept_accuracy:
        raise DoubtfulModelError(refused_report(folder.card.name, folder.card.task, found))
    return found.doubts


def open_tokens(
    folder: ModelFolder,
    *,
    place: Place,
    expected: bool,
    deadline_s: float = DEADLINE_S,
) -> TokenReport | None:
    """Return how a text model's tokenizer agrees with the float model's own.

    Where an own model takes ids and none of its predictions are ``expected``, it is the request for
    them. None for another model.
    """
    found = compare_tokens(folder, deadline_s=deadline_s)
    if found is None and place == "options" and not expected:
        return ask_for_expectation(folder.card, name=folder.model)
    return found


def with_tokens(verification: Verification, tokens: TokenReport | None) -> Verification:
    """Return the verification in which every model fails if a text gets other ids."""
    failure = None if tokens is None else tokens.failure
    if failure is None:
        return verification
    findings = [replace(each, failures=(*each.failures, failure)) for each in verification.findings]
    return replace(verification, findings=findings)


def open_expectation(
    folder: ModelFolder,
    expect: PathLike | None,
    *,
    place: Place,
    allowed: float = EXPECT_DIFFERENCE,
    deadline_s: float = DEADLINE_S,
) -> Expectation | None:
    """Return what the file ``expect`` holds; None without a file.

    Raises ModelFolderError for a file that does not fit the samples, ConversionError if the float
    model does not agree with it.
    """
    if expect is None:
        return None
    expected = expected_of(folder, expect)
    agreement = expect_of_folder(
        folder, expected, place=place, allowed=allowed, deadline_s=deadline_s
    )
    values = [folder.evaluation[at].value for at in expected.positions]
    return Expectation(expected, values, allowed, agreement)


def with_expected(
    bundle: Bundle, verification: Verification, expectation: Expectation | None
) -> tuple[Verification, ExpectedReport | None]:
    """Return the verification and the comparison of its models with the expected predictions.

    Models that failed already, or were stopped, are not compared. A float32 model that differs
    fails.
    """
    if expectation is None:
        return verification, None
    expected, allowed = expectation.expected, expectation.allowed
    output = bundle.card.output
    assert isinstance(output, LabelOutput)
    findings, agreements = [], [expectation.float_model]
    for finding in verification.findings:
        judged = finding
        if finding.passed:
            file = finding.entry.file
            predictions = predict_raw(bundle, file, expectation.values)
            agreement = agreement_of(file, predictions, expected, output=output, allowed=allowed)
            agreements.append(agreement)
            failure = agreement.failure(allowed) if finding.entry.scheme == "float32" else None
            if failure is not None:
                judged = replace(finding, failures=(f"{expected.file}: {failure}",))
        findings.append(judged)
    report = ExpectedReport(expected.file, agreements, expected.missing)
    return replace(verification, findings=findings), report
