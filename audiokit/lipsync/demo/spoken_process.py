"""The process in which espeak-ng speaks and says when each sound begins; for the demo's training alone.

One JSON line comes in on stdin: ``library``, ``data`` (the folder that holds ``espeak-ng-data``) and ``texts``, a list
of ``[text, voice, words_per_minute, pitch]``. For each text one JSON line goes out on stdout, ``{"sample_rate",
"samples", "sounds"}`` with ``sounds`` a list of ``[sample, IPA]``, and after it the samples as int16. Standard library
only, so that espeak-ng, which is GPL-3.0-or-later, is loaded into this process and no other.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any

__all__ = ["main"]

# espeak-ng's speak_lib.h
_SYNCHRONOUS, _UTF8 = 2, 1
_PHONEME_EVENTS, _IPA, _DO_NOT_EXIT = 0x0001, 0x0002, 0x8000
_RATE, _PITCH = 1, 3
_END_OF_LIST, _PHONEME = 0, 7


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("string", ctypes.c_char * 8),
    )


def main() -> None:
    """Answer one request."""
    request = json.loads(sys.stdin.buffer.readline())
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a C library prints must not fall between the samples
    library = ctypes.CDLL(request["library"])
    os.chdir(request["data"])
    options = _PHONEME_EVENTS | _IPA | _DO_NOT_EXIT
    sample_rate = library.espeak_Initialize(_SYNCHRONOUS, 0, b".", options)
    if sample_rate <= 0:
        sys.exit("espeak-ng cannot read its data")
    pcm, sounds = bytearray(), []
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))

    def collect(samples: int | None, count: int, events: Any) -> int:
        if samples and count > 0:
            pcm.extend(ctypes.string_at(samples, 2 * count))
        index = 0
        while events and events[index].type != _END_OF_LIST:
            if events[index].type == _PHONEME:
                sounds.append([events[index].sample, events[index].string.decode("utf-8", "ignore")])
            index += 1
        return 0

    callback = kind(collect)  # kept in a name: the library holds no reference to it
    library.espeak_SetSynthCallback(callback)
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p,
        ctypes.c_void_p,
    ]  # fmt: skip
    for text, voice, words_per_minute, pitch in request["texts"]:
        pcm.clear()
        sounds.clear()
        if library.espeak_SetVoiceByName(voice.encode("ascii")) != 0:
            sys.exit(f"espeak-ng has no voice {voice!r}")
        library.espeak_SetParameter(_RATE, int(words_per_minute), 0)
        library.espeak_SetParameter(_PITCH, int(pitch), 0)
        coded = text.encode("utf-8") + b"\0"
        library.espeak_Synth(coded, len(coded), 0, 0, 0, _UTF8, None, None)
        library.espeak_Synchronize()
        answer = {"sample_rate": sample_rate, "samples": len(pcm) // 2, "sounds": sounds}
        out.write(json.dumps(answer).encode() + b"\n" + bytes(pcm))
    out.close()


if __name__ == "__main__":
    main()
