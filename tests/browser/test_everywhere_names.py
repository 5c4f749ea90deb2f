"""Whatever a name holds, it stays text: in Lab, in a frozen page, and where no script runs."""

from dataclasses import replace

import numpy as np
import pytest
from everywhere_places import ROOTS, written_for_lab
from fake_loader import report_at
from frozen_page import notebook_of, open_frozen
from jupyter_page import opened

from audiokit import Audio, Segment, Status, TagResult, lipsync
from audiokit.report import freeze
from audiokit.results import Outcome
from audiokit.speech import AlignedWord, Alignment, Transcript, Word, WordErrors
from audiokit.tagging import Mood, Stage

pytestmark = [pytest.mark.browser, pytest.mark.notebook, pytest.mark.timeout(240)]


# names that would be more


INJECTION = '<img src=x onerror="window.injected=1"><script>window.injected=2</script>'


def hostile_result(sound):
    """A result whose every text is markup."""
    mood = Mood(INJECTION, 0.9, {INJECTION: 0.9}, (Segment(0.1, 0.9, INJECTION, 0.9),), INJECTION, INJECTION)
    voice = Outcome(Status.FAILED, reason=INJECTION)
    return TagResult(
        name=sound.name,
        audio_seconds=sound.duration_seconds,
        voice=voice,
        mood=Outcome(Status.OK, mood, notes=(INJECTION,)),
        genre=Outcome(Status.UNAVAILABLE, reason=INJECTION),
        content=voice,
        models_invoked=(INJECTION,),
        stages=(Stage(INJECTION, "mood", 0.0, 5.0),),
        processing_ms=5.0,
        source=sound,
        notes=(INJECTION,),
    )


def hostile_alignment():
    """An alignment of words as no normalisation leaves them."""
    words = (
        AlignedWord("substituted", INJECTION, f"heard {INJECTION}", 0.1, 0.4),
        AlignedWord("missing", INJECTION, ""),
    )
    return Alignment(words, WordErrors(1, 1, 0, 2), 1.0)


def hostile_widgets():
    """Each widget, whose every name is markup."""
    from audiokit_widgets import (
        Annotator,
        AudioPlayer,
        Compare,
        Inspector,
        LoaderMonitor,
        Recorder,
        TagCard,
        TranscriptDiff,
        WhatTheModelSaw,
    )  # fmt: skip

    time = np.arange(16_000) / 16_000

    def sound(number):
        samples = 0.3 * np.sin(2 * np.pi * (300 + 50 * number) * time)
        return Audio(samples.astype(np.float32), 16_000, name=INJECTION, warnings=(f"warns of {INJECTION}",))

    spans = [Segment(0.1, 0.4, f"label {INJECTION}")]
    text = Transcript((Word(0.1, 0.4, INJECTION, 0.1),), INJECTION, "en", INJECTION, "draft", 1.0)
    seen = lipsync.model_input(sound(2).samples[0])
    return [
        AudioPlayer(sound(0), segments=spans),
        Inspector(sound(1), {f"lane {INJECTION}": spans, INJECTION: text}, speakers=f"lane {INJECTION}"),
        WhatTheModelSaw(sound(2), seen, title=INJECTION),
        Annotator(sound(3), spans, labels=[f"offered {INJECTION}"], tiers=[f"tier {INJECTION}"]),
        Compare({f"a {INJECTION}": sound(4), f"b {INJECTION}": sound(5)}, title=INJECTION),
        Recorder(title=INJECTION),
        LoaderMonitor(replace(report_at(60), stages={INJECTION: 0.1}), title=INJECTION),
        TagCard(hostile_result(sound(6))),
        TranscriptDiff(hostile_alignment(), sound(7), title=INJECTION),
    ]


@pytest.fixture(scope="module")
def hostile():
    return notebook_of(*hostile_widgets())


def stays_text(page):
    page.wait_for_timeout(300)
    assert page.evaluate("window.injected") is None
    assert page.locator("img[src='x']").count() == 0


def test_names_stay_text_in_a_frozen_page(hostile, new_page, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(freeze(hostile), encoding="utf-8")
    watched = open_frozen(new_page(), path)
    for index, root in enumerate(ROOTS.values()):
        part = watched.page.locator(f"#cell-{index + 1} {root}").first
        part.wait_for(timeout=20_000)
        assert INJECTION in part.inner_text()
    stays_text(watched.page)
    assert watched.complaints == []


def test_names_stay_text_without_script(hostile, new_page, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(freeze(hostile), encoding="utf-8")
    page = new_page(scripts=False).page
    page.goto(path.as_uri())
    for index in range(len(ROOTS)):
        static = page.locator(f"#cell-{index + 1} .audiokit-static").first
        assert INJECTION in static.inner_text()
    stays_text(page)


@pytest.mark.parametrize("trusted", [True, False])
def test_names_stay_text_in_lab(hostile, lab, home, new_page, trusted):
    name = f"hostile-{trusted}.ipynb"
    written_for_lab(hostile, home[0] / name, trusted=trusted)
    page = opened(new_page, lab, name, height=4000).page
    for index, root in enumerate(ROOTS.values()):
        shown = page.locator(f".jp-Notebook .jp-Cell >> nth={index}").locator(root if trusted else ".audiokit-static")
        shown.first.wait_for(timeout=30_000)
        assert INJECTION in shown.first.inner_text()
    stays_text(page)
