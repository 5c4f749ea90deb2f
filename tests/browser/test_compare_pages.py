"""The comparison in JupyterLab, in an untrusted notebook, and in a frozen page."""

import json
import re

import numpy as np
import pytest
from comparison_heard import NAMES, RATE
from jupyter_page import OUTPUTS, notebook, run
from jupyter_page import opened as opened_in_lab

from audiokit import Audio
from audiokit_widgets import Compare

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


# in a real Lab, and in a report

MAKE = """import numpy as np
from audiokit import Audio
from audiokit_widgets import Compare

noise = [0.1 * np.random.default_rng(seed).standard_normal(16000) for seed in (1, 2)]
compare = Compare({"an original": Audio(noise[0], 16000), "some codec": Audio(noise[1] / 2, 16000)}OPTIONS)
compare"""
TELL = "print(compare.answers.to_csv(index=False), compare.result, sep='|')"


def test_in_lab_blind_trials_land_in_the_table(lab, home, new_page):
    import nbformat

    nbformat.write(notebook(MAKE.replace("OPTIONS", ", blind=True, trials=2, seed=3"), TELL), home[0] / "blind.ipynb")
    watched = opened_in_lab(new_page, lab, "blind.ipynb")
    page = watched.page
    assert run(page, 0) == ""
    page.wait_for_selector(".ak-compare", timeout=30_000)
    for trial in (1, 2):
        page.get_by_role("button", name="Play", exact=True).click()
        page.get_by_role("button", name="Pause", exact=True).wait_for(timeout=20_000)
        page.locator(".ak-slider").focus()
        page.keyboard.press("x")  # in Lab's command mode it would cut the cell
        page.keyboard.press("2")
        outputs = page.evaluate(OUTPUTS, 0)
        shown = page.locator(".ak-compare").inner_text() + json.dumps(outputs)
        assert not any(name in shown for name in NAMES)
        page.get_by_role("button", name="X is B", exact=True).click()
        if trial == 1:
            page.wait_for_function(
                "document.querySelector('.ak-trial strong')?.textContent === 'Trial 2 of 2'", timeout=10_000
            )
            page.wait_for_function(
                "document.querySelector('.ak-status')?.textContent === 'Answer 1 of 2 is kept.'", timeout=10_000
            )
    page.wait_for_function("document.querySelector('.ak-outcome')?.textContent.includes('A was ')", timeout=10_000)
    table, _, sentence = run(page, 1).strip().partition("|")
    rows = [line.split(",") for line in table.strip().splitlines()]
    assert rows[0] == ["trial", "x", "answer", "correct", "seconds", "switches"]
    assert [row[0] for row in rows[1:]] == ["1", "2"]
    assert {row[2] for row in rows[1:]} < set(NAMES)  # one and the same, whichever is B
    assert all((row[1] == row[2]) == (row[3] == "True") and float(row[4]) > 0 and int(row[5]) >= 1 for row in rows[1:])
    assert sentence == page.locator(".ak-outcome").inner_text().partition(" A was ")[0]
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == 2
    assert page.locator(".ak-outline").count() == 3
    assert watched.external == []


@pytest.fixture(scope="module")
def executed(home):
    """A sighted and a blind comparison in a notebook that was run without any page."""
    from nbclient import NotebookClient

    made = notebook(*(MAKE.replace("OPTIONS", options) for options in ("", ", blind=True, title='Which?'")))
    NotebookClient(made, timeout=60).execute(cwd=str(home[0]), env=home[1])
    return made


def test_untrusted_each_sound_has_its_own_player_and_the_blind_one_says_what_it_needs(lab, home, executed, new_page):
    import nbformat

    changed = nbformat.from_dict(json.loads(nbformat.writes(executed)))
    changed.cells[0].source += "\n# changed after it ran"
    nbformat.write(changed, home[0] / "untrusted_compare.ipynb")
    page = opened_in_lab(new_page, lab, "untrusted_compare.ipynb").page
    page.wait_for_selector(".audiokit-static audio", timeout=30_000, state="attached")
    assert page.locator(".ak-compare").count() == 0
    assert page.locator(".audiokit-static audio").count() == 2
    page.wait_for_function("document.querySelector('.audiokit-static img').naturalWidth === 1640", timeout=5000)
    page.evaluate("document.querySelectorAll('.audiokit-static audio')[1].play()")
    page.wait_for_function("document.querySelectorAll('.audiokit-static audio')[1].currentTime > 0.1", timeout=10_000)
    text = page.locator(".audiokit-static").nth(0).inner_text()
    assert "an original" in text
    assert re.search(r"plays here [56]\.\d dB louder than it is compared", text)
    blind = page.locator(".audiokit-static").nth(1).inner_text()
    assert "A blind test needs a running kernel" in blind
    assert not any(name in blind for name in NAMES)


def test_in_a_frozen_page_it_plays_from_the_static_view_where_each_sound_stands_once(executed, new_page, tmp_path):
    import nbformat

    from audiokit.report.frozen import freeze

    text = nbformat.writes(executed)
    frozen = freeze(json.loads(text))
    embedded = re.findall(r'src="data:audio/flac;base64,([^"]{200})', frozen)
    assert len(embedded) == 2
    for start in embedded:
        assert frozen.count(start[100:]) == 1
        assert text.count(start[100:]) == 1
    path = tmp_path / "report.html"
    path.write_text(frozen, encoding="utf-8")
    watched = new_page(width=1000, height=1200)
    watched.page.context.set_offline(True)
    watched.page.goto(path.as_uri())
    page = watched.page
    page.wait_for_selector(".ak-trial", timeout=20_000)
    assert page.locator(".audiokit-static").count() == 0
    page.get_by_role("button", name="Play", exact=True).first.click()
    page.get_by_role("button", name="Pause", exact=True).wait_for(timeout=10_000)
    page.locator(".ak-slider").first.focus()
    page.keyboard.press("2")
    assert page.get_by_role("radio", name="some codec").is_checked()
    assert page.locator(".ak-status").first.inner_text() == ""
    page.keyboard.press(" ")
    page.get_by_role("button", name="Play", exact=True).nth(1).click()  # the blind one: nobody answers
    page.get_by_text("No kernel answers").wait_for(timeout=20_000)
    assert watched.external == []
    assert watched.complaints == []


def test_in_a_frozen_page_it_plays_a_sound_that_another_view_holds(new_page, tmp_path):
    from frozen_page import frozen

    from audiokit_widgets import AudioPlayer

    steps = np.random.default_rng(5).integers(-3000, 3000, (2, 2 * RATE)) / np.float32(32768)
    talk, other = (Audio(row.astype(np.float32)[np.newaxis], RATE) for row in steps)
    watched = new_page(width=900, height=900)
    page = frozen(watched, tmp_path / "page.html", AudioPlayer(talk), Compare({"talk": talk, "other": other})).page
    written = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert written.count("data:audio/flac") == 2
    compare = page.locator(".ak-compare")
    compare.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => document.querySelector('.ak-compare .ak-now').textContent > '0:00.2'")
    assert compare.locator(".ak-status").inner_text() == ""
    assert watched.complaints == []
