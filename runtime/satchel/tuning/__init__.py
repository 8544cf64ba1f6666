"""Measures the models of a bundle on this device and finds the fastest."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.tuning.accuracy_policy import policy_violation as policy_violation
    from satchel.tuning.benchmark import Answered as Answered, Benched as Benched, bench as bench
    from satchel.tuning.tuner import (
        Candidate as Candidate,
        Tuning as Tuning,
        candidates as candidates,
        tune as tune,
    )
    from satchel.tuning.worker import Measuring as Measuring

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "accuracy_policy": ["policy_violation"],
        "benchmark": ["Answered", "Benched", "bench"],
        "tuner": ["Candidate", "Tuning", "candidates", "tune"],
        "worker": ["Measuring"],
    },
)
