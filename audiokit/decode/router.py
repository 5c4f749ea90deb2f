"""Which backend reads what: by content, in order, with the next one as a second opinion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from audiokit.decode.backend import AudioInfo, Backend, CannotDecode
from audiokit.decode.pyav_backend import PyAVBackend
from audiokit.decode.sniff import Content, Sniffed, sniff
from audiokit.decode.soundfile_backend import SoundFileBackend
from audiokit.decode.source import Source, SourceLike, open_source
from audiokit.decode.truncation import truncation_warning
from audiokit.decode.wav_backend import WavBackend
from audiokit.errors import DamagedAudio, InputError, NoAudioTrack, ParameterError, UnrecognisedFormat
from audiokit.sharing import SharedDefault

__all__ = ["Route", "Router", "backends", "default_router", "set_default_router"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Route:
    """A rule: this content is read by these backends, in this order, for this reason."""

    container: str
    codec: str
    backends: tuple[str, ...]
    why: str


_OWN_FIRST = ("wav", "soundfile", "pyav")
_SNDFILE_FIRST = ("soundfile", "pyav")
_FFMPEG_FIRST = ("pyav", "soundfile")
_ROUTES = (
    Route("wav", "", _OWN_FIRST, "PCM is read as it stands in the file; other codecs in WAV go on to the others"),
    *(Route(c, "", _SNDFILE_FIRST, "libsndfile decodes it without the GIL, in segments") for c in ("flac", "mp3")),
    *(Route(c, "", _SNDFILE_FIRST, "a libsndfile format") for c in ("aiff", "au", "caf", "w64", "nist", "voc")),
    Route("ogg", "vorbis", _SNDFILE_FIRST, "libsndfile decodes it without the GIL, in segments"),
    Route("ogg", "flac", _SNDFILE_FIRST, "a libsndfile format"),
    Route("ogg", "opus", _FFMPEG_FIRST, "FFmpeg's Opus is three times as fast, and its rate is always 48 kHz"),
)
_EVERYTHING_ELSE = Route("", "", _FFMPEG_FIRST, "FFmpeg knows nearly every format")


def _own_backends() -> dict[str, Backend]:
    return {"wav": WavBackend(), "soundfile": SoundFileBackend(), "pyav": PyAVBackend()}


@dataclass(frozen=True)
class Router:
    """Backends by name, and the order in which they are asked. A router does not change; its methods make others.

    Parameters
    ----------
    registered : mapping of str to Backend
        By default ``wav`` (our own parser), ``soundfile`` and ``pyav``.
    routes : tuple of Route
        The first whose container (and codec, where it names one) fits is used.

    Examples
    --------
    >>> first_ffmpeg = Router().with_route(Route("flac", "", ("pyav",), "to compare"))
    >>> [route.backends for route in first_ffmpeg.routes if route.container == "flac"][0]
    ('pyav',)
    """

    registered: Mapping[str, Backend] = field(default_factory=_own_backends)
    routes: tuple[Route, ...] = (*_ROUTES, _EVERYTHING_ELSE)

    def with_backend(self, backend: Backend, *routes: Route) -> Router:
        """Make a router that knows one more backend; its routes come before the others.

        Parameters
        ----------
        backend : Backend
            One of the same name is replaced.
        *routes : Route
            Where it is asked, and before or after whom; without any, a route that names it must be there already.
        """
        return replace(self, registered={**self.registered, backend.name: backend}).with_route(*routes)

    def with_route(self, *routes: Route) -> Router:
        """Make a router that looks at these routes first.

        Raises
        ------
        ParameterError
            For a route that names no backend, or one that is not registered.
        """
        for route in routes:
            unknown = [name for name in route.backends if name not in self.registered]
            if unknown or not route.backends:
                raise ParameterError(
                    f"The route for {route.container or 'everything'} names the backends {route.backends}.",
                    cure=f"Name one or more of {', '.join(self.registered)}; with_backend adds one.",
                )
        return replace(self, routes=(*routes, *self.routes))

    def route(self, sniffed: Sniffed) -> Route:
        """Return the rule for this content."""
        for route in self.routes:
            if route.container in ("", sniffed.container) and route.codec in ("", sniffed.codec):
                return route
        return _EVERYTHING_ELSE

    def info(self, source: SourceLike | Source, *, track: int = 0) -> AudioInfo:
        """Describe a source; see `audiokit.info`."""
        return self.ask(open_source(source), lambda backend, opened, sniffed: backend.info(opened, sniffed, track))

    def ask(
        self,
        source: Source,
        question: Callable[[Backend, Source, Sniffed], _T],
        *,
        flaw: Callable[[_T], float] = lambda _: 0.0,
    ) -> _T:
        """Put a question to the backends of the route, in its order.

        Parameters
        ----------
        source : Source
            The file.
        question : callable
            ``question(backend, source, sniffed)``; raises `CannotDecode` where the next one is to be asked.
        flaw : callable
            How bad an answer is. The first without a flaw is the one; if all have one, the least bad.

        Raises
        ------
        InputError
            Of the kind that fits what the backends said.
        """
        sniffed = sniff(source.head)
        if sniffed.content is Content.OTHER:
            raise UnrecognisedFormat(
                f"{source.name}: its content is {sniffed.container}, not audio or video.",
                cure="Give a recording; the name's ending does not matter, its content does.",
            )
        refusals: list[tuple[str, CannotDecode]] = []
        flawed: list[tuple[float, _T]] = []
        for name in self.route(sniffed).backends:
            try:
                answer = question(self.registered[name], source, sniffed)
            except CannotDecode as refusal:
                refusals.append((name, refusal))
            except MemoryError as error:
                raise InputError(
                    f"{source.name}: its sound does not fit in memory.",
                    cure="Go through it with blocks(...), or read spans of it: offset_seconds and duration_seconds.",
                ) from error
            else:
                badness = flaw(answer)
                if not badness:
                    return answer
                flawed.append((badness, answer))
        if flawed:
            return min(flawed, key=lambda pair: pair[0])[1]
        raise _explain(source, sniffed, refusals)


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


_DEFAULT = SharedDefault(Router)  # one of the house's three


def default_router() -> Router:
    """Return the router that is used where none is given."""
    return _DEFAULT.get()


def set_default_router(router: Router | None) -> None:
    """Use a router wherever none is given, in this process; None brings the original back.

    Examples
    --------
    >>> set_default_router(default_router().with_route(Route("flac", "", ("pyav",), "to compare")))
    >>> set_default_router(None)
    """
    _DEFAULT.set(router)


def backends(router: Router | None = None) -> list[Route]:
    """Which content goes where, and why.

    Parameters
    ----------
    router : Router, optional
        The default one if None.

    Examples
    --------
    >>> next(route.backends for route in backends() if route.codec == "opus")
    ('pyav', 'soundfile')
    """
    return list((router or default_router()).routes)
