"""The recorder in Chromium, with a fake microphone that plays a known signal: no sample is lost, whatever the line does."""

import time

import numpy as np
import pytest
from recorder_page import AMPLITUDE, RATE, is_the_sine, press, record, said, started, steady, stop, until, wait

from audiokit_widgets import Recorder

pytest_plugins = ("recorder_page",)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def without_clock_notes(audio):
    """The notes but for what a busy machine's fake microphone left out."""
    return [note for note in audio.warnings if "never came from the device" not in note]


def test_the_recording_is_the_signal_without_a_sample_lost(opened):
    recorder = Recorder(title="sine", channels=2)
    page, kernel = opened(recorder)
    record(page, 4)
    assert recorder.state == "recording"
    assert recorder.level_dbfs == pytest.approx(20 * np.log10(AMPLITUDE / np.sqrt(2)), abs=0.05)
    until(page, lambda: recorder.seconds > 2)
    so_far = recorder.seconds
    stop(page)
    audio = recorder.audio
    assert so_far <= audio.duration_seconds
    is_the_sine(audio)
    assert (audio.name, audio.channels) == ("sine", 2)
    assert recorder.state == "stopped"
    assert recorder.seconds == audio.duration_seconds > 3.9
    assert kernel.kinds.count("piece") >= 16
    assert without_clock_notes(audio) == []
    page.wait_for_selector(".ak-place .ak-player canvas")  # and is seen and heard in a player
    assert page.get_by_role("button", name="Play", exact=True).is_visible()
    assert page.locator(".ak-tape").is_hidden()


def test_a_page_that_stands_still_and_a_kernel_that_is_busy_lose_nothing(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    record(page, 1)
    page.evaluate("{ const end = performance.now() + 1500; while (performance.now() < end); }")
    time.sleep(4)  # nobody answers the page meanwhile
    stop(page)
    assert recorder.audio.duration_seconds > 5
    is_the_sine(recorder.audio)
    assert recorder.audio.lost == ()


def test_no_more_than_eight_pieces_are_on_their_way_at_a_time(opened):
    recorder = Recorder()
    page, kernel = opened(recorder)
    record(page, 0.5)
    kernel.alive = False
    wait(page, "parseFloat(document.querySelector('.ak-now')?.textContent.split(':')[1]) > 4.5", 30_000)
    sent = page.evaluate("new Set(window.sent.filter((s) => s.kind === 'piece').map((s) => s.number)).size")
    assert 7 <= sent - kernel.kinds.count("piece") <= 8  # some were on their way already when it fell silent
    kernel.alive = True
    stop(page)  # the kernel is asked where it stands, and what was lost goes again
    assert "where" in kernel.kinds
    is_the_sine(recorder.audio)


def test_pieces_that_the_line_loses_cuts_or_doubles_come_again(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    page.evaluate("""() => {
      const hurt = new Set();
      window.tamper = (content, buffers) => {
        const n = content.number;
        if (content.kind === "piece" && !hurt.has(n) && n % 3 === 1) {
          hurt.add(n);
          return n % 2 ? null : { ...content, buffers: [buffers[0].slice(0, 1000)] };
        }
        if (content.kind === "piece" && n % 5 === 0) setTimeout(() => window.model.send(content, null, buffers), 300);
        return content;
      };
    }""")
    record(page, 4)
    stop(page)
    is_the_sine(recorder.audio)
    sent = page.evaluate("window.sent.filter((s) => s.kind === 'piece').map((s) => s.number)")
    assert {n for n in sent if sent.count(n) > 1} >= {1, 4, 5, 7, 10}
    assert recorder.audio.lost == ()


def test_a_piece_that_never_gets_through_is_silence_and_said(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    page.evaluate("() => { window.tamper = (content) => (content.number === 2 ? null : content); }")
    record(page, 2)
    stop(page)
    (lost,) = recorder.audio.lost
    assert (lost.start_seconds, lost.end_seconds) == pytest.approx((0.5, 0.75), abs=1e-3)
    assert not recorder.audio.samples[0, int(0.51 * RATE) : int(0.74 * RATE)].any()
    said_there = page.locator(".ak-place .ak-notes").inner_text()
    assert "0.250 s in 1 place never arrived; silence stands there" in said_there
    assert page.evaluate("window.sent.filter((s) => s.number === 2).length") == 12


def test_a_line_that_is_cut_for_a_while_loses_nothing(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder)
    record(page, 1)
    page.evaluate("window.cut = true")
    wait(page, "parseFloat(document.querySelector('.ak-now')?.textContent.split(':')[1]) > 3")
    page.evaluate("window.cut = false")
    stop(page)
    is_the_sine(recorder.audio)


def test_a_kernel_that_is_gone_is_said_and_the_take_can_be_saved_from_the_page(opened, tmp_path):
    import audiokit

    recorder = Recorder()
    page, kernel = opened(
        recorder,
        before="{ const real = performance.now.bind(performance); window.skip = 0; performance.now = () => real() + window.skip; }",
    )
    record(page, 2)
    kernel.alive = False
    page.wait_for_timeout(600)
    page.evaluate("window.skip = 60000")
    said(page, "The kernel is busy or gone")
    page.evaluate("window.skip = 120000")
    press(page, "Stop")
    with page.expect_download() as download:
        press(page, "Save the take from this page")
    download.value.save_as(tmp_path / "take.wav")
    kernel.alive = True
    page.evaluate("window.skip = 240000")  # it is asked again, though ever more rarely
    said(page, "the take is in Python")
    audio = audiokit.read(tmp_path / "take.wav")
    np.testing.assert_array_equal(audio.samples, recorder.audio.samples)
    is_the_sine(audio)


WORKLET = """
delete window.MediaStreamTrackProcessor;
window.joined = [];
const join = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) { window.joined.push([this.constructor.name, to.constructor.name]); return join.call(this, to, ...more); };
"""


def test_a_browser_that_reads_through_a_worklet_records_too(opened):
    recorder = Recorder()
    page, _kernel = opened(recorder, before=WORKLET)
    record(page, 3)
    stop(page)
    assert recorder.audio.sample_rate == RATE
    amplitudes, steps = steady(started(recorder.audio.samples[0]))
    # between the fake microphone's clock and the loudspeaker's, Chromium leaves holes on a busy machine
    whole = np.abs(amplitudes - AMPLITUDE) < 1e-3
    assert np.mean(whole) > 0.5
    assert np.median(steps[whole[1:] & whole[:-1]]) < 0.001
    joined = page.evaluate("window.joined")
    assert ["MediaStreamAudioSourceNode", "AudioWorkletNode"] in joined
    assert "AudioDestinationNode" not in [to for _, to in joined]  # nothing is heard back


def test_a_pause_leaves_out_what_is_said_in_it(opened):
    recorder = Recorder(channels=2)
    page, _kernel = opened(recorder)
    record(page, 1)
    press(page, "Pause recording")
    said(page, "Paused.")
    wait(page, "window.model.get('state') === 'paused'")
    assert recorder.state == "paused"
    at = page.locator(".ak-now").inner_text()
    page.wait_for_timeout(700)
    assert page.locator(".ak-now").inner_text() == at
    press(page, "Resume recording")
    said(page, "Recording.")
    wait(page, "parseFloat(document.querySelector('.ak-now')?.textContent.split(':')[1]) > 2")
    stop(page)
    _amplitudes, steps = steady(started(recorder.audio.samples[0]))
    assert np.sum(steps > 0.005) <= 3  # where the two parts meet
    assert without_clock_notes(recorder.audio) == []


def test_the_maximum_stops_it_to_the_sample_and_says_so(opened):
    recorder = Recorder(maximum_seconds=1.5)
    page, _kernel = opened(recorder)
    press(page, "Record")
    said(page, "The take reached its maximum length of 0:01.50 and stopped by itself.")
    assert recorder.audio.frames == 66_150
    assert "maximum" in recorder.message
    assert page.evaluate("window.track.readyState") == "ended"  # the microphone is let go of
