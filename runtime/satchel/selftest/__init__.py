"""Replays a bundle's golden vectors on this device."""

from typing import TYPE_CHECKING

from satchel.faces import lazy_names

if TYPE_CHECKING:
    from satchel.selftest.replay import (
        MEAN as MEAN,
        GoldenResult as GoldenResult,
        check as check,
        selftest as selftest,
    )
    from satchel.selftest.sandbox import (
        check_isolated as check_isolated,
        selftest_isolated as selftest_isolated,
    )
    from satchel.selftest.vectors import (
        GoldenVector as GoldenVector,
        blend as blend,
        golden_vectors as golden_vectors,
    )

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "replay": ["MEAN", "GoldenResult", "check", "selftest"],
        "sandbox": ["check_isolated", "selftest_isolated"],
        "vectors": ["GoldenVector", "blend", "golden_vectors"],
    },
)
