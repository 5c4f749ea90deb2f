"""The error tree. Every message says what was found, what was wanted, and the cure.

::

    AudiokitError
    ├── InputError (ValueError)                  what was given cannot be used; the command line exits with 2
    │   ├── SourceNotFound (FileNotFoundError)     no such file
    │   ├── SourceUnreadable (OSError)             a directory, no permission, a device error
    │   ├── EmptySource                            nothing in it
    │   ├── UnrecognisedFormat                     not audio, video or annotations of a kind that is known
    │   ├── NoAudioTrack                           a container without sound
    │   ├── DamagedAudio                           audio, of which nothing (strict: not all) can be decoded
    │   ├── MalformedAnnotations                   annotations that break the rules of their format
    │   ├── LossyFormat                            a format that cannot hold all that is to be kept
    │   ├── LimitExceeded                          more channels, a higher rate or more sound than is allowed
    │   ├── DecodeTimeout (TimeoutError)           decoding took longer than is allowed
    │   ├── OutputExists (FileExistsError)         a file is there already, and may not be overwritten
    │   ├── OutputUnwritable (OSError)             a file cannot be written there
    │   └── ParameterError                         an argument or notebook parameter that does not fit
    ├── Unavailable (RuntimeError)               something is not on this machine; `.cure` says how to get it
    │   ├── ModelUnavailable (LookupError)         weights
    │   │   └── ModelRefused                         weights that cannot be trusted: damaged, pickled, with a head that
    │   │                                            does not load or fit, or deaf to what is put in
    │   └── LibraryUnavailable (ImportError)       a library
    ├── OptimisationRefused (RuntimeError)       a faster form of a model answers differently, or cannot be made
    ├── SynthesisFailed (RuntimeError)           a voice's process ended without an answer
    ├── WorkerDied (RuntimeError)                a process that loads for a training ended, and again when replaced
    └── ReportFailed (RuntimeError)              a notebook stopped; the command line exits with 1

Each also inherits the built-in that a caller would expect, so ``except FileNotFoundError`` works.
"""

from __future__ import annotations

__all__ = [
    "AudiokitError",
    "DamagedAudio",
    "DecodeTimeout",
    "EmptySource",
    "InputError",
    "LibraryUnavailable",
    "LimitExceeded",
    "LossyFormat",
    "MalformedAnnotations",
    "ModelRefused",
    "ModelUnavailable",
    "NoAudioTrack",
    "OptimisationRefused",
    "OutputExists",
    "OutputUnwritable",
    "ParameterError",
    "ReportFailed",
    "SourceNotFound",
    "SourceUnreadable",
    "SynthesisFailed",
    "Unavailable",
    "UnrecognisedFormat",
    "WorkerDied",
]


class AudiokitError(Exception):
    """Everything that audiokit raises on purpose.

    Parameters
    ----------
    message : str
        What was found and what was wanted, in one sentence.
    cure : str, optional
        What the reader can do about it; a command where there is one.
    """

    def __init__(self, message: str, *, cure: str = "") -> None:
        self.message = message
        self.cure = cure
        super().__init__(message)

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".rstrip()


class InputError(AudiokitError, ValueError):
    """What was given cannot be used."""


class SourceNotFound(InputError, FileNotFoundError):
    """There is no file at the path given."""


class SourceUnreadable(InputError, OSError):
    """The path exists, but it cannot be read as a file."""


class EmptySource(InputError):
    """The source holds no bytes, or no audio frames."""


class UnrecognisedFormat(InputError):
    """The content is not audio or video that any backend knows, nor annotations of a known format."""


class NoAudioTrack(InputError):
    """A media file without a sound track."""


class DamagedAudio(InputError):
    """Audio of a known format of which nothing can be decoded, or not all where all was asked for."""


class MalformedAnnotations(InputError):
    """Annotations that break the rules of their format; the message names the line."""


class LossyFormat(InputError):
    """A file format that cannot hold all of what is given, where nothing may be lost."""


class LimitExceeded(InputError):
    """More channels, a higher sample rate or more sound than `audiokit.decode.Limits` allow."""


class DecodeTimeout(InputError, TimeoutError):
    """Decoding took longer than was allowed."""


class OutputExists(InputError, FileExistsError):
    """A file is there already, and it may not be overwritten."""


class OutputUnwritable(InputError, OSError):
    """A file cannot be written at the path given."""


class ParameterError(InputError):
    """An argument or notebook parameter that does not fit."""


class Unavailable(AudiokitError, RuntimeError):
    """Something that is not on this machine; ``cure`` says how to get it."""


class ModelUnavailable(Unavailable, LookupError):
    """Weights that are not on this machine."""


class ModelRefused(ModelUnavailable):
    """Weights that are on this machine and cannot be trusted; the message says what gave them away."""


class LibraryUnavailable(Unavailable, ImportError):
    """A library that is not installed."""


class OptimisationRefused(AudiokitError, RuntimeError):
    """A faster form of a model that answers differently beyond the stated tolerance, or cannot be made."""


class SynthesisFailed(AudiokitError, RuntimeError):
    """The process that speaks ended, or went on for too long, without an answer."""


class WorkerDied(AudiokitError, RuntimeError):
    """A process that loads for a training ended, and so did those that replaced it."""


class ReportFailed(AudiokitError, RuntimeError):
    """A notebook stopped before its end."""
