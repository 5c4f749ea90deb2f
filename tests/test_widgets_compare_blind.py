"""A blind comparison: no name before the end, a trial of its own for each X, answers that are kept."""

import hashlib

import numpy as np
import pytest
from comparison_parts import NAMES, RATE, Page, Tags, bundle, decoded, noise, pair

from audiokit import Audio
from audiokit.errors import ParameterError
from audiokit_widgets import Compare

# blind


def everything(widget):
    """All that a page, a saved notebook or a display could show."""
    state = {k: v for k, v in widget.get_state().items() if k not in ("_esm", "_css")}
    return f"{state!r} {bundle(widget)!r} {widget!r}"


def test_a_blind_test_says_no_name_until_it_is_over(monkeypatch):
    sounds = {NAMES[0]: Audio(noise(), RATE, warnings=("cut",)), NAMES[1]: Audio(noise(0.05, 0.9, seed=1), 8000)}
    compare = Compare(sounds, blind=True, trials=2, seed=1)
    page = Page(compare, monkeypatch)
    letters = compare._test
    for trial in (1, 2):
        seen = everything(compare)
        assert not any(name in seen for name in NAMES)
        assert not any(digest in seen for digest in compare.digests)
        assert "audio" not in {tag for tag, _ in Tags(bundle(compare)["text/html"]).tags}
        assert (compare.sounds, compare.digests, compare.outlines, compare.outcome) == ([], [], b"", "")
        assert "Cannot answer" in page.ask(kind="bytes", index=0)[0]["refused"]
        with pytest.raises(ParameterError, match="not over"):
            compare.picture()
        reply, _ = page.ask(kind="trial")
        assert reply == {"trial": trial, "ask": "1"}
        answer = next(letter for letter in "AB" if letters.name_of(letter) == letters.names[letters.hidden])
        reply, _ = page.ask(kind="answer", trial=trial, answer=answer, seconds=1.25, switches=trial)
        assert reply == {"finished": trial == 2, "ask": "1"}
        assert compare.answered == trial == len(compare.answers)
    assert compare.result.correct == 2
    assert compare.answers["switches"].tolist() == [1, 2]
    assert all(name in everything(compare) for name in NAMES)
    assert compare.outcome.startswith("2 of 2: p = 0.250.")
    assert f"A was {letters.name_of('A')}" in compare.outcome
    assert page.ask(kind="trial")[0]["finished"] is True
    assert len(Tags(bundle(compare)["text/html"]).all("audio")) == 2
    assert "All 2 trials" in page.ask(kind="answer", trial=3, answer="A", seconds=1, switches=0)[0]["refused"]


def test_x_is_a_file_of_its_own_in_each_trial_and_sounds_as_a_or_b(monkeypatch):
    compare = pair(blind=True, trials=12, seed=4)
    page = Page(compare, monkeypatch)
    _, voices = page.ask(kind="voices")
    _, again = page.ask(kind="voices")
    digests = {hashlib.sha256(data).hexdigest() for data in (*voices, *again)}
    sizes = {len(data) for data in voices}
    heard = []
    for trial in range(1, 13):
        _, (x,) = page.ask(kind="trial")
        _, (same,) = page.ask(kind="trial")  # a second view, or one that was opened again
        np.testing.assert_array_equal(decoded(x), decoded(same))
        digests |= {hashlib.sha256(data).hexdigest() for data in (x, same)}
        sizes |= {len(x), len(same)}
        heard.append([np.array_equal(decoded(x), decoded(voice)) for voice in voices])
        page.ask(kind="answer", trial=trial, answer="A", seconds=0.5, switches=1)
    assert len(digests) == 4 + 24
    assert len(sizes) == 1
    assert all(sum(row) == 1 for row in heard)
    assert compare.answers["correct"].tolist() == [row[0] for row in heard]  # every answer was A
    assert 0 < compare.result.correct < 12


def test_gains_are_in_the_samples_of_a_blind_test(monkeypatch):
    import pyloudnorm

    _, voices = Page(pair(blind=True, seed=0), monkeypatch).ask(kind="voices")
    meter = pyloudnorm.Meter(RATE)
    loudness = [meter.integrated_loudness(decoded(data).T) for data in voices]
    assert loudness[0] == pytest.approx(loudness[1], abs=0.02)


def test_the_same_seed_draws_the_same_test_and_is_not_in_the_state(monkeypatch):
    seed = 123_456_789
    first, second = (pair(blind=True, seed=seed) for _ in range(2))
    assert first._test.order == second._test.order
    assert first._test._x.tolist() == second._test._x.tolist()
    assert first.seed == seed
    assert str(seed) not in everything(first)


def test_more_than_two_are_shown_in_a_new_order_each_time_and_picked(monkeypatch):
    names = ["one sound", "two sound", "three sound"]
    compare = Compare({n: Audio(noise(seed=i), RATE) for i, n in enumerate(names)}, blind=True, trials=8, seed=2)
    page = Page(compare, monkeypatch)
    assert (compare.mode, compare.choices) == ("preference", "ABC")
    _, voices = page.ask(kind="voices")
    wanted = next(i for i, v in enumerate(voices) if np.allclose(decoded(v), noise(seed=1), atol=0.02))
    orders = set()
    for trial in range(1, 9):
        assert not any(name in everything(compare) for name in names)
        reply, buffers = page.ask(kind="trial")
        assert buffers == []
        orders.add(tuple(reply["shown"]))
        page.ask(kind="answer", trial=trial, answer="ABC"[reply["shown"].index(wanted)], seconds=1, switches=3)
    assert len(orders) > 2
    assert compare.answers["picked"].tolist() == ["two sound"] * 8
    assert compare.result.counts == {"one sound": 0, "two sound": 8, "three sound": 0}
    assert "Picks: one sound 0, two sound 8, three sound 0." in compare.outcome


@pytest.mark.parametrize("wrong", [{"trial": 2}, {"answer": "X"}, {"seconds": None}, {"switches": "many"}])
def test_a_wrong_answer_message_is_refused_and_not_kept(wrong, monkeypatch):
    compare = pair(blind=True, seed=0)
    message = {"kind": "answer", "trial": 1, "answer": "A", "seconds": 1.0, "switches": 0} | wrong
    assert "refused" in Page(compare, monkeypatch).ask(**message)[0]
    assert len(compare.answers) == compare.answered == 0
