"""What the experts are trained on is what its labels say: songs on notes, speech as it was, noise, music, rooms."""

from __future__ import annotations

import io
import shutil

import numpy as np
import pytest
from augmentation_checks import voice as speech_like

from audiokit.activity.content_features import frame_tracks
from audiokit.activity.content_statistics import CONTENT_STATISTICS, window_inputs
from audiokit.dsp.frame_descriptors import FrameGrid, power_frames, track_pitch
from audiokit.errors import LibraryUnavailable
from audiokit.experts import channels, soundfont
from audiokit.experts.composition import Note, Piece, compose
from audiokit.experts.content_clips import KINDS, draw_clip
from audiokit.experts.content_parts import Materials
from audiokit.experts.instruments import render_with_instruments
from audiokit.experts.music_styles import STYLES as MUSIC_STYLES
from audiokit.experts.noises import NOISES, babble, make_noise
from audiokit.experts.singing import STYLES as SINGING_STYLES
from audiokit.experts.singing import respoken, sing, vowel_voice
from audiokit.experts.soundfont import find_soundfont, midi_bytes, render_with_soundfont
from audiokit.experts.tonality import Tonality, draw_tonality
from audiokit.experts.vocoder import analyse, overlap_pitch_periods, resynthesise

MAJOR = Tonality(0, (0, 2, 4, 5, 7, 9, 11))
GRID = FrameGrid(640, 160)


def described(samples):
    statistics = window_inputs(frame_tracks(samples), np.array([0]))[1][0]
    return dict(zip(CONTENT_STATISTICS, statistics.tolist(), strict=True))


@pytest.fixture(scope="module")
def speaker():
    return analyse(speech_like(4.0, 16000)[0])


@pytest.mark.parametrize("make", ["pulses", "periods"])
@pytest.mark.parametrize("hertz", [120.0, 240.0])
def test_a_voice_takes_the_pitch_it_is_told(speaker, rng, make, hertz):
    where = np.arange(len(speaker) - 1.0)
    told = np.full(where.size, hertz)
    sound = resynthesise(speaker, where, told, rng) if make == "pulses" else overlap_pitch_periods(speaker, where, told)
    assert sound.size == where.size * 80
    pitch = track_pitch(power_frames(sound, GRID), GRID)
    sure = pitch.strength > 0.6
    assert sure.mean() > 0.1
    assert np.median(pitch.hertz[sure]) == pytest.approx(hertz, rel=0.03)


def test_unchanged_speech_keeps_its_level_over_time(speaker, rng):
    where = np.arange(len(speaker) - 1.0)
    sound = resynthesise(speaker, where, speaker.hertz[: where.size], rng)

    def level(x):
        return 10 * np.log10(np.square(x[: x.size // 800 * 800].reshape(-1, 800)).mean(axis=1) + 1e-6)

    assert np.corrcoef(level(sound), level(speaker.samples[: sound.size]))[0, 1] > 0.9


def test_singing_rests_on_the_notes_of_its_scale(rng, speaker):
    song = sing(speaker, 4.0, MAJOR, rng, style="tuned")
    assert song.size == 64000
    assert np.abs(song).max() <= 1
    told = described(song)
    spoken = described(speaker.samples)
    assert told["notes_agreement"] > spoken["notes_agreement"]
    assert told["pitch_on_plateau"] > spoken["pitch_on_plateau"]


@pytest.mark.parametrize("style", SINGING_STYLES)
def test_every_style_sings_and_is_replayed_by_its_seed(speaker, style):
    one, other = (sing(speaker, 2.0, MAJOR, np.random.default_rng(3), style=style) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert np.isfinite(one).all()
    assert one.std() > 0.01


def test_respoken_is_still_speech_like(speaker, rng):
    for _ in range(3):
        again = respoken(speaker, rng)
        assert 0.7 < again.size / speaker.samples.size < 1.4
        assert np.isfinite(again).all()


def test_vowels_that_nobody_spoke_have_formants(rng):
    voice = vowel_voice(rng, 2.0)
    assert len(voice) == 400
    assert voice.envelope.min() > 0


@pytest.mark.parametrize("style", MUSIC_STYLES)
def test_every_style_composes(style):
    piece = compose(np.random.default_rng(1), 8.0, style)
    assert piece == compose(np.random.default_rng(1), 8.0, style)
    assert len(piece.notes) >= 4
    for note in piece.notes:
        assert 0 <= note.start_seconds < 9
        assert 0 < note.key < 128
        assert 20 <= note.velocity <= 127


def test_midi_holds_the_notes():
    piece = Piece((Note(0.25, 0.5, 69, 90, 40), Note(0.0, 0.2, 36, 100, -1)), 2.0, 0.5, MAJOR, "solo")
    data = io.BytesIO(midi_bytes(piece))
    assert data.read(14) == b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0"
    assert data.read(4) == b"MTrk"
    body = data.read(int.from_bytes(data.read(4), "big"))
    assert data.read() == b""
    assert b"\xc0\x28" in body  # program 40 on the first channel
    assert b"\x99\x24\x64" in body  # the kick on the tenth
    assert b"\x90\x45\x5a" in body
    assert body.endswith(b"\xff\x2f\x00")
    assert b"\x81\x70\x90\x45\x5a" not in body  # 240 ticks after the beginning, of which 192 went by at the kick's end
    assert soundfont._variable_length(240) == b"\x81\x70"
    assert soundfont._variable_length(0) == b"\x00"


def test_own_instruments_play_in_tune():
    piece = Piece((Note(0.0, 1.5, 69, 100, 0),), 1.6, 0.5, MAJOR, "solo")
    in_tune = 0
    for seed in range(10):
        sound = render_with_instruments(piece, np.random.default_rng(seed))
        pitch = track_pitch(power_frames(sound[3000:12000], GRID), GRID)
        cents = 1200 * np.log2(np.median(pitch.hertz) / 440)
        in_tune += abs((cents + 600) % 1200 - 600) < 60  # an octave off is an organ's
    assert in_tune >= 7  # a bell is in tune with nothing


@pytest.mark.skipif(find_soundfont() is None, reason="needs fluidsynth and FluidR3 GM")
def test_a_soundfont_plays_in_tune():
    piece = Piece((Note(0.0, 1.5, 69, 100, 73),), 1.6, 0.5, MAJOR, "solo")
    sound = render_with_soundfont(piece, find_soundfont())
    assert sound.size == 25600
    pitch = track_pitch(power_frames(sound[4000:16000], GRID), GRID)
    assert np.median(pitch.hertz) == pytest.approx(440, rel=0.02)


def test_without_fluidsynth_the_cure_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert find_soundfont() is None
    with pytest.raises(LibraryUnavailable, match="apt-get install fluidsynth"):
        render_with_soundfont(compose(np.random.default_rng(0), 2.0), tmp_path / "a.sf2")


@pytest.mark.parametrize("kind", NOISES)
def test_noises(kind):
    sound = make_noise(kind, 3.0, np.random.default_rng(2))
    assert sound.size == 48000
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() == pytest.approx(0.5, rel=1e-3)
    np.testing.assert_array_equal(sound, make_noise(kind, 3.0, np.random.default_rng(2)))


def test_babble_cannot_be_followed(rng):
    voices = [speech_like(3.0, 16000, seed)[0] for seed in range(5)]
    crowd = babble(voices, 3.0, rng)
    quiet = [
        np.percentile(np.square(x[:48000]).reshape(-1, 800).mean(axis=1), 10) / np.square(x).mean()
        for x in (crowd, voices[0])
    ]
    assert quiet[0] > 5 * quiet[1]


def test_mixing_keeps_the_ratio(rng):
    voice, noise = rng.standard_normal(32000).astype(np.float32) * 0.05, rng.standard_normal(32000).astype(np.float32)
    mixed = channels.mixed(voice, noise, 10.0)
    share = np.dot(mixed, noise) / np.dot(noise, noise)
    assert 20 * np.log10(voice.std() / (share * noise.std())) == pytest.approx(10, abs=0.5)


@pytest.mark.parametrize(
    "change",
    [
        channels.in_room,
        channels.equalised,
        channels.narrowed,
        channels.telephoned,
        channels.compressed,
        channels.overdriven,
    ],
)
def test_channels_keep_length_and_level(change, rng):
    sound = speech_like(2.0, 16000)[0]
    changed = change(sound, rng)
    assert changed.shape == sound.shape
    assert np.isfinite(changed).all()
    assert np.abs(changed).max() == pytest.approx(np.abs(sound).max(), rel=1e-3)
    assert not np.allclose(changed, sound, atol=1e-3)


def test_a_telephone_has_no_bass_and_no_treble(rng):
    noise = rng.standard_normal(32000).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(channels.telephoned(noise, rng))))
    hertz = np.fft.rfftfreq(32000, 1 / 16000)
    inside = power[(hertz > 500) & (hertz < 3000)].mean()
    assert power[hertz > 4500].mean() < 1e-3 * inside
    assert power[(hertz > 5) & (hertz < 100)].mean() < 1e-2 * inside


@pytest.mark.parametrize("kind", KINDS)
def test_clips_are_labelled_and_replayed(kind):
    generator = np.random.default_rng(0)
    materials = Materials(
        {f"group{n}": [speech_like(4.0, 16000, 10 * n + k)[0] for k in range(2)] for n in range(3)},
        [(render_with_instruments(compose(generator, 12.0, style), generator), 0.5) for style in ("pop", "piano")],
    )
    one, other = (draw_clip(kind, materials, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one.samples, other.samples)
    assert one.label == KINDS[kind][0]
    assert one.samples.shape == (144000,)
    assert np.isfinite(one.samples).all()
    assert one.active.any()
    assert set(one.groups) <= set(materials.speech)


def test_keys_are_drawn(rng):
    assert len({draw_tonality(rng) for _ in range(30)}) > 10
