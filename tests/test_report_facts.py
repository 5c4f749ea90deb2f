from __future__ import annotations

import numpy as np
import pytest

from audiokit import Audio
from audiokit.dsp.loudness import Loudness
from audiokit.report import describe
from audiokit.report.facts import clock_time, counted


def loudness(**changes):
    values = {"integrated_lufs": -20.25, "true_peak_dbtp": -0.04, "sample_peak_dbfs": 3.0, "clipped_samples": 1234}
    return Loudness(**{**values, **changes})


def rows(audio, **changes):
    return dict(describe(audio, None, loudness(**changes)).rows)


SOUND = Audio(np.zeros(16000), 16000, name="<b>")


def test_levels_have_a_minus_sign_and_no_negative_zero():
    found = rows(SOUND)
    assert found["Loudness"] == "\N{MINUS SIGN}20.2 LUFS"
    assert found["True peak"] == "0.0 dBTP"
    assert found["Sample peak"] == "3.0 dBFS"
    assert found["Clipped samples"] == "1,234"
    assert rows(SOUND, true_peak_dbtp=float("-inf"))["True peak"] == "silence"


def test_loudness_says_why_there_is_none_and_what_was_assumed():
    assert rows(SOUND, integrated_lufs=None, note="No loudness: silent.")["Loudness"] == "not measured: silent."
    assert rows(SOUND, note="3 samples are NaN.")["Loudness"] == "\N{MINUS SIGN}20.2 LUFS. 3 samples are NaN."


def test_one_sample_has_a_length():
    assert rows(Audio(np.ones(1), 16000))["Duration"] == "0.0625 ms (1 sample)"


def test_text_is_escaped():
    assert "<b>" not in describe(SOUND)._repr_html_()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.00 s"), (0.0125, "12.5 ms"), (59.99, "59.99 s"), (59.999, "1:00.0"), (3599.96, "1:00:00.0")],
)
def test_time_never_shows_sixty_seconds(seconds, text):
    assert clock_time(seconds) == text


def test_a_count_agrees_with_its_noun():
    assert [counted(n, "segment") for n in (0, 1, 2)] == ["0 segments", "1 segment", "2 segments"]
