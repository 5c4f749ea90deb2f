"""The comparison in Chromium: what comes out of it, sample by sample."""

import base64
import itertools

import numpy as np
import pytest
from comparison_heard import HZ, NOW, RATE, heard, noise, play, sine, wait

from audiokit import Audio
from audiokit_widgets import Compare
from audiokit_widgets.modules import bundle

pytest_plugins = ("comparison_heard",)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def played(page):
    """The samples that came out, from where it was in full sound to its end."""
    samples = heard(page)
    loud = np.flatnonzero(np.abs(samples) > 1e-3)
    return samples[loud[0] + 200 : loud[-1] - 400]


def fitted(samples, start):
    """Amplitude and phase of the sine in `samples`, whose first one has the number `start`."""
    at = np.exp(2j * np.pi * HZ * (start + np.arange(len(samples))) / RATE)
    basis = np.stack([at.real, at.imag], axis=1)
    (c, s), *_ = np.linalg.lstsq(basis, samples, rcond=None)
    return np.hypot(c, s), np.arctan2(c, s)


# the sound itself


def test_switching_keeps_the_clock_there_is_no_gap_and_no_jump_of_phase(open_compare):
    compare = Compare({"loud": Audio(sine(0.5), RATE), "soft": Audio(sine(0.25), RATE)}, match="none")
    page = open_compare(compare).page
    play(page)
    for key in "212121":
        page.wait_for_timeout(150)
        page.keyboard.press(key)
    page.wait_for_timeout(150)
    page.keyboard.press(" ")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    samples = played(page)
    assert len(samples) > RATE // 2
    _, phase = fitted(samples[:400], 0)
    clean = np.sin(2 * np.pi * HZ * np.arange(len(samples)) / RATE + phase)
    # One sine for all of it: its envelope goes between the two levels, and never below or above.
    steep = np.abs(clean) > 0.3
    envelope = samples[steep] / clean[steep]
    assert envelope.min() > 0.25 - 0.002
    assert envelope.max() < 0.5 + 0.002
    at = np.flatnonzero(steep)
    level = np.interp(np.arange(len(samples)), at, envelope)
    between = (level > 0.26) & (level < 0.49)
    switches = np.flatnonzero(np.diff(between.astype(int)) == 1)
    assert len(switches) == 6
    for start in switches:
        length = np.flatnonzero(~between[start + 1 :])[0] / RATE
        assert 0.003 < length <= 0.0055  # five milliseconds, less what is within 4 % of either level
    for start, end in itertools.pairwise([0, *switches, len(samples)]):
        amplitude, own = fitted(samples[start + 200 : end - 200], start + 200)
        assert min(abs(amplitude - 0.5), abs(amplitude - 0.25)) < 1e-3
        assert abs(np.angle(np.exp(1j * (own - phase)))) < 1e-3


def test_switching_at_once_is_one_step(open_compare):
    compare = Compare({"loud": Audio(sine(0.5), RATE), "soft": Audio(sine(0.25), RATE)}, match="none")
    page = open_compare(compare).page
    page.get_by_role("combobox", name="Switching").select_option("at once")
    play(page)
    page.wait_for_timeout(200)
    page.locator(".ak-slider").focus()
    page.keyboard.press("2")
    page.wait_for_timeout(300)
    samples = played(page)
    _, phase = fitted(samples[:400], 0)
    clean = np.sin(2 * np.pi * HZ * np.arange(len(samples)) / RATE + phase)
    near = np.minimum(np.abs(samples - 0.5 * clean), np.abs(samples - 0.25 * clean))
    assert near.max() < 1e-3  # every sample belongs to one of the two


def test_what_is_heard_is_equally_loud_and_is_the_given_sound_sample_for_sample(open_compare):
    first = noise(0.2, seed=1)
    compare = Compare({"loud": Audio(first, RATE), "soft": Audio(first / 4, RATE)})
    assert compare.facts["gain_db"][0] == pytest.approx(-12.04, abs=0.01)
    page = open_compare(compare).page
    play(page)
    page.wait_for_timeout(300)
    page.keyboard.press("2")
    page.wait_for_timeout(300)
    page.keyboard.press(" ")
    samples = played(page)
    # Where it began, found by the sound itself; then all of it must be there, across the switch.
    from scipy.signal import correlate

    lag = int(np.argmax(correlate(first / 4, samples[:4000], "valid")))
    expected = (first / 4)[lag : lag + len(samples)]
    assert len(expected) == len(samples) > RATE // 3
    np.testing.assert_allclose(samples, expected, atol=4e-5)  # a step of 16 bits, and Chromium's own scale of 32767


NULL = """async ([code, files, weights]) => {
  const { Voices } = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const rate = 16000, context = new OfflineAudioContext(1, 2 * rate, rate);
  const buffers = await Promise.all(files.map((text) => context.decodeAudioData(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer)));
  const voices = new Voices(context, context.destination);
  voices.load(buffers, [1, -1]);
  voices.mix(weights, 0);
  voices.start(0.25);
  const out = (await context.startRendering()).getChannelData(0);
  return { lengths: buffers.map((b) => b.length), peak: Math.max(...[0, 1].map((s) => out.subarray(s * rate, (s + 1) * rate).reduce((m, v) => Math.max(m, Math.abs(v)), 0))) };
}"""


@pytest.mark.parametrize("bits", [16, 24])
def test_a_sound_less_itself_is_digital_silence_through_the_same_graph(new_page, bits):
    from audiokit.embed import encode_flac
    from audiokit_widgets.flac import without_traces

    data = encode_flac(noise(seconds=1.7)[None], RATE, bits)
    files = [data, without_traces(data, len(data) + 999, np.random.default_rng(0))]
    other = encode_flac(noise(seconds=1.7)[None, ::-1], RATE, bits)
    page = new_page().page
    page.goto("about:blank")
    code = bundle("compare/voices.js")

    def run(weights, *given):
        return page.evaluate(NULL, [code, [base64.b64encode(f).decode() for f in given], weights])

    null = run([1, 1], *files)
    assert null["lengths"] == [int(1.7 * RATE)] * 2
    assert null["peak"] == 0
    assert run([1, 0], *files)["peak"] > 0.3  # it is there, and only the other one takes it away
    assert run([1, 1], data, other)["peak"] > 0.3


def test_a_region_repeats_on_the_sample_in_all_voices(open_compare):
    ramp = (np.arange(4 * RATE) / (4 * RATE)).astype(np.float32)  # every sample says where it stands
    compare = Compare({"a": Audio(ramp, RATE), "b": Audio(ramp * 0.999, RATE)}, match="none")
    compare.loop_seconds = [1.0, 1.25]
    page = open_compare(compare).page
    play(page)
    for key in "21212":
        page.wait_for_timeout(120)
        page.keyboard.press(key)
    page.wait_for_timeout(120)
    samples = played(page)
    frames = samples * 4 * RATE
    back = np.flatnonzero(np.diff(frames) < -100)
    assert len(back) >= 2
    assert np.all(np.diff(back) == RATE // 4)
    assert np.abs(frames[back + 1] - RATE).max() < 30  # 0.1 % of 16000, and the steps of 16 bits
    assert np.abs(frames[back] - (1.25 * RATE - 1)).max() < 35
    page.keyboard.press("Escape")
    wait(page, "window.model.get('loop_seconds').length === 0")
    wait(page, f"{NOW} > '0:01.400'")
