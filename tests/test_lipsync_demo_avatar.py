"""The demo avatar with its own weights: closed in silence, open in speech, and in time with it."""

import json

import numpy as np
import pytest

import audiokit
from audiokit.errors import ModelRefused, ParameterError
from audiokit.lipsync import Animator, FilmWriter, demo_avatar, over, talk
from audiokit.lipsync.demo import avatar as demo
from audiokit.lipsync.demo.face import LEFT, TOP
from audiokit.lipsync.demo.measure import film_offset, film_openings
from audiokit.lipsync.demo.mouth import REGION, opening_of

pytest.importorskip("onnxruntime")

TEXT = "My mother bought a blue boat. We may go over the water by noon. Papa, open the window! Move it, Bob."


@pytest.fixture(scope="module")
def avatar():
    return demo_avatar()


@pytest.fixture(scope="module")
def spoken():
    pytest.importorskip("espeakng_loader")
    from audiokit.speech import speak

    return speak(TEXT, voice="en-us")


def openings(frames):
    return opening_of(np.stack([frame[TOP : TOP + REGION, LEFT : LEFT + REGION] for frame in frames]))


def animated(avatar, samples):
    animator = Animator(avatar.own())
    return [*animator.push(samples), *animator.flush()]


def test_the_weights_are_small_and_what_their_cards_say(tmp_path, monkeypatch):
    files = sorted(demo.WEIGHTS.glob("demo_*.onnx"))
    assert [file.stem for file in files] == ["demo_encoder", "demo_generator"]
    assert sum(file.stat().st_size for file in files) <= 6_000_000
    for file in files:
        card = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        assert card["licence"] == "Apache-2.0"
        assert card["size_bytes"] == file.stat().st_size
        (tmp_path / file.name).write_bytes(file.read_bytes()[:-1] + b"?")
        (tmp_path / file.with_suffix(".json").name).write_text(json.dumps(card))
    monkeypatch.setattr(demo, "WEIGHTS", tmp_path)
    with pytest.raises(ModelRefused, match="SHA-256"):
        demo_avatar()


@pytest.mark.parametrize("level", [0.0, 1e-5, 1e-3])
def test_the_mouth_is_closed_in_silence(avatar, level):
    samples = level * np.random.default_rng(0).standard_normal(32_000)
    found = openings(animated(avatar, samples))
    assert len(found) == 50
    assert found.max() < 2.0, "rows"


def test_the_mouth_opens_where_somebody_speaks(avatar, spoken):
    samples = audiokit.dsp.resample(spoken.samples[0], spoken.sample_rate, 16_000)
    quiet = np.zeros(16_000, np.float32)
    found = openings(animated(avatar, np.concatenate([quiet, samples, quiet])))
    assert found[:15].max() < 2.0
    assert found[-15:].max() < 2.0
    middle = found[30:-30]
    assert middle.max() > 8.0
    assert np.ptp(middle) > 7.0


def test_pieces_of_sound_give_the_same_face(avatar, spoken):
    samples = audiokit.dsp.resample(spoken.samples[0], spoken.sample_rate, 16_000)[:30_000]
    whole = animated(avatar, samples)
    animator = Animator(avatar.own())
    parts = [frame for part in np.array_split(samples, 23) for frame in animator.push(part)] + [*animator.flush()]
    assert len(whole) == len(parts)
    apart = max(int(np.abs(one.astype(int) - other).max()) for one, other in zip(whole, parts, strict=True))
    assert apart <= 1


def test_the_film_is_in_sync(spoken, tmp_path):
    made = talk(spoken, tmp_path / "a.mp4")
    assert min(made.height, made.width) >= 256
    found = film_offset(made.path)
    assert abs(found.frames) <= 1, found.correlations
    assert found.correlation > 0.4


def test_an_injected_offset_is_recovered(avatar, spoken, tmp_path):
    samples = audiokit.dsp.resample(spoken.samples[0], spoken.sample_rate, 16_000)
    grey = np.full((*avatar.size, 3), 200, np.uint8)
    frames = [over(frame, grey) for frame in animated(avatar, samples)]

    def measured(shift):
        path = tmp_path / f"{shift}.mp4"
        with path.open("wb+") as handle, FilmWriter(handle, *avatar.size, 25, 16_000, quality=30) as film:
            for index in range(len(frames)):
                film.write_frame(frames[min(max(index - shift, 0), len(frames) - 1)])
            film.write_sound(samples[np.newaxis])
        return film_offset(path).frames

    base = measured(0)
    assert abs(base) <= 1
    for shift in (-7, -1, 2, 6):
        assert measured(shift) == base + shift


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["speech/jfk.flac", "speech/ljspeech/LJ001-0001.wav"])
def test_a_recorded_voice_is_in_sync(name, corpus, tmp_path):
    found = film_offset(talk(corpus / name, tmp_path / "a.mp4").path)
    assert abs(found.frames) <= 1, found.correlations
    assert found.correlation > 0.3


def test_a_film_of_another_face_is_not_measured(tmp_path):
    path = tmp_path / "a.mp4"
    with path.open("wb+") as handle, FilmWriter(handle, 64, 64, 25, 16_000) as film:
        film.write_frame(np.zeros((64, 64, 3), np.uint8))
        film.write_sound(np.zeros((1, 640), np.float32))
    with pytest.raises(ParameterError, match="384"):
        film_openings(path)
