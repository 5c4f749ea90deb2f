"""Which backend reads what: by content, in order, with the next one as a second opinion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from audiokit.decode.backend import AudioInfo, Backend, CannotDecode, Decoded
from audiokit.decode.ogg_pages import damaged_pages_warning
from audiokit.decode.pyav_backend import PyAVBackend
from audiokit.decode.sniff import Content, Sniffed, sniff
from audiokit.decode.soundfile_backend import SoundFileBackend
from audiokit.decode.source import Source, SourceLike, open_source
from audiokit.decode.truncation import truncation_warning
from audiokit.errors import DamagedAudio, InputError, NoAudioTrack, UnrecognisedFormat

__all__ = ["Route", "Router", "backends"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Route:
    """A rule: this content is read by these backends, in this order, for this reason."""

    container: str
    codec: str
    backends: tuple[str, ...]
    why: str


_SNDFILE_FIRST = ("soundfile", "pyav")
_FFMPEG_FIRST = ("pyav", "soundfile")
_ROUTES = (
    *(Route(c, "", _SNDFILE_FIRST, "libsndfile reads it whole without the GIL") for c in ("wav", "flac", "mp3")),
    *(Route(c, "", _SNDFILE_FIRST, "a libsndfile format") for c in ("aiff", "au", "caf", "w64", "nist", "voc")),
    Route("ogg", "vorbis", _SNDFILE_FIRST, "libsndfile seeks exactly in Vorbis"),
    Route("ogg", "flac", _SNDFILE_FIRST, "a libsndfile format"),
    Route("ogg", "opus", _FFMPEG_FIRST, "FFmpeg's Opus is faster, and its rate is always 48 kHz"),
)
_EVERYTHING_ELSE = Route("", "", _FFMPEG_FIRST, "FFmpeg knows nearly every format")


@dataclass(frozen=True)
class Router:
    """Backends by name, and the order in which they are asked.

    Parameters
    ----------
    registered : mapping of str to Backend
        By default soundfile and PyAV.
    routes : tuple of Route
        The first whose container (and codec, where it names one) fits is used.
    """

    registered: dict[str, Backend] = field(
        default_factory=lambda: {"soundfile": SoundFileBackend(), "pyav": PyAVBackend()}
    )
    routes: tuple[Route, ...] = _ROUTES

    def route(self, sniffed: Sniffed) -> Route:
        """Return the rule for this content."""
        for route in self.routes:
            if route.container == sniffed.container and route.codec in ("", sniffed.codec):
                return route
        return _EVERYTHING_ELSE

    def info(self, source: SourceLike | Source) -> AudioInfo:
        """Describe a source; see `audiokit.info`."""
        return self._ask(source, lambda backend, opened, sniffed: backend.info(opened, sniffed))

    def read(
        self, source: SourceLike | Source, offset_seconds: float = 0.0, duration_seconds: float | None = None
    ) -> Decoded:
        """Decode a source at its own rate; see `audiokit.read`."""
        opened = open_source(source)

        def decode(backend: Backend, checked: Source, sniffed: Sniffed) -> Decoded:
            decoded = backend.read(checked, sniffed, offset_seconds, duration_seconds)
            cut = truncation_warning(checked, sniffed.container)
            told = any("truncated" in warning for warning in decoded.warnings)
            damage = damaged_pages_warning(checked) if sniffed.container == "ogg" else ""
            more = [warning for warning in ("" if told else cut, damage) if warning]
            return replace(decoded, warnings=(*decoded.warnings, *more))

        return self._ask(opened, decode)

    def _ask(self, source: SourceLike | Source, question: Callable[[Backend, Source, Sniffed], _T]) -> _T:
        opened = open_source(source)
        sniffed = sniff(opened.head)
        if sniffed.content is Content.OTHER:
            raise UnrecognisedFormat(
                f"{opened.name}: its content is {sniffed.container}, not audio or video.",
                cure="Give a recording; the name's ending does not matter, its content does.",
            )
        refusals: list[tuple[str, CannotDecode]] = []
        for name in self.route(sniffed).backends:
            try:
                return question(self.registered[name], opened, sniffed)
            except CannotDecode as refusal:
                refusals.append((name, refusal))
            except MemoryError as error:
                raise InputError(
                    f"{opened.name}: its sound does not fit in memory.",
                    cure="Read spans of it: offset_seconds and duration_seconds.",
                ) from error
        raise _explain(opened, sniffed, refusals)


def _explain(source: Source, sniffed: Sniffed, refusals: list[tuple[str, CannotDecode]]) -> InputError:
    cut = truncation_warning(source, sniffed.container)
    if not cut and any(refusal.no_audio_track for _, refusal in refusals):
        reason = next(refusal.reason for _, refusal in refusals if refusal.no_audio_track)
        return NoAudioTrack(
            f"{source.name}: there is no sound track in it ({reason}).", cure="Give a file that has sound."
        )
    said = "; ".join(f"{name}: {refusal.reason.rstrip('.')}" for name, refusal in refusals)
    if sniffed.content is Content.UNKNOWN:
        return UnrecognisedFormat(
            f"{source.name}: its first bytes ({source.head[:8].hex(' ')}) are no known audio or video ({said}).",
            cure="Check the file, or convert it with the program that made it.",
        )
    why = cut or f"The decoders say: {said}."
    return DamagedAudio(
        f"{source.name}: it looks like {sniffed.container}, but nothing in it can be decoded. {why}",
        cure="Copy or export it again from its origin.",
    )


def backends(router: Router | None = None) -> list[Route]:
    """Which content goes where, and why.

    Examples
    --------
    >>> next(route.backends for route in backends() if route.codec == "opus")
    ('pyav', 'soundfile')
    """
    return [*(router or Router()).routes, _EVERYTHING_ELSE]
