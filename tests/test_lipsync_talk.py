"""A recording becomes a film: as many frames as cover it, its own sound, and what is wrong is said."""

import json
from fractions import Fraction

import numpy as np
import pytest
from plain_avatar import greys, plain_avatar
from typer.testing import CliRunner

import audiokit
from audiokit.cli.main import app
from audiokit.errors import InputError, OutputExists, ParameterError, SourceNotFound
from audiokit.lipsync import Animator, talk


def speech(seconds=2.0, rate=16_000, channels=1, seed=0):
    time = np.arange(round(seconds * rate)) / rate
    generator = np.random.default_rng(seed)
    voice = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 20)) * np.abs(np.sin(2 * np.pi * 2 * time))
    return audiokit.Audio(
        np.tile(0.1 * voice + 1e-4 * generator.standard_normal(time.size), (channels, 1)).astype(np.float32), rate
    )


def pictures(path):
    import av

    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(stream)]
        return frames, stream.average_rate, stream.codec_context.name


@pytest.mark.parametrize(
    ("rate", "channels", "fps"), [(16_000, 1, 25), (44_100, 2, 29.97), (8000, 1, 30), (48_000, 6, 60)]
)
def test_a_film_has_the_sound_and_covers_it(tmp_path, rate, channels, fps):
    sound = speech(1.5, rate, channels)
    made = talk(sound, tmp_path / "a.mp4", avatar=plain_avatar(), frames_per_second=fps)
    frames, found_rate, codec = pictures(made.path)
    assert codec == "h264"
    assert len(frames) == made.frames == -(-Fraction(3, 2) * made.frames_per_second // 1)
    assert abs(float(found_rate) - float(made.frames_per_second)) < 1e-3
    assert frames[0].shape == (16, 24, 3)
    heard = audiokit.read(made.path)
    assert (heard.sample_rate, heard.frames) == (rate, sound.frames)
    assert heard.channels == (1 if channels == 6 else channels)
    assert ("6 channels were mixed to one" in made.warnings) == (channels == 6)
    lag = np.correlate(heard.samples[0][1000:3000], sound.samples[0][900:3100], "valid").argmax()
    assert lag == 100
    assert made.seconds["total"] > 0
    assert set(made.seconds) >= {"decode", "mel", "encoder", "generator", "paste", "background", "film"}


def test_frames_are_the_animator_s(tmp_path):
    sound = speech(2.0)
    made = talk(sound, tmp_path / "a.mp4", avatar=plain_avatar(size=(32, 32)), quality=1)
    animator = Animator(plain_avatar(size=(32, 32)))
    wanted = np.array(greys([*animator.push(sound.samples), *animator.flush()]))
    found = np.array(greys(pictures(made.path)[0]))
    assert np.ptp(wanted) > 30
    assert np.abs(found - wanted).max() < 12  # H.264 of small grey squares


def test_a_file_gives_what_its_sound_gives(tmp_path):
    sound = speech(1.3, 22_050)
    audiokit.write(tmp_path / "a.wav", sound, subtype="FLOAT")
    by_file = talk(tmp_path / "a.wav", tmp_path / "file.mp4", avatar=plain_avatar())
    by_value = talk(sound, tmp_path / "value.mp4", avatar=plain_avatar())
    one, two = pictures(by_file.path)[0], pictures(by_value.path)[0]
    assert by_file.frames == by_value.frames
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_eight_bits_clipping_and_holes(tmp_path):
    import soundfile

    loud = np.clip(speech(1.0).samples[0] * 40, -1, 1)
    soundfile.write(tmp_path / "u8.wav", loud, 16_000, subtype="PCM_U8")
    assert talk(tmp_path / "u8.wav", tmp_path / "a.mp4", avatar=plain_avatar()).frames == 25
    holed = speech(1.0).samples.copy()
    holed[0, 5000:6000] = np.nan
    made = talk(audiokit.Audio(holed, 16_000), tmp_path / "b.mp4", avatar=plain_avatar())
    assert np.isfinite(audiokit.read(made.path).samples).all()


def test_a_rate_that_aac_does_not_hold_is_resampled_and_said(tmp_path):
    made = talk(speech(1.0, 18_000), tmp_path / "a.mp4", avatar=plain_avatar())
    assert made.sample_rate == 48_000
    assert any("18000 Hz" in warning for warning in made.warnings)
    assert audiokit.read(made.path).frames == 48_000


def test_a_background_shows_through(tmp_path):
    avatar = plain_avatar(size=(32, 32))
    avatar.pictures[0][:, :4, 3] = 0
    made = talk(speech(0.5), tmp_path / "a.mp4", avatar=avatar, background="#ff0000", quality=1)
    frame = pictures(made.path)[0][5]
    assert frame[16, 1, 0] > 200
    assert frame[16, 1, 1] < 60
    assert frame[0, 20].max() < 40


def test_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"before")
    with pytest.raises(OutputExists):
        talk(speech(0.2), path, avatar=plain_avatar(), overwrite=False)
    with pytest.raises(SourceNotFound):
        talk(tmp_path / "none.wav", path, avatar=plain_avatar())
    with pytest.raises(ParameterError, match="frame rate"):
        talk(speech(0.2), path, avatar=plain_avatar(), frames_per_second=0)

    def stop(seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        talk(speech(2.0), path, avatar=plain_avatar(), progress=stop)
    assert path.read_bytes() == b"before"
    assert [file.name for file in tmp_path.iterdir()] == ["a.mp4"]
    (tmp_path / "words.wav").write_text("not sound")
    with pytest.raises(InputError):
        talk(tmp_path / "words.wav", path, avatar=plain_avatar())


def test_a_recording_is_not_replaced_by_its_own_film(tmp_path, monkeypatch):
    path = tmp_path / "talk.mp4"
    audiokit.write(path, speech(0.3), format="m4a")
    before = path.read_bytes()
    with pytest.raises(OutputExists, match="is not replaced"):
        talk(path, path, avatar=plain_avatar())
    with pytest.raises(OutputExists, match="is not replaced"):
        talk(speech(0.2), path, avatar=plain_avatar(), background=str(path))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["lipsync", "talk.mp4"])  # the default output has the same name
    assert done.exit_code != 0
    assert path.read_bytes() == before


def test_the_command(tmp_path, monkeypatch):
    from audiokit.lipsync import talking

    monkeypatch.setattr(talking, "demo_avatar", lambda device: plain_avatar())
    monkeypatch.setattr(talking, "default_store", audiokit_store)
    audiokit.write(tmp_path / "talk.wav", speech(1.0))
    done = CliRunner().invoke(app, ["lipsync", str(tmp_path / "talk.wav"), "-o", str(tmp_path / "talk.mp4"), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["frames"], told["frames_per_second"], told["avatar"]) == (25, "25", "plain")
    assert len(pictures(told["path"])[0]) == 25
    plain = CliRunner().invoke(
        app, ["lipsync", str(tmp_path / "talk.wav"), "-o", str(tmp_path / "b.mp4"), "--fps", "30", "--fragmented"]
    )
    assert "30 frames of 24 x 16" in plain.stdout
    assert b"moof" in (tmp_path / "b.mp4").read_bytes()


def audiokit_store():
    from audiokit.models import ModelStore

    return ModelStore(max_bytes=1 << 30, devices=["cpu"])
