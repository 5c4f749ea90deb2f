"""The comparison in Chromium: what comes out of it, sample by sample; what it shows; and what it does not while blind."""

import base64
import itertools
import json
import re

import numpy as np
import pytest
from compare_page import EAR, beside_its_static_view, link
from jupyter_page import OUTPUTS, notebook, run
from jupyter_page import opened as opened_in_lab
from widget_page import host_page

from audiokit import Audio
from audiokit_widgets import Compare
from audiokit_widgets.modules import bundle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


RATE = 16_000
HZ = 440.0
INJECTION = '<img src=x onerror="window.injected=1"><script>window.injected=2</script>'
NAMES = ["an original", "some codec"]
NOW = "document.querySelector('.ak-now')?.textContent"


def sine(amplitude=0.5, seconds=8.0, hz=HZ):
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def noise(amplitude=0.1, seconds=4.0, seed=0):
    return (amplitude * np.random.default_rng(seed).standard_normal(int(seconds * RATE))).astype(np.float32)


@pytest.fixture
def opened(new_page, tmp_path, monkeypatch):
    """Open a comparison in the small host: ``opened(compare, kernel=False)`` gives a `Watched`."""
    made = []

    def make(compare, *, kernel=False, **options):
        page_html = host_page(compare)
        path = tmp_path / "page.html"
        path.write_text(page_html if kernel else beside_its_static_view(page_html, compare), encoding="utf-8")
        watched = new_page(**options)
        watched.page.add_init_script(EAR)
        watched.page.goto(path.as_uri())
        watched.page.wait_for_function("window.ready === true", timeout=10_000)
        if kernel:
            link(watched.page, compare, monkeypatch)
        made.append(watched)
        return watched

    yield make
    for watched in made:
        assert watched.external == []
        assert watched.complaints == []


def wait(page, condition, timeout=10_000):
    page.wait_for_function(condition, timeout=timeout)


def play(page):
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).wait_for(timeout=10_000)
    page.evaluate("window.ear")  # until it listens


def heard(page):
    """What came out, in the first channel, from where the ear listens to every block; none is missing from there on."""
    blocks = page.evaluate("window.heard.map(([frame, channels]) => [frame, Array.from(channels[0])])")
    missed = np.flatnonzero(np.diff([frame for frame, _ in blocks]) != 128)
    assert not len(missed) or missed[-1] < 20, "the ear itself missed a block"
    return np.concatenate([np.array(samples) for _, samples in blocks[missed[-1] + 1 if len(missed) else 0 :]])


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


def test_switching_keeps_the_clock_there_is_no_gap_and_no_jump_of_phase(opened):
    compare = Compare({"loud": Audio(sine(0.5), RATE), "soft": Audio(sine(0.25), RATE)}, match="none")
    page = opened(compare).page
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


def test_switching_at_once_is_one_step(opened):
    compare = Compare({"loud": Audio(sine(0.5), RATE), "soft": Audio(sine(0.25), RATE)}, match="none")
    page = opened(compare).page
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


def test_what_is_heard_is_equally_loud_and_is_the_given_sound_sample_for_sample(opened):
    first = noise(0.2, seed=1)
    compare = Compare({"loud": Audio(first, RATE), "soft": Audio(first / 4, RATE)})
    assert compare.facts["gain_db"][0] == pytest.approx(-12.04, abs=0.01)
    page = opened(compare).page
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


def test_a_region_repeats_on_the_sample_in_all_voices(opened):
    ramp = (np.arange(4 * RATE) / (4 * RATE)).astype(np.float32)  # every sample says where it stands
    compare = Compare({"a": Audio(ramp, RATE), "b": Audio(ramp * 0.999, RATE)}, match="none")
    compare.loop_seconds = [1.0, 1.25]
    page = opened(compare).page
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


# what is on the page


@pytest.fixture(scope="module")
def three():
    sounds = {
        INJECTION: Audio(noise(), RATE),
        "half": Audio(noise() / 2, RATE),
        "other": Audio(noise(seed=3)[:RATE], RATE),
    }
    return Compare(sounds, title=f"Three {INJECTION}")


def test_sounds_are_a_radio_group_and_keys_switch_seek_and_play(opened, three):
    page = opened(three).page
    assert page.get_by_role("radiogroup", name="Heard").count() == 1
    radios = page.get_by_role("radio")
    assert radios.count() == 3
    assert page.get_by_role("radio", name="half").count() == 1
    assert radios.nth(0).is_checked()
    slider = page.get_by_role("slider", name="Position")
    slider.focus()
    for key, expected in [
        ("ArrowRight", 1.0),
        ("Shift+ArrowRight", 4.0),
        ("ArrowLeft", 3.0),
        ("Home", 0.0),
        ("End", 4.0),
        ("Home", 0.0),
    ]:
        page.keyboard.press(key)
        assert float(slider.get_attribute("aria-valuenow")) == expected
    assert slider.get_attribute("aria-valuetext") == "0.00 of 4.00 seconds"
    page.keyboard.press("3")
    assert radios.nth(2).is_checked()
    page.keyboard.press("8")  # there is none
    assert radios.nth(2).is_checked()
    page.keyboard.press(" ")
    wait(page, f"{NOW} > '0:00.200'")
    radios.nth(2).focus()
    page.keyboard.press("ArrowUp")  # within the group: the browser's own keys
    assert radios.nth(1).is_checked()
    page.keyboard.press(" ")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert page.locator(".ak-row.ak-on").count() == 1
    assert page.locator(".ak-compare").get_attribute("data-lm-suppress-shortcuts") == "true"
    assert page.locator(".ak-status").get_attribute("role") == "status"


def test_the_region_is_drawn_and_set_by_keys_and_by_the_mouse(opened, three):
    page = opened(three).page
    box = page.locator(".ak-voices .ak-lane").first.bounding_box()

    def at(part):
        return box["x"] + box["width"] * part, box["y"] + 20

    page.mouse.click(*at(0.5))
    assert float(page.locator(".ak-slider").get_attribute("aria-valuenow")) == pytest.approx(2.0, abs=0.02)
    page.keyboard.down("Shift")
    page.mouse.move(*at(0.75))
    page.mouse.down()
    page.mouse.move(*at(0.25), steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    assert page.evaluate("window.model.get('loop_seconds')") == pytest.approx([1.0, 3.0], abs=0.03)
    region = page.locator(".ak-voices .ak-region").nth(1).bounding_box()
    assert region["width"] == pytest.approx(box["width"] / 2, abs=3)
    page.locator(".ak-slider").focus()
    page.keyboard.press("[")
    assert page.evaluate("window.model.get('loop_seconds')") == pytest.approx([2.0, 3.0], abs=0.03)
    assert page.get_by_role("button", name="Repeat").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert page.evaluate("window.model.get('loop_seconds')") == []
    assert page.locator(".ak-region:visible").count() == 0


def test_names_facts_and_differences_are_text(opened, three):
    page = opened(three).page
    assert page.evaluate("window.injected") is None
    assert page.locator(".ak-compare img, .ak-compare script").count() == 0
    text = page.locator(".ak-compare").inner_text()
    for part in (
        INJECTION,
        "gain −6.0 dB",
        "LUFS",
        f"{INJECTION} minus half: nothing",
        f"{INJECTION} minus other: −",
        "other: ends 3.000 s before the longest",
    ):
        assert part in text
    assert page.evaluate("document.documentElement.scrollWidth") <= 900


def test_waveforms_are_drawn_at_true_amplitude_and_follow_the_width(opened):
    compare = Compare({"a": Audio(sine(0.5, 1), RATE), "b": Audio(sine(0.25, 1), RATE)}, match="none")
    page = opened(compare, scale=2).page
    rows = """() => [...document.querySelectorAll('.ak-outline')].map((c) => {
      const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, hit = [];
      for (let y = 0; y < c.height; y++) for (let x = 0; x < c.width; x += 7) { const i = 4 * (y * c.width + x); if (d[i + 2] - d[i + 1] > 60) { hit.push(y); break; } }
      return [c.width / c.clientWidth, hit.length / c.height];
    })"""
    ratios = page.evaluate(rows)
    assert [r for r, _ in ratios] == pytest.approx([2, 2, 2], abs=0.01)
    assert [part for _, part in ratios[:2]] == pytest.approx([0.5, 0.25], abs=0.04)
    wide = page.evaluate("document.querySelector('.ak-outline').width")
    page.set_viewport_size({"width": 420, "height": 800})
    wait(page, f"document.querySelector('.ak-outline').width !== {wide}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


def test_dark_and_calm(opened, three):
    page = opened(three, dark=True, reduced_motion=True).page
    paper, ink = page.evaluate(
        "(s => [s.backgroundColor, s.color])(getComputedStyle(document.querySelector('.ak-compare')))"
    )
    assert sum(map(int, re.findall(r"\d+", paper))) < 120 < 500 < sum(map(int, re.findall(r"\d+", ink)))
    page.evaluate(
        "() => { const real = requestAnimationFrame; window.asked = 0; window.requestAnimationFrame = (f) => (window.asked++, real(f)); }"
    )
    play(page)
    wait(page, f"{NOW} > '0:00.400'")
    assert page.evaluate("window.asked") == 0


def test_another_player_silences_it_and_views_share_what_they_decoded(opened, three):
    page = opened(three).page
    page.evaluate("document.querySelector('.static').remove()")  # as the frozen page does once the view is there
    play(page)
    page.evaluate("document.dispatchEvent(new CustomEvent('audiokit:play', { detail: {} }))")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    page.evaluate("window.again()")
    wait(page, "document.querySelectorAll('.ak-compare').length === 2")
    page.locator(".ak-play").nth(0).click()
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    page.locator(".ak-play").nth(1).click()
    wait(
        page,
        "document.querySelectorAll('.ak-play')[1].title === 'Pause' && document.querySelectorAll('.ak-play')[0].title === 'Play'",
    )
    page.evaluate("window.cleanup(); window.second()")
    assert page.locator(".ak-compare").count() == 0
    assert page.evaluate("Object.values(window.listeners).every((l) => l.length === 0)")
    wait(page, "window.context.state === 'closed'")


def test_live_the_sound_comes_from_the_kernel_when_it_is_wanted(opened, three, monkeypatch):
    page = opened(three, kernel=True).page
    assert page.evaluate("window.received") == []
    play(page)
    assert page.evaluate("window.received.length") == 3
    wait(page, f"{NOW} > '0:00.200'")


def test_without_static_view_and_kernel_it_says_so(opened, three):
    page = opened(three, kernel=True).page
    page.evaluate("() => { window.model.send = () => { throw new Error('comm is closed') } }")
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, "document.querySelector('.ak-status')?.textContent.startsWith('No kernel answers')")


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


def test_blind_trials_are_answered_and_no_name_is_seen_before_the_end(opened, monkeypatch):
    compare = blind_pair(trials=3, seed=5)
    page = opened(compare, kernel=True).page
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


def test_x_sounds_as_the_one_that_it_is(opened, monkeypatch):
    compare = blind_pair(trials=4, seed=5)
    page = opened(compare, kernel=True).page
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


def test_a_preference_is_asked_for_among_more(opened, monkeypatch):
    names = ["one sound", "two sound", "three sound"]
    compare = Compare(
        {n: Audio(noise(seed=i, seconds=1.0), RATE) for i, n in enumerate(names)}, blind=True, trials=2, seed=0
    )
    page = opened(compare, kernel=True).page
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


def test_a_trial_that_was_answered_elsewhere_is_told_and_the_next_one_follows(opened, monkeypatch):
    compare = blind_pair(trials=3, seed=5)
    page = opened(compare, kernel=True).page
    play(page)
    compare._test.record(1, "A", 1.0, 0)  # in another view
    page.get_by_role("button", name="X is A", exact=True).click()
    wait(page, "document.querySelector('.ak-status')?.textContent.startsWith('Trial 2 is to be answered')")
    play(page)
    page.get_by_role("button", name="X is B", exact=True).click()
    wait(page, "window.model.get('answered') === 2")
    assert len(compare.answers) == 2


def test_a_blind_test_without_a_kernel_says_so(opened):
    page = opened(blind_pair(), kernel=True).page
    page.evaluate("() => { window.model.send = () => { throw new Error('comm is closed') } }")
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, "document.querySelector('.ak-status')?.textContent.startsWith('No kernel answers')")
    assert page.get_by_role("button", name="X is A", exact=True).is_disabled()


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
