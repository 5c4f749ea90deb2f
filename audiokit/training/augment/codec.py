"""What encoders and telephone lines do to sound."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError
from audiokit.training.augment.augmentation import Augmentation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["CodecDegradation"]

_BIT_RATES = {"mp3": (32_000, 48_000, 64_000), "opus": (8_000, 16_000, 32_000), "telephone": (64_000,)}
_TELEPHONE_RATE = 8_000
_TELEPHONE_BAND_HZ = (300.0, 3400.0)
_MU = 255.0
_SHORTEST_MP3 = 24 * 1152  # a few frames alone are not recognised as MP3, and may pass for another format
_LAME_DELAY = 576 + 529  # its own (ENCDELAY in libmp3lame/encoder.h), and that of every decoder of Layer III


@dataclass(frozen=True)
class CodecDegradation(Augmentation):
    """Encode and decode again, in memory, at a low bit rate; the result is as long as the samples and not late.

    "mp3" is LAME through libsndfile, "opus" libopus through FFmpeg; what they put before the first sample is taken away
    by `audiokit.decode`, or here where an MP3 does not state it. "telephone" is 300 to 3400 Hz at 8 kHz (filtered forth
    and back, so nothing is delayed) in 255 steps of mu-law, mu = 255, the continuous form of ITU-T G.711. MP3 and
    telephone are in place to the sample, Opus within 0.15 ms.

    Parameters
    ----------
    kinds : str or sequence of str
        Of "mp3", "opus", "telephone"; one is drawn for each item.
    bit_rates_bps : sequence of int, optional
        One is drawn, in bits a second; None is 32, 48, 64 thousand for MP3 and 8, 16, 32 thousand for Opus. The
        telephone has always 64 thousand.
    probability : float
        How likely an item is changed.

    Notes
    -----
    Codecs know rates of their own: samples at another are resampled there and back by soxr. One or two channels are
    encoded together, more one by one. Samples beyond ±0.9 are scaled down for MP3 and Opus and back afterwards, so
    that the encoder does not clip; a telephone clips at ±1. LAME lowers the level by half a decibel to one, the more
    the fewer bits it has; that is left as it is.

    Raises
    ------
    ParameterError
        For an unknown kind; when drawing, for a bit rate that the codec does not have at the rate of the samples.
    """

    kinds: str | Sequence[str] = ("mp3", "opus", "telephone")
    bit_rates_bps: Sequence[int] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        kinds = (self.kinds,) if isinstance(self.kinds, str) else tuple(self.kinds)
        for kind in kinds:
            if kind not in _BIT_RATES:
                raise ParameterError(
                    f"CodecDegradation: unknown kind {kind!r}.", cure=f"Use one of {', '.join(_BIT_RATES)}."
                )
        rates = None if self.bit_rates_bps is None else tuple(int(rate) for rate in self.bit_rates_bps)
        if not kinds or rates == ():
            raise ParameterError("CodecDegradation wants at least one kind and one bit rate, got none.")
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "bit_rates_bps", rates)

    def _draw(self, generator: np.random.Generator, sample_rate: int, frames: int, channels: int) -> dict[str, Any]:
        kind = self.kinds[int(generator.integers(len(self.kinds)))]
        rates = _BIT_RATES[kind] if self.bit_rates_bps is None or kind == "telephone" else self.bit_rates_bps
        bit_rate_bps = int(rates[int(generator.integers(len(rates)))])
        if kind == "telephone":
            return {"kind": kind, "codec_rate": _TELEPHONE_RATE, "bit_rate_bps": bit_rate_bps}
        from audiokit.decode.encode import FORMATS, Options, check

        above = [rate for rate in FORMATS[kind].rates if rate >= sample_rate]
        codec_rate = min(above, default=max(FORMATS[kind].rates))
        check(kind, 1 if channels > 2 else channels, codec_rate, Options(bit_rate_bps=bit_rate_bps))
        return {"kind": kind, "codec_rate": int(codec_rate), "bit_rate_bps": bit_rate_bps}

    @classmethod
    def _render(
        cls, samples: NDArray[np.float32], sample_rate: int, parameters: Mapping[str, Any]
    ) -> NDArray[np.float32]:
        from audiokit.dsp import resample

        there = np.asarray(resample(samples, sample_rate, parameters["codec_rate"]), dtype=np.float32)
        if parameters["kind"] == "telephone":
            coded = _telephone(there)
        else:
            peak = float(np.abs(there).max())
            scale = np.float32(max(1.0, peak / 0.9))
            parts = [there] if there.shape[0] <= 2 else [there[i : i + 1] for i in range(there.shape[0])]
            coded = np.concatenate([_through_codec(part / scale, parameters) for part in parts]) * scale
        back = np.asarray(resample(coded, parameters["codec_rate"], sample_rate), dtype=np.float32)
        return as_long_as(back, samples.shape[1])

    @classmethod
    def _describe(cls, parameters: Mapping[str, Any]) -> str:
        if parameters["kind"] == "telephone":
            return "over a telephone line (8 kHz, mu-law)"
        name = {"mp3": "MP3", "opus": "Opus"}[parameters["kind"]]
        return f"through {name} at {parameters['bit_rate_bps'] / 1000:g} kbit/s"


def as_long_as(samples: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """Cut, or fill with silence at the end, to `frames` samples."""
    return np.pad(samples[:, :frames], ((0, 0), (0, max(0, frames - samples.shape[1]))))


def _through_codec(samples: NDArray[np.float32], parameters: Mapping[str, Any]) -> NDArray[np.float32]:
    from audiokit.decode import read
    from audiokit.decode.encode import Options, encode

    handle = io.BytesIO()
    rate, kind = parameters["codec_rate"], parameters["kind"]
    longer = as_long_as(samples, max(samples.shape[1], _SHORTEST_MP3)) if kind == "mp3" else samples
    encode(handle, kind, longer, rate, Options(bit_rate_bps=parameters["bit_rate_bps"]))
    data = handle.getvalue()
    # LAME leaves its tag out where a frame is too small for it; then nobody knows what came first but us
    late = _LAME_DELAY if kind == "mp3" and not any(tag in data[:64] for tag in (b"Info", b"Xing")) else 0
    decoded = read(data, sample_rate=rate, workers=1)
    return as_long_as(decoded.samples[:, late:], samples.shape[1])


def _telephone(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    import scipy.signal

    sections = scipy.signal.butter(4, _TELEPHONE_BAND_HZ, "bandpass", fs=_TELEPHONE_RATE, output="sos")
    # Longer padding than the signal is refused by scipy; silence around it is what there was before and after
    around = 400
    padded = np.pad(samples.astype(np.float64), ((0, 0), (around, around)))
    band = scipy.signal.sosfiltfilt(sections, padded, axis=1)[:, around:-around].clip(-1.0, 1.0)
    compressed = np.sign(band) * np.log1p(_MU * np.abs(band)) / np.log1p(_MU)
    kept = np.rint(compressed * 127.0) / 127.0  # a step at nought, as in G.711: silence stays silent
    return np.asarray(np.sign(kept) * np.expm1(np.abs(kept) * np.log1p(_MU)) / _MU, dtype=np.float32)
