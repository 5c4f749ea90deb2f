from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from audiokit import Audio
from audiokit.embed import playable


def test_short_sound_is_lossless(stereo):
    data, mime_type = playable(Audio(stereo, 48000))
    back, rate = soundfile.read(io.BytesIO(data), always_2d=True)
    assert (mime_type, rate) == ("audio/flac", 48000)
    np.testing.assert_allclose(back.T, stereo, atol=2**-15)


def test_long_sound_is_a_preview_of_the_same_length_and_place(stereo):
    made = playable(Audio(stereo, 48000), lossless_seconds=1.0)
    assert made.mime_type == "audio/mpeg"
    assert "preview" in made.note
    back, _ = soundfile.read(io.BytesIO(made.data), always_2d=True)
    assert abs(len(back) - stereo.shape[1]) <= 1152
    length = min(len(back), stereo.shape[1])
    correlation = np.fft.irfft(np.fft.rfft(back[:length, 0], 2**18) * np.conj(np.fft.rfft(stereo[0, :length], 2**18)))
    assert np.argmax(correlation) == 0  # the encoder's delay is not heard
    assert len(made.data) < 0.25 * stereo.size * 2


@pytest.mark.parametrize(("rate", "channels"), [(4000, 1), (11025, 2), (48000, 16), (96000, 1), (384000, 1), (7, 1)])
@pytest.mark.parametrize("lossless_seconds", [90.0, 0.0])
def test_any_rate_and_any_number_of_channels(rate, channels, lossless_seconds):
    audio = Audio(np.full((channels, rate), 0.1, np.float32), rate)
    made = playable(audio, lossless_seconds=lossless_seconds)
    with soundfile.SoundFile(io.BytesIO(made.data)) as file:
        assert file.frames / file.samplerate == pytest.approx(1.0, abs=0.1 if rate > 100 else 1.0)
        changed = file.samplerate != rate or file.channels != channels
    assert (("played at" in made.note) or ("mean of" in made.note)) == changed
