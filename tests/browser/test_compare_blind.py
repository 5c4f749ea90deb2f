"""A blind comparison in Chromium: no name is seen before the end, and answers land where they belong."""

import numpy as np
import pytest
from comparison_heard import NAMES, NOW, RATE, heard, noise, play, wait

from audiokit import Audio
from audiokit_widgets import Compare

pytest_plugins = ("comparison_heard",)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


# blind


def blind_pair(**options):
    sounds = [Audio(noise(0.2, 1.0, seed=1), RATE), Audio(noise(0.1, 1.0, seed=2), RATE)]
    return Compare(dict(zip(NAMES, sounds, strict=True)), blind=True, **options)


def leaks(page, compare):
    """Names that stand anywhere in the page, in its model, or in what it was sent."""
    state = page.evaluate(
        "(names) => JSON.stringify([window.received, names.map((n) => window.model.get(n))])", list(compare.keys)
    )
    return [name for name in NAMES if name in page.content() + state]


def test_blind_trials_are_answered_and_no_name_is_seen_before_the_end(open_compare, monkeypatch):
    compare = blind_pair(trials=3, seed=5)
    page = open_compare(compare, kernel=True).page
    assert [
        page.get_by_role("radio").nth(i).evaluate("e => e.parentElement.innerText.trim().split(/\\s+/)[1]")
        for i in range(3)
    ] == ["A", "B", "X"]
    assert page.locator(".ak-outline").count() == 0  # a waveform would tell
    answers = [page.get_by_role("button", name=f"X is {letter}", exact=True) for letter in "AB"]
    for trial in (1, 2, 3):
        assert page.locator(".ak-trial strong").inner_text() == f"Trial {trial} of 3"
        assert all(button.is_disabled() for button in answers)  # nothing was heard yet
        play(page)
        page.keyboard.press("x")
        assert page.get_by_role("radio").nth(2).is_checked()
        page.keyboard.press("1")
        page.keyboard.press("x")
        assert leaks(page, compare) == []
        assert len(compare.answers) == trial - 1
        answers[trial % 2].click()
        if trial < 3:
            wait(page, f"document.querySelector('.ak-status')?.textContent === 'Answer {trial} of 3 is kept.'")
            wait(page, f"window.received.length === {1 + 2 * trial + 1}")  # voices, trials and answers
        else:
            wait(page, "document.querySelector('.ak-outcome')?.textContent.includes('A was ')")
        assert len(compare.answers) == trial
    table = compare.answers
    assert table["switches"].tolist() == [3, 2, 2]  # X stays chosen after the first
    assert (table["seconds"] > 0).all()
    letters = ["B" if trial % 2 else "A" for trial in (1, 2, 3)]
    assert table["answer"].tolist() == [compare._test.name_of(letter) for letter in letters]
    text = page.locator(".ak-compare").inner_text()
    assert compare.result.sentence in text
    assert all(name in text for name in NAMES)
    assert page.locator(".ak-outline").count() == 3  # now all may be seen
    play(page)
    wait(page, f"{NOW} > '0:00.200'")


def test_x_sounds_as_the_one_that_it_is(open_compare, monkeypatch):
    compare = blind_pair(trials=4, seed=5)
    page = open_compare(compare, kernel=True).page
    from scipy.signal import correlate

    given = {name: noise(0.1, 1.0, seed=1 + i) for i, name in enumerate(NAMES)}
    for trial in range(1, 5):
        play(page)
        page.keyboard.press("x")
        page.evaluate("window.heard.length = 0")
        page.wait_for_timeout(400)
        samples = heard(page)
        piece = samples[2000:5000]
        likeness = {n: np.abs(correlate(s, piece, "valid")).max() / np.sum(piece**2) for n, s in given.items()}
        is_x = max(likeness, key=likeness.get)
        assert likeness[is_x] == pytest.approx(1, abs=0.1)
        assert min(likeness.values()) < 0.3
        letter = "AB"[[compare._test.name_of(c) for c in "AB"].index(is_x)]
        page.get_by_role("button", name=f"X is {letter}", exact=True).click()
        wait(page, f"window.model.get('answered') === {trial}")
        if trial < 4:
            wait(page, f"window.received.length === {2 + 2 * trial}")
    assert compare.result.correct == 4


def test_a_preference_is_asked_for_among_more(open_compare, monkeypatch):
    names = ["one sound", "two sound", "three sound"]
    compare = Compare(
        {n: Audio(noise(seed=i, seconds=1.0), RATE) for i, n in enumerate(names)}, blind=True, trials=2, seed=0
    )
    page = open_compare(compare, kernel=True).page
    for trial in (1, 2):
        play(page)
        page.keyboard.press("3")
        assert not any(name in page.content() for name in names)
        page.get_by_role("button", name="C is best", exact=True).click()
        wait(page, f"window.model.get('answered') === {trial}")
        if trial == 1:
            wait(page, "window.received.length === 4")
    assert len(compare.answers) == 2
    assert "Picks: " in page.locator(".ak-outcome").inner_text()


def test_a_trial_that_was_answered_elsewhere_is_told_and_the_next_one_follows(open_compare, monkeypatch):
    compare = blind_pair(trials=3, seed=5)
    page = open_compare(compare, kernel=True).page
    play(page)
    compare._test.record(1, "A", 1.0, 0)  # in another view
    page.get_by_role("button", name="X is A", exact=True).click()
    wait(page, "document.querySelector('.ak-status')?.textContent.startsWith('Trial 2 is to be answered')")
    play(page)
    page.get_by_role("button", name="X is B", exact=True).click()
    wait(page, "window.model.get('answered') === 2")
    assert len(compare.answers) == 2


def test_a_blind_test_without_a_kernel_says_so(open_compare):
    page = open_compare(blind_pair(), kernel=True).page
    page.evaluate("() => { window.model.send = () => { throw new Error('comm is closed') } }")
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, "document.querySelector('.ak-status')?.textContent.startsWith('No kernel answers')")
    assert page.get_by_role("button", name="X is A", exact=True).is_disabled()
