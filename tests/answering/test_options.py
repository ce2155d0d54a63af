import pytest

from bellwether.answering import ChildOptions
from bellwether.service import OptionOutOfRange


@pytest.mark.parametrize("name", ["budget_seconds", "memory_bytes", "deaths", "steady_seconds"])
def test_a_limit_that_is_not_above_zero_is_refused(name: str) -> None:
    with pytest.raises(OptionOutOfRange, match=name):
        ChildOptions(**{name: 0})


def test_options_have_a_digest_of_what_they_say() -> None:
    assert ChildOptions().digest == ChildOptions().digest
    assert ChildOptions(deaths=4).digest != ChildOptions().digest
