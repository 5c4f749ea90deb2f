"""`Compare`: switch between sounds while they play, on one clock and at one level; sighted or blind."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets

from audiokit.errors import ParameterError
from audiokit_widgets.comparison import given_sounds, prepare
from audiokit_widgets.delivery import here, ownership_of
from audiokit_widgets.flac import without_traces
from audiokit_widgets.modules import bundle, style
from audiokit_widgets.trials import AbxTest, blind_test
from audiokit_widgets.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from audiokit_widgets.abx import AbxResult, PreferenceResult
    from audiokit_widgets.trials import PreferenceTest

__all__ = ["Compare"]


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
        audios = given_sounds(sounds, sample_rate)
        names = list(audios)
        base = names[0] if reference is None else reference
        if base not in audios:
            raise ParameterError(f"reference={reference!r} is none of the sounds.", cure=f"Use one of {names}.")
        self._test = blind_test(names, trials, seed) if blind else None
        # In a blind test all gains are in the samples: a gain beside them would tell them apart.
        self._comparison = prepare(audios, reference=base, match=match, align=align, baked=blind)
        self._digests = [hashlib.sha256(data).hexdigest() for data in self._comparison.files]
        self._ownerships = [ownership_of(digest) for digest in self._digests]  # a view of one of them holds it already
        self._filling = np.random.default_rng()  # its bytes only fill files up
        unnamed = [remark for remark in self._comparison.remarks if not remark.name]
        super().__init__(
            title=title,
            sample_rate=self._comparison.sample_rate,
            frames=self._comparison.frames,
            mode="sighted" if self._test is None else self._test.kind,
            notes=[str(remark) for remark in unnamed if remark.warns],
            remarks=[str(remark) for remark in unnamed if not remark.warns],
            summary=self._comparison.summary,
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

        return pd.DataFrame(self._comparison.rows)

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
        return draw_lanes([*self._comparison.lanes, *self._comparison.differences], self.duration_seconds)

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
        made = self._comparison
        with self.hold_sync():
            self.sounds = made.told
            self.digests = self._digests
            self.differences = [{"label": lane.label, "magnified": lane.magnified} for lane in made.differences]
            self.outlines = b"".join(lane.packed() for lane in (*made.lanes, *made.differences))
            self.notes = [str(remark) for remark in made.remarks if remark.warns]
            self.remarks = [str(remark) for remark in made.remarks if not remark.warns]

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
            if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(self._comparison.files):
                raise ParameterError(f"There is no sound {index!r}.")
            return {}, [self._comparison.files[index]]
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
        size = max(len(data) for data in self._comparison.files) + 1024
        return without_traces(self._comparison.files[index], size, self._filling)

    def __repr__(self) -> str:
        title = f"{self.title!r}, " if self.title else ""
        kind = "" if self._test is None else f" ({'ABX' if self.mode == 'abx' else 'preference'} test)"
        what = f"Compare({title}{counted(len(self._comparison.rows), 'sound')}{kind}, {self.duration_seconds:.3f} s"
        if self._test and not self._test.finished:
            return (
                f"{what}, {self.answered} of {self.trials} trials answered; {'; '.join([*self.notes, *self.remarks])})"
            )
        lines = [f"  {told['label']}: {told['facts']}, gain {told['gain']}" for told in self.sounds]
        lines += [f"  {difference['label']}" for difference in self.differences]
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
                files=self._comparison.files,
                elsewhere=[not each.claims(self.model_id, here()) for each in self._ownerships],
                differences=[difference["label"] for difference in self.differences],
                notes=self.notes,
                remarks=self.remarks,
                picture=self.picture(),
                duration_seconds=self.duration_seconds,
            )
        return {**data, "text/plain": repr(self), "text/html": html}, metadata
