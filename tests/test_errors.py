from __future__ import annotations

import inspect

import pytest

from audiokit import errors

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, errors.AudiokitError)]


@pytest.mark.parametrize("error", CLASSES, ids=lambda c: c.__name__)
def test_every_error_is_drawn_in_the_tree_and_exported(error):
    assert error.__name__ in errors.__doc__
    assert error.__name__ in errors.__all__


@pytest.mark.parametrize("error", CLASSES, ids=lambda c: c.__name__)
def test_message_and_cure_are_both_said(error):
    raised = error("It is raining.", cure="Take an umbrella.")
    assert str(raised) == "It is raining. Take an umbrella."
    assert (raised.message, raised.cure) == ("It is raining.", "Take an umbrella.")


def test_callers_can_use_the_built_ins():
    assert issubclass(errors.SourceNotFound, FileNotFoundError)
    assert issubclass(errors.InputError, ValueError)
    assert issubclass(errors.LibraryUnavailable, ImportError)
    assert issubclass(errors.ModelUnavailable, LookupError)
