from __future__ import annotations

import pytest

from audiokit import errors
from audiokit_widgets import live

ipywidgets = pytest.importorskip("ipywidgets")


def draw(gain_db=2.0, kind="pink", count=3, fixed=1):
    return f"{gain_db} {kind} {count} {fixed}"


def test_controls_start_at_the_defaults():
    view = live(draw, gain_db=(0.0, 10.0, 0.5), kind=["white", "pink"], count=(1, 9))
    assert view.values == {"gain_db": 2.0, "kind": "pink", "count": 3}
    assert isinstance(view.sliders["count"], ipywidgets.IntSlider)
    assert view.sliders["gain_db"].step == 0.5
    assert view.draw(**view.values) == "2.0 pink 3 1"


def test_a_widget_of_ones_own_is_taken_as_it_is():
    own = ipywidgets.FloatLogSlider(value=10)
    assert live(draw, gain_db=own).sliders["gain_db"] is own


@pytest.mark.parametrize("controls", [{"gain": (0, 1)}, {"gain_db": 3}, {"gain_db": (1,)}])
def test_what_cannot_be_turned_is_refused(controls):
    with pytest.raises(errors.ParameterError, match="gain"):
        live(draw, **controls)


def test_an_argument_without_a_default_cannot_be_turned():
    with pytest.raises(errors.ParameterError, match="default"):
        live(lambda gain_db: gain_db, gain_db=(0, 1))


def test_two_outputs_are_made_and_a_turn_redraws_the_second(monkeypatch):
    shown, updated = [], []

    class Handle:
        def update(self, what):
            updated.append(what)

    def display(what, **options):
        shown.append((what, options))
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    view = live(draw, gain_db=(0.0, 10.0))
    view._ipython_display_()
    (controls, _), (picture, _) = shown
    assert controls["text/html"] == ""  # where nothing runs, nothing is shown of them
    assert picture == "2.0 pink 3 1"
    view.sliders["gain_db"].value = 7.5
    assert updated == ["7.5 pink 3 1"]
