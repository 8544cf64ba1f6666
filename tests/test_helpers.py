import pytest

from helpers.cases import each_of


def test_cases_that_fail_are_all_named_and_the_others_are_not():
    @each_of([1, 2, 3, 0])
    def test_one_is_divided(case):
        assert 6 / case > 2.5

    with pytest.raises(pytest.fail.Exception) as failed:
        test_one_is_divided()
    three, zero = str(failed.value).replace("\n", " ").split("0: ZeroDivisionError: ")
    assert three.startswith("3: AssertionError: assert (6 / 3) > 2.5")
    assert zero == "division by zero"
