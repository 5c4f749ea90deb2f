"""`Compare`: switch between sounds while they play, on one clock and at one level; sighted or blind."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from audiokit.errors import ParameterError
from audiokit_widgets.abx import AbxTest, PreferenceTest
from audiokit_widgets.coerce import as_audio, is_array
from audiokit_widgets.flac import bits_needed, encode_flac, quantised, without_traces
from audiokit_widgets.matching import Remark, finite, line_up, match_gains, measure_levels
from audiokit_widgets.modules import bundle, style
from audiokit_widgets.pairs import Lane, difference_lane, lane_of
from audiokit_widgets.wording import counted, hertz

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from audiokit.audio import Audio
    from audiokit_widgets.abx import AbxResult, PreferenceResult
    from audiokit_widgets.matching import Levels, Lineup

__all__ = ["Compare"]

_FEWEST, _MOST = 2, 8
_FULL_SCALE_16_BIT = 32767 / 32768
_BITS = {
    16: "kept as 16-bit FLAC, whose rounding is at least 20 dB below every difference",
    24: "kept as 24-bit FLAC, as 16 bits would blur a difference",
}
_MINUS = "\N{MINUS SIGN}"


class Compare(anywidget.AnyWidget):
    """Gapless listening to two to eight sounds: switched at any time, on the same sample, at the same loudness.

    Sighted, it shows the sounds' waveforms and their difference from the reference, and works in every page. Blind, it
    hides names, pictures and levels: two sounds make an ABX test, more make a preference test, and each answer lands
    in `answers` at once; that needs a running kernel.

    Parameters
    ----------
    sounds : mapping of str to Audio, str, Path, bytes or array_like
        Two to eight, by the names under which they are heard. Shown and compared at the highest sample rate among
        them.
    sample_rate : int, optional
        In Hz, for arrays only.
    reference : str, optional
        The name of the sound that the others are aligned to and subtracted from; the first if None.
    match : {"loudness", "rms", "none"}
        What is made equal, by turning down: integrated loudness (ITU-R BS.1770-4), root mean square, or nothing.
    blind : bool
        Whether names are hidden and answers are asked for.
    trials : int
        Of a blind test, 1 .. 1000.
    seed : int, optional
        Of the generator that draws a blind test; a fresh one if None. Kept in `seed`, and never in the page.
    align : bool
        Whether a constant delay of up to half a second is taken out. Where one is found, a note says so either way.
    title : str
        Shown above.

    Attributes
    ----------
    loop_seconds : list of float
        ``[start, end]`` of the region that is repeated, or empty; follows the page, and the page follows it.
    notes, remarks : list of str
        Warnings, and what else was done to the sounds. In a blind test those that name a sound come when it is over.
    sample_rate : int
        In Hz, of all sounds as they are played.
    duration_seconds : float
        Of the longest.

    Raises
    ------
    ParameterError
        For fewer than two or more than eight sounds, an unknown reference or match, too many samples for a page, or
        what `AudioPlayer` refuses too.

    Examples
    --------
    >>> tone = np.sin(np.arange(16000) * 0.2) * 0.5
    >>> compare = Compare({"a": tone, "b": tone / 2}, sample_rate=16000)
    >>> [round(gain, 2) for gain in compare.facts["gain_db"]]
    [-6.02, 0.0]
    """

    _esm = bundle("compare.js")
    _css = style("kit/theme.css", "compare.css")

    title = traitlets.Unicode("").tag(sync=True)
    mode = traitlets.Enum(("sighted", "abx", "preference"), default_value="sighted").tag(sync=True)
    sample_rate = traitlets.Int(0).tag(sync=True)
    frames = traitlets.Int(0).tag(sync=True)
    summary = traitlets.Unicode("").tag(sync=True)
    notes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    remarks = traitlets.List(traitlets.Unicode()).tag(sync=True)
    sounds = traitlets.List(traitlets.Dict()).tag(sync=True)
    digests = traitlets.List(traitlets.Unicode()).tag(sync=True)
    differences = traitlets.List(traitlets.Dict()).tag(sync=True)
    outlines = traitlets.Bytes(b"").tag(sync=True)
    loop_seconds = traitlets.List(traitlets.Float()).tag(sync=True)
    choices = traitlets.Unicode("").tag(sync=True)
    trials = traitlets.Int(0).tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)
    outcome = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        sounds: Mapping[str, object],
        *,
        sample_rate: int | None = None,
        reference: str | None = None,
        match: str = "loudness",
        blind: bool = False,
        trials: int = 16,
        seed: int | None = None,
        align: bool = False,
        title: str = "",
    ) -> None:
        audios = _given(sounds, sample_rate)
        names = list(audios)
        base = names[0] if reference is None else reference
        if base not in audios:
            raise ParameterError(f"reference={reference!r} is none of the sounds.", cure=f"Use one of {names}.")
        clean, told = _cleaned(audios)
        lined = line_up(clean, reference=base, align=align)
        levels = {
            name: measure_levels(samples[:, :own], lined.sample_rate)
            for name, samples, own in zip(names, lined.samples, lined.frames, strict=True)
        }
        gains, matched = match_gains(levels, match)
        said = [*told, *lined.remarks, *matched]
        self._names, self._reference = names, base
        self._test = _test_for(names, trials, seed) if blind else None
        # In a blind test all gains are in the samples: a gain beside them would tell them apart.
        factors = [10 ** (gain / 20) for gain in gains]
        stored, factors = _stored(lined.samples, factors, baked=blind)
        for name, samples, factor in zip(names, stored, factors, strict=True):
            clipped = int(np.count_nonzero(np.abs(samples) > 1))
            if clipped:
                said.append(
                    Remark(f"{counted(clipped, 'sample')} beyond full scale, cut off when played", name, warns=True)
                )
        bits = bits_needed([np.clip(s, -1, 1) for s in stored], factors)
        said.append(Remark(_BITS[bits]))
        self._files = [encode_flac(s, lined.sample_rate, bits) for s in stored]
        played = [quantised(s, bits) * np.float32(2.0 ** (1 - bits) * f) for s, f in zip(stored, factors, strict=True)]
        remaining = _remaining(played, lined, levels, gains, match)
        if not all(gain == 0 for gain in gains):
            largest = max((abs(r) for r in remaining if r is not None), default=0.0)
            said.append(Remark(f"measured again as played, levels differ by at most {largest:.2f} dB"))
        self._rows = _rows(audios, lined, levels, gains, remaining)
        self._lanes, self._differences = _lanes(names, base, lined, gains)
        self._factors, self._said = factors, said
        self._filling = np.random.default_rng()  # its bytes only fill files up
        super().__init__(
            title=title,
            sample_rate=lined.sample_rate,
            frames=lined.samples[0].shape[1],
            mode="sighted" if self._test is None else self._test.kind,
            notes=[str(remark) for remark in said if remark.warns and not remark.name],
            remarks=[str(remark) for remark in said if not remark.warns and not remark.name],
            summary=_summary(lined, len(names)),
            trials=self._test.trials if self._test else 0,
            choices=self._test.letters if self._test else "",
        )
        self.on_msg(self._asked)
        if self._test is None:
            self._show_all()

    @property
    def duration_seconds(self) -> float:
        """Length of the longest sound."""
        return float(self.frames / self.sample_rate)

    @property
    def facts(self) -> pd.DataFrame:
        """One row for each sound: rate, channels and length as given; levels before the gain; gain; delay."""
        import pandas as pd

        return pd.DataFrame(self._rows)

    @property
    def seed(self) -> int | None:
        """Of the draws of a blind test: with it and the same names the same test is drawn again."""
        return None if self._test is None else self._test.seed

    @property
    def answers(self) -> pd.DataFrame:
        """The answers of a blind test, one row for each; see `AbxTest.answers` and `PreferenceTest.answers`."""
        return self._blind().answers

    @property
    def result(self) -> AbxResult | PreferenceResult:
        """Counts, exact p-value and a sentence that says what they mean."""
        return self._blind().result

    def picture(self) -> bytes:
        """All waveforms and the differences from the reference on one clock, as a PNG 1640 pixels wide.

        Raises
        ------
        ParameterError
            While a blind test is going on: the picture has the names in it.
        """
        from audiokit_widgets.pairs import draw_lanes

        if self._test and not self._test.finished:
            raise ParameterError("The picture names the sounds, and the blind test is not over.")
        return draw_lanes([*self._lanes, *self._differences], self.duration_seconds)

    @traitlets.validate("loop_seconds")
    def _check_loop(self, proposal: dict[str, Any]) -> list[float]:
        value = [float(v) for v in proposal["value"]]
        if value and not (len(value) == 2 and 0 <= value[0] < value[1] <= self.duration_seconds + 1e-6):
            raise ParameterError(
                f"loop_seconds must be empty or [start, end] within 0 .. {self.duration_seconds:g} s, got {value}."
            )
        return value

    def _blind(self) -> AbxTest | PreferenceTest:
        if self._test is None:
            raise ParameterError("This comparison asks for no answers.", cure="Compare(..., blind=True) does.")
        return self._test

    def _show_all(self) -> None:
        """Put names, facts, pictures and digests into the state: sighted, or when a blind test is over."""
        with self.hold_sync():
            self.sounds = [
                {"label": row["name"], "facts": _facts(row), "gain": _signed(row["gain_db"]), "level": factor}
                for row, factor in zip(self._rows, self._factors, strict=True)
            ]
            self.digests = [hashlib.sha256(data).hexdigest() for data in self._files]
            others = [i for i, name in enumerate(self._names) if name != self._reference]
            self.differences = [
                {"label": lane.label, "magnified": lane.magnified, "index": index}
                for index, lane in zip(others, self._differences, strict=True)
            ]
            self.outlines = b"".join(lane.packed() for lane in (*self._lanes, *self._differences))
            self.notes = [str(remark) for remark in self._said if remark.warns]
            self.remarks = [str(remark) for remark in self._said if not remark.warns]

    def _asked(self, _: object, content: Any, __: object) -> None:
        """Answer a page; it gets either what it asked for or the reason why not."""
        if not isinstance(content, dict) or "ask" not in content:
            return
        try:
            reply, buffers = self._reply(content)
        except ParameterError as error:
            reply, buffers = {"refused": str(error)}, []
        self.send({**reply, "ask": content["ask"]}, buffers=buffers)

    def _reply(self, content: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
        kind, test = content.get("kind"), self._test
        if kind == "bytes" and (test is None or test.finished):
            index = content.get("index")
            if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(self._files):
                raise ParameterError(f"There is no sound {index!r}.")
            return {}, [self._files[index]]
        if test is None or kind not in {"voices", "trial", "answer"}:
            raise ParameterError(f"Cannot answer {kind!r} in this comparison.")
        if kind == "voices":
            return {}, [self._neutral(i) for i in test.order]
        if kind == "answer":
            test.record(content.get("trial"), content.get("answer"), content.get("seconds"), content.get("switches"))
            self.answered = len(test.rows)
            if test.finished:
                self.outcome = test.verdict
                self._show_all()
            return {"finished": test.finished}, []
        if test.finished:
            return {"finished": True}, []
        if isinstance(test, AbxTest):
            return {"trial": test.trial}, [self._neutral(test.hidden)]
        return {"trial": test.trial, "shown": test.shown}, []

    def _neutral(self, index: int) -> bytes:
        size = max(len(data) for data in self._files) + 1024
        return without_traces(self._files[index], size, self._filling)

    def __repr__(self) -> str:
        title = f"{self.title!r}, " if self.title else ""
        kind = "" if self._test is None else f" ({'ABX' if self.mode == 'abx' else 'preference'} test)"
        what = f"Compare({title}{counted(len(self._names), 'sound')}{kind}, {self.duration_seconds:.3f} s"
        if self._test and not self._test.finished:
            return (
                f"{what}, {self.answered} of {self.trials} trials answered; {'; '.join([*self.notes, *self.remarks])})"
            )
        lines = [f"  {row['name']}: {_facts(row)}, gain {_signed(row['gain_db'])}" for row in self._rows]
        lines += [f"  {lane.label}" for lane in self._differences]
        lines += [f"  {note}" for note in (*self.notes, *self.remarks)]
        return "\n".join([f"{what})", *([f"  {self.outcome}"] if self.outcome else []), *lines])

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]]:
        from audiokit_widgets.pairs import blind_html, sighted_html

        bundled = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundled if isinstance(bundled, tuple) else (bundled or {}, {})
        if self._test and not self._test.finished:
            html = blind_html(
                title=self.title, answered=self.answered, trials=self.trials, notes=self.notes, remarks=self.remarks
            )
        else:
            html = sighted_html(
                title=self.title,
                summary=self.summary,
                outcome=self.outcome,
                sounds=self.sounds,
                files=self._files,
                differences=[lane.label for lane in self._differences],
                notes=self.notes,
                remarks=self.remarks,
                picture=self.picture(),
                duration_seconds=self.duration_seconds,
            )
        return {**data, "text/plain": repr(self), "text/html": html}, metadata


def _given(sounds: Mapping[str, object], sample_rate: int | None) -> dict[str, Audio]:
    if not hasattr(sounds, "items"):
        raise ParameterError(
            f"Compare wants sounds by name, got {type(sounds).__name__}.", cure='Compare({"a": a, "b": b}) names them.'
        )
    if not _FEWEST <= len(sounds) <= _MOST:
        raise ParameterError(f"Compare wants {_FEWEST} to {_MOST} sounds, got {len(sounds)}.")
    if sample_rate is not None and not any(is_array(value) for value in sounds.values()):
        raise ParameterError(
            f"sample_rate={sample_rate!r} was given, but all of the sounds know their own.",
            cure="Leave it out; audiokit.read(source, sample_rate=...) resamples.",
        )
    audios = {str(k): as_audio(v, sample_rate=sample_rate if is_array(v) else None) for k, v in sounds.items()}
    if len(audios) < len(sounds):
        raise ParameterError(f"Two sounds have the same name among {[str(k) for k in sounds]}.")
    return audios


def _cleaned(audios: Mapping[str, Audio]) -> tuple[dict[str, Audio], list[Remark]]:
    clean, told = {}, list[Remark]()
    for name, audio in audios.items():
        clean[name], bad = finite(audio)
        told += [Remark(str(warning), name, warns=True) for warning in audio.warnings]
        if bad:
            told.append(Remark(f"{counted(bad, 'sample')} not finite; shown and played as 0", name, warns=True))
        clipped = int(np.count_nonzero(np.abs(clean[name].samples) >= _FULL_SCALE_16_BIT))
        if clipped:
            told.append(Remark(f"{counted(clipped, 'sample')} at or beyond full scale", name, warns=True))
    return clean, told


def _test_for(names: Sequence[str], trials: int, seed: int | None) -> AbxTest | PreferenceTest:
    drawn = int(np.random.SeedSequence().generate_state(1, np.uint64)[0]) if seed is None else seed
    return AbxTest(names, trials, drawn) if len(names) == 2 else PreferenceTest(names, trials, drawn)


def _stored(
    samples: Sequence[NDArray[np.float32]], factors: Sequence[float], *, baked: bool
) -> tuple[list[NDArray[np.float32]], list[float]]:
    """Give the samples that are written to files, and the factors by which a page plays them."""
    if baked:
        return [s * np.float32(f) for s, f in zip(samples, factors, strict=True)], [1.0] * len(factors)
    stored, left = [], []
    for one, factor in zip(samples, factors, strict=True):
        peak = float(np.abs(one).max())
        # What is turned down into range is stored in range; what is not keeps its level, and its peaks are cut off.
        scale = peak if peak > 1 and factor * peak <= 1 + 1e-9 else 1.0
        stored.append(one / np.float32(scale) if scale > 1 else one)
        left.append(factor * scale)
    return stored, left


def _remaining(
    played: Sequence[NDArray[np.float32]],
    lined: Lineup,
    levels: Mapping[str, Levels],
    gains: Sequence[float],
    match: str,
) -> list[float | None]:
    """Each played sound's level less the quietest's, measured again, in dB; None for those that were not matched."""
    if all(gain == 0 for gain in gains):
        return [None] * len(played)
    measured = [
        None if before.silent else _level_of(measure_levels(p[:, :own], lined.sample_rate), match)
        for p, own, before in zip(played, lined.frames, levels.values(), strict=True)
    ]
    least = min(value for value in measured if value is not None)
    return [None if value is None else value - least for value in measured]


def _level_of(levels: Levels, match: str) -> float | None:
    return levels.loudness_lufs if match == "loudness" else levels.rms_dbfs


def _rows(
    audios: Mapping[str, Audio],
    lined: Lineup,
    levels: Mapping[str, Levels],
    gains: Sequence[float],
    remaining: Sequence[float | None],
) -> list[dict[str, Any]]:
    rows = []
    for (name, audio), delay, gain, left in zip(audios.items(), lined.delays, gains, remaining, strict=True):
        seen = levels[name]
        rows.append(
            {
                "name": name,
                "sample_rate": audio.sample_rate,
                "channels": audio.channels,
                "duration_seconds": audio.duration_seconds,
                "loudness_lufs": seen.loudness_lufs,
                "rms_dbfs": seen.rms_dbfs,
                "sample_peak_dbfs": seen.sample_peak_dbfs,
                "true_peak_dbtp": seen.true_peak_dbtp,
                "gain_db": gain,
                "remaining_db": left,
                "delay_samples": delay.samples if delay and delay.credible else None,
            }
        )
    return rows


def _lanes(names: Sequence[str], base: str, lined: Lineup, gains: Sequence[float]) -> tuple[list[Lane], list[Lane]]:
    played = [s * np.float32(10 ** (gain / 20)) for s, gain in zip(lined.samples, gains, strict=True)]
    first = played[names.index(base)]
    lanes = [lane_of(name, samples) for name, samples in zip(names, lined.samples, strict=True)]
    differences = [difference_lane(base, first, n, p) for n, p in zip(names, played, strict=True) if n != base]
    return lanes, differences


def _facts(row: Mapping[str, Any]) -> str:
    channels = {1: "mono", 2: "stereo"}.get(row["channels"], f"{row['channels']} channels")
    loudness = "no loudness" if row["loudness_lufs"] is None else f"{_number(row['loudness_lufs'])} LUFS"
    peak = f"true peak {_number(row['true_peak_dbtp'])} dBTP"
    return f"{hertz(row['sample_rate'])} · {channels} · {loudness} · {peak}"


def _number(value: float) -> str:
    if math.isinf(value):
        return f"{_MINUS}∞"
    text = f"{abs(value):.1f}"
    return f"{_MINUS}{text}" if value < 0 and text != "0.0" else text


def _signed(gain_db: float) -> str:
    return f"{_number(gain_db)} dB"


def _summary(lined: Lineup, count: int) -> str:
    channels = "mono" if len(lined.samples[0]) == 1 else "stereo"
    return f"{count} sounds · {channels} · {hertz(lined.sample_rate)}"
