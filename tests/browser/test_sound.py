"""The sound model in Chromium: one voice, loops, channels, and pictures that are those of the samples."""

import numpy as np
import pytest
from sound_followed import RATE, WITHIN_SECONDS, noise

from audiokit_widgets.figures.sound_page import Server, open_sound, samples_heard, where
from audiokit_widgets.sound import Sound

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path)
    yield made
    made.close()


def test_views_share_one_voice_and_it_tells_the_kernel_four_times_a_second_at_most(new_page, server):
    sound = Sound.of(noise(30), sample_rate=RATE)
    page = open_sound(new_page(), sound, server.address, pages=server.pages)
    page.evaluate("window.sound.transport.seek(1.5)")  # before the bytes are there
    page.evaluate("window.sound.transport.play()")
    page.wait_for_function("window.element.currentTime > 3", timeout=10_000)
    assert page.evaluate("window.views[0] === window.views[1] && window.views[0] > 0")
    saved = page.evaluate("window.saved")
    moves = [at for at, position, _ in saved if position]
    assert len(moves) >= 4
    spans = np.diff(sorted({round(at) for at in moves}))
    assert (spans >= 200).mean() > 0.7  # "playing" goes at once, the position by the clock
    page.evaluate("(window.model.set('position_seconds', 6.25), window.sound.transport.pause())")
    assert page.evaluate("window.element.currentTime") == pytest.approx(6.25, abs=0.05)
    page.evaluate("window.model.set('playing', true)")
    page.wait_for_function("!window.element.paused", timeout=5000)
    page.evaluate("document.dispatchEvent(new CustomEvent('audiokit:play', { detail: {} }))")  # another sound begins
    page.wait_for_function("!window.sound.transport.playing && window.model.get('playing') === false", timeout=5000)


def test_a_loop_turns_and_a_span_ends_where_they_should(new_page, server):
    truth = noise(10)
    page = open_sound(new_page(), Sound.of(truth, sample_rate=RATE), server.address, pages=server.pages)
    page.evaluate("rate => window.listen(rate)", RATE)
    page.evaluate("window.sound.transport.setLoop([2, 2.5])")
    heard = samples_heard(page, 2.0, length=2.6)
    turns = []
    for at in range(0, len(heard) - 4096, 1600):
        found, alike = where(heard[at:], truth[0], length=1024)
        if alike > 0.9:
            assert 2.0 - WITHIN_SECONDS <= found / RATE <= 2.5 + 0.06  # never far beyond the end
            turns.append(found)
    assert (np.diff(turns) < 0).sum() >= 3
    page.evaluate("(window.sound.transport.setLoop(null), window.sound.transport.playSpan(4, 4.4))")
    page.wait_for_function("!window.sound.transport.playing", timeout=5000)
    assert page.evaluate("window.sound.transport.position") == pytest.approx(4.4, abs=1e-3)


def test_a_channel_is_heard_alone(new_page, server):
    left, right = noise(6)[0], noise(6, seed=3)[0]
    page = open_sound(
        new_page(), Sound.of(np.stack([left, right]), sample_rate=RATE), server.address, pages=server.pages
    )
    # ears between the model's own graph and the loudspeakers
    page.evaluate("""() => {
      const connect = AudioNode.prototype.connect;
      AudioNode.prototype.connect = function (target, ...rest) {
        if (target instanceof AudioDestinationNode && !this.ears) {
          const ears = (window.meter ??= target.context.createAnalyser());
          ears.fftSize = 8192;
          return connect.call(this, ears, ...rest);
        }
        return connect.call(this, target, ...rest);
      };
    }""")
    page.evaluate("(window.sound.transport.setChannel(1), window.sound.transport.play())")
    page.wait_for_function("window.element.currentTime > 1", timeout=10_000)
    assert page.evaluate("window.sound.transport.channel") == 1
    heard = page.evaluate(
        "(() => { const b = new Float32Array(8192); meter.getFloatTimeDomainData(b); return [meter.context.sampleRate, ...b]; })()"
    )
    import soxr

    part = soxr.resample(np.array(heard[1:], np.float32), heard[0], RATE)[200:-200]
    assert where(part, right, length=2000)[1] > 0.9
    assert where(part, left, length=2000)[1] < 0.4


@pytest.mark.parametrize("kernel", [True, False])
@pytest.mark.parametrize("channel", [-1, 1])
def test_peaks_are_those_of_the_samples(new_page, server, kernel, channel):
    truth = noise(40, channels=2)
    sound = Sound.of(truth, sample_rate=RATE)
    body = "" if kernel else sound.static_audio("a")
    page = open_sound(new_page(), sound, server.address, kernel=kernel, body=body, pages=server.pages)
    seen = truth if channel < 0 else truth[channel : channel + 1]
    for start, end, columns in ((0, 40, 100), (10, 30, 800), (10.125, 10.25, 500), (3, 3.005, 400)):
        page.wait_for_function(
            "([s, e, n, c]) => window.sound.peaks(s, e, n, c).exact", arg=[start, end, columns, channel], timeout=15_000
        )
        got = page.evaluate(
            "([s, e, n, c]) => (p => [p.columns, [...p.low], [...p.high]])(window.sound.peaks(s, e, n, c))",
            [start, end, columns, channel],
        )
        edges = start * RATE + np.arange(got[0] + 1) * (end - start) * RATE / got[0]
        reach = (
            (end - start) * RATE / got[0] / 2 if got[0] == columns else 0
        )  # a bin of up to half a column on each side
        for c in range(0, got[0], 7):
            exact = seen[:, int(edges[c] + 1e-6) : max(int(edges[c + 1] + 1e-6), int(edges[c] + 1e-6) + 1)]
            wide = seen[:, max(int(edges[c] - reach), 0) : int(edges[c + 1] + reach) + 1]
            assert wide.min() - 2e-4 <= got[1][c] <= exact.min() + 2e-4
            assert exact.max() - 2e-4 <= got[2][c] <= wide.max() + 2e-4


@pytest.mark.parametrize("picture", ["mel", "linear"])
@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100])
def test_the_page_computes_the_tiles_that_python_does(new_page, server, picture, rate):
    sound = Sound.of(noise(8, rate=rate, channels=2), sample_rate=rate)
    page = open_sound(new_page(), sound, server.address, kernel=False, body=sound.static_audio("a"), pages=server.pages)
    show = "([p, s, e]) => window.sound.tiles(p, s, e, 300).map((t) => [t.key, t.start, t.hop, [...t.levels]])"
    for start, end in ((1.0, 1.5), (7.2, 8.0)):
        page.wait_for_function(
            "([p, s, e]) => window.sound.tiles(p, s, e, 300).length > 1", arg=[picture, start, end], timeout=20_000
        )
        page.wait_for_timeout(500)
        overview, *tiles = page.evaluate(show, [picture, start, end])
        assert overview[1] == 0
        for key, at, hop, levels in tiles:
            _, level, index = key.split(":")
            truth = sound.scan.tile(picture, int(level), int(index))
            assert at == pytest.approx(int(index) * 256 * hop)
            assert hop == pytest.approx(sound.scan.hop_seconds(int(level)))
            heard = truth > 60  # below, the 16 bits of the embedded sound are what is seen
            apart = np.abs(np.array(levels).reshape(truth.shape).astype(int) - truth)
            assert apart[heard].max() <= 1


@pytest.mark.parametrize("picture", ["mel", "linear"])
def test_a_page_without_overviews_makes_them_of_its_sound(new_page, server, picture):
    """As in a frozen page, which leaves out what the samples that it holds give again."""
    truth = np.rint(np.clip(noise(9, channels=2), -0.9, 0.9) * 32768) / np.float32(32768)
    sound = Sound.of(truth, sample_rate=RATE)
    body = sound.static_audio("a")
    assert f"{picture}_overview" in sound.remade
    seen = sound.scan.overview(picture)
    sound.mel_overview = sound.linear_overview = b""
    page = open_sound(new_page(), sound, server.address, kernel=False, body=body, pages=server.pages)
    show = "p => window.sound.tiles(p, 0, 9, 300).map((t) => [t.start, t.hop, t.columns, [...t.levels]])"
    count = -(-round(9 / seen.hop_seconds) // 256)
    page.wait_for_function(
        "([p, n]) => window.sound.tiles(p, 0, 9, 300).length === n", arg=[picture, count], timeout=20_000
    )
    found = np.zeros((seen.bands, count * 256), dtype=int)
    for start, hop, columns, levels in page.evaluate(show, picture):
        assert hop == pytest.approx(seen.hop_seconds)
        first = round(start / hop)
        found[:, first : first + columns] = np.array(levels).reshape(seen.bands, columns)
    apart = np.abs(found[:, : seen.levels.shape[1]] - seen.levels.astype(int))
    assert apart[seen.levels > 10].max() <= 1
    assert apart.max() <= 5  # below -115 dBFS, Python's float32 is what is seen


def test_tiles_come_from_the_kernel_and_errors_are_shown(new_page, server):
    sound = Sound.of(noise(8), sample_rate=RATE)
    page = open_sound(new_page(), sound, server.address, pages=server.pages)
    page.wait_for_function("window.sound.tiles('mel', 1, 1.5, 300).length > 1", timeout=10_000)
    tile = page.evaluate("(t => [t.key, [...t.levels]])(window.sound.tiles('mel', 1, 1.5, 300)[1])")
    _, level, index = tile[0].split(":")
    assert (np.array(tile[1]).reshape(80, 256) == sound.scan.tile("mel", int(level), int(index))).all()

    def broken(*_):
        raise OSError("the disk is gone")

    sound._scan.tile = broken
    page.evaluate("window.sound.tiles('linear', 1, 1.5, 300)")
    page.wait_for_function("window.sound.facts.notes.includes('the disk is gone')", timeout=10_000)


def test_clips_are_marked_where_they_are(new_page, server):
    truth = noise(20)
    truth[0, [40_000, 40_001, 200_000]] = 1.0, -1.0, 1.2
    page = open_sound(new_page(), Sound.of(truth, sample_rate=RATE), server.address, pages=server.pages)
    assert page.evaluate("window.sound.clips(0, 20)") == pytest.approx([2.5, 12.5], abs=2e-3)
    assert page.evaluate("window.sound.clips(3, 12)") == []


def test_what_it_made_is_given_back(new_page, server):
    page = open_sound(new_page(), Sound.of(noise(4), sample_rate=RATE), server.address, pages=server.pages)
    page.evaluate("window.sound.transport.play()")
    page.wait_for_function("window.element.currentTime > 0.2", timeout=10_000)
    page.evaluate("window.life.abort()")
    assert page.evaluate("[window.element.paused, window.element.getAttribute('src')]") == [True, None]
