import pytest

from kstream_cli.user_objects import error_of, repr_of, text_of


class Odd(Exception):
    """Whose text raises what `kind` is."""

    def __init__(self, kind):
        self.kind = kind

    def __str__(self):
        raise self.kind

    __repr__ = __str__


@pytest.mark.parametrize("kind", [RuntimeError, SystemExit, RecursionError, KeyboardInterrupt])
@pytest.mark.parametrize("make", [text_of, repr_of, error_of])
def test_an_object_whose_text_raises_is_named_by_its_class(make, kind):
    assert "Odd" in make(Odd(kind))
    assert kind.__name__ in make(Odd(kind))


@pytest.mark.parametrize("make", [text_of, repr_of, error_of])
def test_a_long_text_is_cut_and_says_so(make):
    text = make(ValueError("x" * 1_000_000))
    assert len(text) < 2_100
    assert "1,000," in text


def test_a_text_that_is_no_text_is_none():
    class Number:
        def __str__(self):
            return 5

    assert text_of(Number()) == "<a Number whose text raises TypeError>"
