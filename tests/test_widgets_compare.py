"""The comparison's traits and messages, its refusals, and what it is without script."""

import base64
import hashlib
import io
import json
import re

import numpy as np
import pytest
from comparison_parts import RATE, Page, Tags, bundle, decoded, noise, pair

from audiokit import Audio
from audiokit.errors import ParameterError
from audiokit_widgets import Compare

HOSTILE = '<img src=x onerror="1">'
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def three():
    sound = noise(0.1, 1.5)
    return Compare(
        {"a <b> & c": Audio(sound, RATE), HOSTILE: Audio(sound, RATE), "half": Audio(sound[:, :RATE] / 2, RATE)},
        title=HOSTILE,
    )


def test_sound_is_no_trait_and_is_got_by_asking(three, monkeypatch):
    page = Page(three, monkeypatch)
    state = three.get_state()
    stored = [v for v in state.values() if isinstance(v, bytes | memoryview)]
    for index in range(3):
        _, (data,) = page.ask(kind="bytes", index=index)
        assert hashlib.sha256(data).hexdigest() == three.digests[index]
        assert data not in stored
        assert decoded(data).shape == (1, three.frames)
    assert sum(map(len, stored)) == 5 * 2048 * 2 * 4  # outlines: three sounds, two differences
    assert three.digests[0] == three.digests[1] != three.digests[2]
    for wrong in (3, -1, None, "0", True):
        reply, buffers = page.ask(kind="bytes", index=wrong)
        assert "There is no sound" in reply["refused"]
        assert buffers == []
    assert "Cannot answer" in page.ask(kind="trial")[0]["refused"]
    three._handle_custom_msg("nonsense", [])
    assert page.sent == []


def test_state_is_small_and_plain_json(three):
    state = {k: v for k, v in three.get_state().items() if not isinstance(v, bytes | memoryview)}
    assert len(state.pop("_esm")) + len(state.pop("_css")) < 34_000
    assert len(json.dumps(state, allow_nan=False)) < 5000


def test_code_reaches_for_nothing_and_asks_only_for_traits(three):
    source = str(Compare._esm)
    assert not re.findall(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval)\b", source)
    asked = set(re.findall(r'\bget\("(\w+)"\)', source))
    assert asked >= {"sounds", "digests", "outlines", "loop_seconds", "answered"}
    assert asked <= set(three.keys)


def test_gains_bring_what_is_played_to_one_loudness():
    import pyloudnorm

    compare = Compare({"loud": Audio(noise(0.2, channels=2), RATE), "soft": Audio(noise(0.02, seed=3), RATE)})
    meter = pyloudnorm.Meter(RATE)
    files = compare._comparison.files
    heard = [decoded(data) * sound["level"] for data, sound in zip(files, compare.sounds, strict=True)]
    loudness = [meter.integrated_loudness(h.T) for h in heard]
    assert loudness[0] == pytest.approx(loudness[1], abs=0.01)
    assert compare.facts["gain_db"].max() == 0
    assert compare.facts["remaining_db"].abs().max() < 0.01
    assert heard[1].shape[0] == 2  # the mono sound is on both sides, and its loudness is that of both
    assert any("measured again as played, levels differ by at most 0.00 dB" in text for text in compare.remarks)


def test_what_exceeds_full_scale_is_kept_whole_where_it_is_turned_down():
    loud = noise(0.5, seed=2)
    loud[0, 100] = 2.5
    compare = Compare({"loud": Audio(loud, RATE), "soft": Audio(noise(0.05), RATE)})
    heard = decoded(compare._comparison.files[0]) * compare.sounds[0]["level"]
    np.testing.assert_allclose(heard, loud * 10 ** (compare.facts["gain_db"][0] / 20), atol=1e-4)
    assert not any("cut off" in text for text in compare.notes)
    as_given = Compare({"loud": Audio(loud, RATE), "soft": Audio(noise(0.05), RATE)}, match="none")
    assert decoded(as_given._comparison.files[0]).max() == pytest.approx(1, abs=1e-4)
    assert as_given.sounds[0]["level"] == 1
    assert any(re.match(r"loud: \d+ samples beyond full scale, cut off when played", text) for text in as_given.notes)


def test_the_difference_is_that_of_what_is_played_and_says_its_level():
    sound = noise(0.1)
    rest = noise(0.001, seed=9)
    compare = Compare({"a": Audio(sound, RATE), "b": Audio((sound - rest) * 0.5, RATE)}, match="none")
    level = 20 * np.log10(np.sqrt(np.mean((sound - (sound - rest) * 0.5) ** 2)))
    assert f"{abs(level):.1f} dBFS" in compare.differences[0]["label"]
    matched = Compare({"a": Audio(sound, RATE), "b": Audio((sound - rest) * 0.5, RATE)}, match="rms")
    assert re.match(
        r"a minus b: −6\d\.\d dBFS, −(39|40)\.\d dB relative to a, drawn \d+× larger", matched.differences[0]["label"]
    )
    same = Compare({"a": Audio(sound, RATE), "b": Audio(sound, RATE)})
    assert same.differences[0]["label"] == "a minus b: nothing, they are the same sample for sample"
    assert not np.frombuffer(same.outlines, "<f4")[2 * 4096 :].any()


def test_what_a_page_holds_is_said(three):
    files = set(three._comparison.files)
    size = f"kept in {sum(map(len, files)) / 1e6:.1f} MB of 16-bit FLAC"
    assert any(text.startswith(size) for text in three.remarks)
    sound = noise()
    near = Compare({"a": Audio(sound, RATE), "b": Audio(sound + noise(1e-6, seed=1), RATE)})
    assert any("of 24-bit FLAC, as 16 bits would blur a difference" in text for text in near.remarks)
    assert len(files) == 2


def test_a_reference_other_than_the_first_keeps_its_place():
    sound = noise()
    late = np.pad(sound, ((0, 0), (40, 0)))
    compare = Compare({"late": Audio(late, RATE), "on time": Audio(sound, RATE)}, reference="on time", align=True)
    assert compare.facts["delay_samples"].tolist()[0] == 40
    assert compare.differences[0]["label"].startswith("on time minus late: nothing")
    assert any(
        text == "late: was 40 samples (2.50 ms) later than on time, aligned to the sample" for text in compare.remarks
    )
    unaligned = Compare({"late": Audio(late, RATE), "on time": Audio(sound, RATE)})
    assert any("on time: is 40 samples (2.50 ms) earlier than late; align=True" in text for text in unaligned.notes)


def test_the_static_page_plays_each_file_once_with_its_gain_in_words(three):
    data = bundle(three)
    assert data[VIEW]["model_id"] == three.model_id
    tags = Tags(data["text/html"])
    audios = tags.all("audio")
    assert len(audios) == 2  # of three sounds two are the same
    found = [
        hashlib.sha256(base64.b64decode(a["src"].removeprefix("data:audio/flac;base64,"))).hexdigest() for a in audios
    ]
    assert found == [three.digests[0], three.digests[2]]
    text = data["text/html"]
    assert "The same, sample for sample, as a &lt;b&gt; &amp; c." in text
    assert "plays here 6.0 dB louder than it is compared" in text
    assert "plays here as loud as it is compared" in text
    allowed = {"div", "strong", "small", "audio", "img", "details", "summary"}
    assert {tag for tag, _ in tags.tags} <= allowed
    assert not [name for _, attributes in tags.tags for name in attributes if name.startswith("on")]
    (image,) = tags.all("img")
    assert base64.b64decode(image["src"].removeprefix("data:image/png;base64,")) == three.picture()
    for part in ("a <b> & c", "gain −6.0 dB", "half: ends 0.500 s before the longest", "LUFS"):
        assert part in data["text/plain"]


@pytest.mark.parametrize("first", ["player", "comparison"])
def test_a_sound_that_another_view_holds_is_not_held_again(monkeypatch, first):
    """A notebook's two cells: whichever view comes first holds the bytes, which are the same ones."""
    from audiokit_widgets import AudioPlayer, compare, sound
    from audiokit_widgets.delivery import Place

    cell = ["1"]
    for module in (compare, sound):
        monkeypatch.setattr(module, "here", lambda: Place(cell[0], cell[0]))
    monkeypatch.setattr(sound.Sound, "_push_soon", lambda _: None)
    steps = np.random.default_rng(first == "player").integers(-9000, 9000, (2, RATE)) / np.float32(32768)
    talk, other = (Audio(row.astype(np.float32)[np.newaxis], RATE, name="talk") for row in steps)
    player, both = AudioPlayer(talk), Compare({"talk": talk, "other": other})
    views = [player, both] if first == "player" else [both, player]
    texts = []
    for number, view in enumerate(views):
        cell[0] = str(number)
        texts.append(bundle(view)["text/html"])
    assert player.sound.digest_bytes == both.digests[0]
    held = [len(Tags(text).all("audio")) for text in texts]
    assert held == ([1, 1] if first == "player" else [2, 0])
    assert "The sound is in the view above" in texts[1]
    assert "The sound is in the view above" not in texts[0]
    assert ("plays there" in texts[1]) == (first == "player")
    cell[0] = "0"
    assert len(Tags(bundle(views[0])["text/html"]).all("audio")) == held[0]  # shown again in its own cell


def test_the_picture_is_a_small_palette_png(three):
    from PIL import Image

    many = Compare({str(i): Audio(noise(0.3, seed=i), RATE) for i in range(8)})
    for one, lanes in ((three, 5), (many, 15)):
        image = Image.open(io.BytesIO(one.picture()))
        assert (image.mode, image.width) == ("P", 1640)
        assert image.height > lanes * 100
        assert len(one.picture()) < 400_000


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        (np.array([0.5]), 8000),
        (np.array([np.nan]), 8000),
        (np.zeros(4000), 16_000),
        (np.full((16, 4800), 0.1), 48_000),
        (np.full(8000, 0.5), 384_000),
        (np.sign(noise()[0]), RATE),
        (np.full(100, 0.3), 4000),
    ],
    ids=["one sample", "one NaN", "silence", "16 channels", "384 kHz", "square", "4 kHz"],
)
@pytest.mark.parametrize("blind", [False, True])
def test_extremes_are_compared_with_themselves(samples, rate, blind):
    compare = Compare({"a": samples, "b": samples}, sample_rate=rate, align=True, blind=blind)
    assert bundle(compare)["text/html"]
    gains = compare.facts["gain_db"]
    assert gains[0] == gains[1] <= 0
    json.dumps({k: v for k, v in compare.get_state().items() if not isinstance(v, bytes | memoryview)}, allow_nan=False)
    for data in compare._comparison.files:
        assert decoded(data).shape[1] == compare.frames


def test_what_is_not_finite_is_silence_and_is_told():
    samples = noise()
    samples[0, ::100] = np.nan
    compare = Compare({"a": Audio(samples, RATE), "b": Audio(noise(), RATE)})
    assert "a: 160 samples not finite; shown and played as 0" in compare.notes
    assert decoded(compare._comparison.files[0])[0, 100] == 0


def test_short_sounds_are_not_matched_and_that_is_told():
    compare = Compare({"a": Audio(noise(0.2, 0.3), RATE), "b": Audio(noise(0.1, 0.3), RATE)})
    assert compare.facts["gain_db"].tolist() == [0, 0]
    assert "levels are NOT matched: not every sound has a loudness" in compare.notes
    assert any(text.startswith("a: no loudness, 0.300 s is shorter") for text in compare.notes)


@pytest.mark.parametrize(
    ("sounds", "options", "said"),
    [
        ({"a": noise()}, {"sample_rate": RATE}, "2 to 8 sounds, got 1"),
        ({str(i): noise() for i in range(9)}, {"sample_rate": RATE}, "2 to 8 sounds, got 9"),
        ([noise(), noise()], {"sample_rate": RATE}, "sounds by name, got list"),
        ({1: noise(), "1": noise()}, {"sample_rate": RATE}, "same name"),
        ({"a": noise(), "b": noise()}, {}, "Pass sample_rate="),
        ({"a": Audio(noise(), RATE), "b": Audio(noise(), RATE)}, {"sample_rate": RATE}, "know their own"),
        ({"a": noise(), "b": noise()}, {"sample_rate": RATE, "reference": "c"}, "none of the sounds"),
        ({"a": noise(), "b": noise()}, {"sample_rate": RATE, "match": "peak"}, "Unknown match"),
        ({"a": noise(), "b": noise()}, {"sample_rate": RATE, "blind": True, "trials": 0}, "trials must"),
        ({"a": noise(), "b": np.zeros(0)}, {"sample_rate": RATE}, "holds no samples"),
        ({"a": noise(), "b": 5}, {"sample_rate": RATE}, "int"),
    ],
)
def test_what_cannot_be_compared_is_refused(sounds, options, said):
    with pytest.raises(ParameterError, match=re.escape(said)):
        Compare(sounds, **options)


def test_an_array_and_a_file_are_taken_together(tmp_path):
    import soundfile

    path = tmp_path / "sound.wav"
    soundfile.write(path, noise()[0], 8000)
    compare = Compare({"file": path, "bytes": path.read_bytes(), "array": noise()}, sample_rate=RATE)
    assert compare.facts["sample_rate"].tolist() == [8000, 8000, RATE]


def test_a_loop_lies_within_the_sound():
    compare = pair()
    compare.loop_seconds = [0.25, 0.5]
    for wrong in ([0.5, 0.25], [0.1], [-1, 0.5], [0, 3], [0.2, 0.2], [0.0, float("nan")]):
        with pytest.raises(ParameterError, match="loop_seconds must"):
            compare.loop_seconds = wrong
    assert compare.loop_seconds == [0.25, 0.5]


def test_a_sighted_comparison_has_no_answers():
    compare = pair()
    assert compare.seed is None
    for name in ("answers", "result"):
        with pytest.raises(ParameterError, match="asks for no answers"):
            getattr(compare, name)


def test_real_codecs(corpus):
    from audiokit import read

    original = read(corpus / "speech" / "jfk.flac").between(0, 3)
    compare = Compare({"original": original, "mp3": read(original.encode("MP3"))}, align=True)
    assert abs(compare.facts["delay_samples"][1]) < 0.1 * original.sample_rate
    level = float(re.search(r"−(\d+\.\d) dB relative", compare.differences[0]["label"])[1])
    assert 15 < level < 80  # a codec's error, neither a delay's nor nothing
