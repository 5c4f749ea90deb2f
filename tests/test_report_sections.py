from __future__ import annotations

import numpy as np
import pytest

from audiokit import Audio, errors
from audiokit.report.sections import SECTIONS, Section, run_sections
from audiokit.results import Outcome, Status

SOUND = Audio(np.zeros(16000), 16000)


def raiser(error):
    def run(_audio):
        raise error

    return run


@pytest.mark.parametrize(
    ("run", "status", "reason"),
    [
        (lambda _: Outcome(Status.OK, "<script>"), Status.OK, ""),
        (lambda _: Outcome(Status.ABSTAINED, reason="quiet"), Status.ABSTAINED, "quiet"),
        (
            raiser(errors.ModelUnavailable("No weights.", cure="Fetch them.")),
            Status.UNAVAILABLE,
            "No weights. Fetch them.",
        ),
        (raiser(errors.AudiokitError("Odd.")), Status.FAILED, "Odd."),
        (raiser(ZeroDivisionError("oops")), Status.FAILED, "ZeroDivisionError: oops"),
    ],
)
def test_each_section_has_its_own_state(run, status, reason):
    good = Section("good", "Good", lambda _: Outcome(Status.OK, "fine"))
    first, second = run_sections(SOUND, [Section("x", "X & Y", run), good])
    assert (first.outcome.status, first.outcome.reason) == (status, reason)
    assert second.outcome.value == "fine"  # the others go on
    shown = first._repr_html_()
    assert f"audiokit-{status}" in shown
    assert "<script>" not in shown
    assert "X &amp; Y" in shown
    assert str(status) in repr(first)


def test_the_tour_has_its_sections():
    assert [section.name for section in SECTIONS] == ["tags", "transcript"]


def test_the_tags_are_a_card_with_a_state_for_each_branch():
    (section,) = [one for one in SECTIONS if one.name == "tags"]
    (found,) = run_sections(SOUND, [section])
    assert found.outcome.status is Status.OK
    shown = found._repr_html_()
    assert "Voice, mood and genre" in shown
    assert "nobody speaks" in shown
    assert found.outcome.value.to_dict()["audio_analysis"]["voice_detected"] is False


def test_tags_without_a_voice_detector_say_so(monkeypatch):
    def none(*_arguments, **_options):
        raise errors.ModelUnavailable("No Silero.", cure="Get it.")

    monkeypatch.setattr("audiokit.activity.vad.detect_speech", none)
    (section,) = [one for one in SECTIONS if one.name == "tags"]
    (found,) = run_sections(SOUND, [section])
    assert found.outcome.status is Status.UNAVAILABLE
    assert "No Silero. Get it." in found._repr_html_()
