"""The helper process in which espeak-ng runs; nothing of espeak-ng is ever loaded into the caller's process.

Requests come in on stdin, one line each, until it ends: words ``name=value`` with the value's UTF-8 as hexadecimal.
Names are ``library``, ``data`` (the folder that holds ``espeak-ng-data``), ``text``, ``voice``, ``words_per_minute``,
``pitch``, ``max_seconds``, ``ssml`` (``True``, or absent). For each, out on stdout goes one line of the same kind,
``sample_rate`` and ``samples`` or ``error`` and ``message``, and after the former the samples as little-endian int16.

Of the standard library it imports next to nothing: json and typing would take as long as all the rest until the first
sound.
"""

from __future__ import annotations

import ctypes
import os
import sys

__all__ = ["as_line", "main", "of_line", "opened", "path_of", "synthesise"]

# espeak-ng's speak_lib.h
_SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT: samples go to the callback, the call returns when all is spoken
_DO_NOT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT: a missing data folder is a return code, not exit(1)
_UTF8, _SSML = 1, 0x10
_RATE, _PITCH = 1, 3
_CONTINUE, _STOP = 0, 1


def as_line(values: dict[str, object]) -> bytes:
    """Write a request or an answer; half a surrogate pair, which UTF-8 has not, becomes a question mark."""
    return (
        " ".join(f"{name}={str(value).encode('utf-8', 'replace').hex()}" for name, value in values.items()).encode()
        + b"\n"
    )


def of_line(line: bytes) -> dict[str, str]:
    """Read what `as_line` wrote."""
    pairs = (word.partition("=") for word in line.decode("ascii").split())
    return {name: bytes.fromhex(value).decode("utf-8") for name, _, value in pairs}


def path_of(voice: str) -> str:
    """Return where a voice's file lies below ``lang``, as ``gmw/en+f3``; the name itself where none is called so.

    espeak-ng takes both. For a name it reads the files of all voices first, which takes longer than a short sentence.
    """
    base, plus, variant = voice.partition("+")
    for family in sorted(os.scandir("espeak-ng-data/lang"), key=lambda entry: entry.name):
        if family.is_dir():
            for found in os.scandir(family.path):
                if found.name.lower() == base.lower():
                    return f"{family.name}/{found.name}{plus}{variant}"
    return voice


class _Refused(Exception):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def opened(library: str, data: str) -> tuple[ctypes.CDLL, int]:
    """Load espeak-ng into this process.

    Parameters
    ----------
    library : str
        Path of the shared library.
    data : str
        The folder that holds ``espeak-ng-data``.

    Returns
    -------
    library : ctypes.CDLL
        Ready to speak.
    sample_rate : int
        In Hz, as espeak-ng chooses it.
    """
    loaded = ctypes.CDLL(library)
    # espeak-ng keeps its data path in a buffer of 160 characters: a relative path is never too long for it
    os.chdir(data)
    sample_rate = loaded.espeak_Initialize(_SYNCHRONOUS, 0, b".", _DO_NOT_EXIT)
    if sample_rate <= 0:
        raise _Refused("data", f"espeak-ng cannot read its data below {data}")
    return loaded, sample_rate


def synthesise(library: ctypes.CDLL, sample_rate: int, request: dict[str, str]) -> bytes:
    """Speak.

    Parameters
    ----------
    library : ctypes.CDLL
        As `opened` gave it.
    sample_rate : int
        In Hz.
    request : dict
        The keys named above.

    Returns
    -------
    bytes
        int16 samples, one channel.
    """
    if library.espeak_SetVoiceByName(path_of(request["voice"]).encode("ascii")) != 0:
        raise _Refused("voice", f"espeak-ng has no voice {request['voice']!r}")
    for parameter, value in ((_RATE, request["words_per_minute"]), (_PITCH, request["pitch"])):
        if library.espeak_SetParameter(parameter, int(value), 0) != 0:
            raise _Refused("parameter", f"espeak-ng does not take {value} for its parameter {parameter}")

    pcm = bytearray()
    limit = int(float(request["max_seconds"]) * sample_rate) * 2
    callback_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)

    def collect(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            pcm.extend(ctypes.string_at(samples, 2 * count))
        return _STOP if len(pcm) > limit else _CONTINUE

    callback = callback_type(collect)  # kept in a name: the library holds no reference to it
    library.espeak_SetSynthCallback(callback)
    text = request["text"].encode("utf-8", "replace") + b"\0"
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    flags = _UTF8 | _SSML if request.get("ssml") == "True" else _UTF8
    library.espeak_Synth(text, len(text), 0, 0, 0, flags, None, None)
    library.espeak_Synchronize()
    if len(pcm) > limit:
        raise _Refused("length", f"the text takes more than {float(request['max_seconds']):g} s to speak")
    if sys.byteorder == "big":
        import array

        swapped = array.array("h", bytes(pcm))
        swapped.byteswap()
        return swapped.tobytes()
    return bytes(pcm)


def main() -> None:
    """Answer requests until there are no more."""
    requests = sys.stdin.buffer
    # what a C library prints must not fall between the samples: file descriptor 1 becomes stderr
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    engine: tuple[ctypes.CDLL, int] | None = None
    for line in iter(requests.readline, b""):
        request = of_line(line)
        try:
            engine = engine or opened(request["library"], request["data"])
            library, sample_rate = engine
            pcm = synthesise(library, sample_rate, request)
            answer: dict[str, object] = {"sample_rate": sample_rate, "samples": len(pcm) // 2}
        except _Refused as refused:
            pcm, answer = b"", {"error": refused.kind, "message": str(refused)}
        out.write(as_line(answer))
        out.write(pcm)
        out.flush()
    out.close()


if __name__ == "__main__":
    main()
