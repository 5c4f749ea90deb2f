"""The table of docs/widgets.md says what the browser tests found, no more and no less."""

import pytest
from works_table import DOCUMENT, PLACES, WIDGETS, committed, differences, missing, table, written

ALL = {(widget, place): "passed" for widget in WIDGETS for place in PLACES}


@pytest.fixture
def text():
    return DOCUMENT.read_text(encoding="utf-8")


def test_what_is_written_is_read_back(text):
    some = {**ALL, ("Compare", "saved"): "failed", ("Recorder", "notebook"): "skipped"}
    made = written(some, text)
    assert committed(made) == {cell for cell, outcome in some.items() if outcome == "passed"}
    assert differences(some, made) == ""
    assert missing(some) == [("Recorder", "notebook")]
    assert table(some) in made


def test_a_tick_without_a_test_and_a_test_without_a_tick_are_told(text):
    made = written(ALL, text)
    assert "a tick that no passing test backs" in differences({**ALL, ("Compare", "saved"): "failed"}, made)
    without = written({**ALL, ("Compare", "saved"): "failed"}, text)
    assert "no tick, and its tests pass" in differences(ALL, without)
    assert "Compare" in differences(ALL, without)


def test_every_widget_has_its_example_its_pictures_and_its_keys(text):
    for name in WIDGETS:
        section = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert section.count("```python") == 1
        for scheme in ("light", "dark"):
            picture = f"images/widget-{name.lower()}-{scheme}.png"
            assert f"({picture})" in section
            assert 1000 < (DOCUMENT.parent / picture).stat().st_size < 120_000
