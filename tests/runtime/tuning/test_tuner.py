"""The choice: which candidates there are, who is refused, who wins, and real models."""

import textwrap

import numpy as np
import pytest

from helpers.tiny_bundles import IMAGE_CARD
from satchel.bundle.label_output import VerifiedLabels
from satchel.errors import EngineError
from satchel.tuning.racing import Record
from satchel.tuning.tuner import BLOCK_S, Candidate, candidates, fastest, thread_counts, tune

PATIENT_S = 120.0
A, B, C = (Candidate("a.tflite", "litert", threads) for threads in (1, 2, 4))


def rounds(latency_ms):
    return Record([latency_ms] * 3)


def scheme(outcome):
    return outcome.candidate.file.partition(".")[0]


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr("satchel.tuning.tuner.usable_cores", lambda: 2)


@pytest.fixture
def two_rounds(monkeypatch, two_cores):
    """End a race by its rounds, and not by the clock of a busy machine."""
    monkeypatch.setattr("satchel.tuning.racing.MOST_ROUNDS", 2)


@pytest.mark.parametrize(
    ("cores", "counts"),
    [
        (1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (4, [1, 2, 3, 4]), (6, [1, 2, 3, 4, 6]),
        (8, [1, 2, 3, 4, 8]), (64, [1, 2, 3, 4, 8, 16, 32, 64]),
    ],
)  # fmt: skip
def test_threads_are_tried_up_to_the_cores(cores, counts):
    assert thread_counts(cores) == counts


def test_candidates_are_what_runs_here_times_threads(install_engines, two_cores):
    install_engines(litert=np.zeros(1), onnx=np.zeros(1))
    assert candidates(IMAGE_CARD) == [
        ("float32.tflite", "litert", 1),
        ("float32.tflite", "litert", 2),
        ("full_int8.onnx", "onnx", 1),
        ("full_int8.onnx", "onnx", 2),
    ]


def test_the_fastest_has_the_lowest_median():
    assert fastest({A: rounds(3.0), B: Record([9.0, 1.0, 1.0]), C: rounds(2.0)}) == B


def test_what_is_as_fast_with_fewer_threads_is_taken():
    assert fastest({B: rounds(1.0), A: rounds(1.015), C: rounds(1.0)}) == A
    assert fastest({B: rounds(1.0), A: rounds(1.03), C: rounds(1.0)}) == B


def test_of_as_many_threads_the_bundles_order_decides():
    other = A._replace(file="b.tflite")
    assert fastest({A: rounds(1.01), other: rounds(1.0)}) == A
    assert fastest({other: rounds(1.01), A: rounds(1.0)}) == other


def test_after_few_rounds_only_what_is_much_faster_is_preferred():
    few = [1.0, 1.0]
    assert fastest({A: Record([1.4, 1.4]), B: Record(few)}) == A
    assert fastest({A: Record([1.6, 1.6]), B: Record(few)}) == B


def test_who_is_beaten_failed_or_unmeasured_is_not_the_fastest():
    out = {A: Record([1.0], beaten=True), B: Record([1.0], failure="crashed"), C: Record()}
    assert fastest(out) is None
    assert fastest({**out, C: Record([5.0])}) == C


def test_a_real_bundle_is_tuned(digits_path, two_rounds):
    found = tune(digits_path, budget_s=PATIENT_S)
    assert found.choice is not None
    chosen = [each for each in found.outcomes if each.state == "chosen"]
    assert [each.candidate for each in chosen] == [found.choice[:3]]
    assert found.choice.latency_ms == chosen[0].latency_ms > 0
    assert {each.candidate for each in found.outcomes} >= {found.default}
    assert {each.rounds for each in found.outcomes} == {2}


def test_who_breaks_the_promise_is_refused_with_the_reason_and_not_run(digits_of, two_rounds):
    def lossy(entry):
        found = VerifiedLabels(500, 0.9, 7.5, 0.9, 0.5, 10.0)
        return entry if entry.scheme == "float32" else entry._replace(verified=found)

    found = tune(digits_of(lossy), budget_s=PATIENT_S)
    refused = [each for each in found.outcomes if each.state == "refused"]
    assert {scheme(each) for each in refused} == {"full_int8"}
    assert {each.reason for each in refused} == {"it loses 7.50 pp of accuracy, above 1.00"}
    assert {each.rounds for each in refused} == {0}
    assert found.choice.file.startswith("float32")


def test_who_fails_its_golden_vectors_is_out_with_their_names(digits_of, two_rounds):
    def strict(entry):
        # No 8-bit model is within a ten-millionth of the float model.
        return entry._replace(golden_tolerance=1e-7) if entry.scheme == "full_int8" else entry

    found = tune(digits_of(strict), budget_s=PATIENT_S)
    failed = [each for each in found.outcomes if each.state == "failed"]
    assert {scheme(each) for each in failed} == {"full_int8"}
    assert all(each.reason.startswith("it fails its golden vectors: golden/") for each in failed)
    assert not found.choice.file.startswith("full_int8")


def test_where_all_fail_there_is_no_choice(digits_of, two_rounds):
    found = tune(digits_of(lambda entry: entry._replace(golden_tolerance=0.0)), budget_s=PATIENT_S)
    if any(each.state != "failed" for each in found.outcomes):
        pytest.skip("a kernel here says the very bits of the float model")
    assert found.choice is None


def test_a_candidate_that_kills_its_process_costs_one_line(
    digits_path, two_rounds, tmp_path, monkeypatch
):
    (tmp_path / "fragile.py").write_text(
        textwrap.dedent("""
            import os, signal
            from satchel.tuning import worker_main

            whole = worker_main.prove

            def prove(path, card_digest, *, file, **words):
                if file.startswith("full_int8"):
                    os.kill(os.getpid(), signal.SIGABRT)
                return whole(path, card_digest, file=file, **words)

            worker_main.JOBS = {**worker_main.JOBS, "prove": prove}
            worker_main.main()
        """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("satchel.tuning.worker._PROGRAM", "fragile")
    found = tune(digits_path, budget_s=PATIENT_S)
    failed = [each for each in found.outcomes if each.state == "failed"]
    assert {scheme(each) for each in failed} == {"full_int8"}
    assert all(each.reason.startswith("its process ended by SIGABRT") for each in failed)
    assert found.choice is not None


def test_a_budget_is_kept_to(digits_path, two_cores):
    found = tune(digits_path, budget_s=1.0)
    blocks = sum(each.rounds for each in found.outcomes)
    # One turn starts the engine, and the last may begin just before the end.
    assert (blocks - 2) * BLOCK_S < 1.0
    assert found.choice is not None


def test_a_budget_that_is_spent_at_once_measures_little_and_says_so(digits_path, two_cores):
    found = tune(digits_path, budget_s=1e-9)
    # The turn that starts the engine is no part of the budget, the next one ends it.
    assert [each.rounds for each in found.outcomes] == [1, 1, 0, 0]
    late = found.outcomes[2:]
    assert {each.state for each in late} == {"not measured"}
    assert {each.reason for each in late} == {"the budget was spent"}


def test_a_bundle_that_nothing_here_runs_is_refused_with_what_to_install(
    image_path, install_engines
):
    install_engines()
    with pytest.raises(EngineError, match="pip install"):
        tune(image_path)
