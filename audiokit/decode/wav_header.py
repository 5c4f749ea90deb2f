"""The header of a WAV file: RIFF, big-endian RIFX, and the 64-bit RF64 and BW64.

After the RIFF specification (IBM and Microsoft, 1991), Microsoft's "Multiple channel audio data and WAVE files" (2001,
``WAVE_FORMAT_EXTENSIBLE``), EBU Tech 3306 (RF64) and ITU-R BS.2088 (BW64). Nothing that a header claims is believed
beyond the end of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Literal

from audiokit.decode.backend import CannotDecode

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Encoding", "WavHeader", "read_header"]

Encoding = Literal["integer", "float", "alaw", "mulaw"]

_MOST_CHUNKS = 10_000  # before the sound; a hostile file could make us walk through millions of empty ones
_MOST_CHANNELS = 1024  # as many as any decoder takes
_MOST_LONG_CHUNKS = 64  # in the ds64 table of RF64, which names every chunk beyond 4 GiB
# What writers that could not go back leave where a size belongs: it means "to the end of the file". The last one is
# rounded down to whole frames.
_OPEN_SIZES = (0, 0x7FFFFFFF, 0x7FFFFF00, 0x7FFFF000)
_OPEN_32 = 0xFFFFFF00  # and everything from here on, in 32 bits
_OPEN_64 = 1 << 62  # and from here on in 64
_EXTENSIBLE = 0xFFFE
_ENCODINGS: dict[int, Encoding] = {1: "integer", 3: "float", 6: "alaw", 7: "mulaw"}
_FLOAT_BYTES = (2, 4, 8)
# The sub-format of WAVE_FORMAT_EXTENSIBLE is a GUID: the old format tag in two bytes, then one of these. Big-endian
# files are written with its first three fields in either order.
_GUID_TAILS = (
    bytes.fromhex("0000 0000 1000 8000 00aa 0038 9b71"),  # KSDATAFORMAT_SUBTYPE_*
    bytes.fromhex("0000 2107 d311 8644 c8c1 ca00 0000"),  # Ambisonic B-format: the samples are the same
)
_GUID_TAIL_BIG = bytes.fromhex("0000 0010 8000 00aa 0038 9b71")  # behind the tag in four bytes
_FORMAT_LITTLE, _FORMAT_BIG = Struct("<HHIIHH"), Struct(">HHIIHH")
_OTHER_CODECS = {
    0x0002: "Microsoft ADPCM",
    0x0011: "IMA ADPCM",
    0x0031: "GSM 6.10",
    0x0045: "G.726 ADPCM",
    0x0050: "MPEG audio",
    0x0055: "MP3",
    0x00FF: "AAC",
    0x0161: "Windows Media Audio",
    0x2000: "AC-3",
    0x2001: "DTS",
    0xF1AC: "FLAC",
}


@dataclass(frozen=True, slots=True)
class WavHeader:
    """Where the sound lies in the file, and how it is written there.

    Parameters
    ----------
    encoding : str
        ``"integer"``, ``"float"``, ``"alaw"`` or ``"mulaw"``.
    big_endian : bool
        Byte order of the samples.
    sample_rate : int
        Hz.
    channels : int
        At least 1.
    bytes_per_sample : int
        Width of the container of a sample: 1 to 8. The valid bits stand at its top, so that they do not matter for
        the scale; integers of one byte are unsigned.
    data_start : int
        First byte of the sound, counted from the beginning of the file.
    frames : int
        Samples in each channel that are really in the file.
    """

    encoding: Encoding
    big_endian: bool
    sample_rate: int
    channels: int
    bytes_per_sample: int
    data_start: int
    frames: int

    @property
    def bytes_per_frame(self) -> int:
        """One sample of every channel, in bytes."""
        return self.channels * self.bytes_per_sample

    @property
    def codec(self) -> str:
        """The field's name for the codec, for example ``"pcm_s16le"``."""
        if self.encoding in ("alaw", "mulaw"):
            return f"pcm_{self.encoding}"
        if self.encoding == "integer" and self.bytes_per_sample == 1:
            return "pcm_u8"
        kind = "f" if self.encoding == "float" else "s"
        return f"pcm_{kind}{8 * self.bytes_per_sample}{'be' if self.big_endian else 'le'}"


def read_header(read: Callable[[int, int], bytes], size_bytes: int) -> WavHeader:
    """Walk through the chunks to the sound.

    Parameters
    ----------
    read : callable
        ``read(position, length)`` returns these bytes of the file, fewer at its end.
    size_bytes : int
        Of the whole file.

    Returns
    -------
    WavHeader
        Without a claim that the file does not keep.

    Raises
    ------
    CannotDecode
        If it is no WAV file, holds another codec than PCM, float, A-law and mu-law, or its header is damaged.

    Examples
    --------
    >>> fmt = bytes.fromhex("666d7420 10000000 0100 0200 80bb0000 00ee0200 0400 1000")
    >>> file = b"RIFF" + bytes([44, 0, 0, 0]) + b"WAVE" + fmt + b"data" + bytes([8, 0, 0, 0]) + bytes(8)
    >>> header = read_header(lambda position, length: file[position : position + length], len(file))
    >>> header.codec, header.sample_rate, header.channels, header.frames
    ('pcm_s16le', 48000, 2, 2)
    """
    form = read(0, 12)
    magic = form[:4]
    if magic not in (b"RIFF", b"RIFX", b"RF64", b"BW64") or form[8:12] != b"WAVE":
        raise CannotDecode("it does not begin as a WAV file does")
    order: Literal["big", "little"] = "big" if magic == b"RIFX" else "little"
    riff_bytes = int.from_bytes(form[4:8], order)
    long_sizes: dict[bytes, int] = {}
    described: tuple[Encoding, int, int, int] | None = None
    position = 12
    for _ in range(_MOST_CHUNKS):
        head = read(position, 8)
        if len(head) < 8:
            raise CannotDecode("it ends before any sound: there is no data chunk")
        name, size = head[:4], int.from_bytes(head[4:], order)
        size = long_sizes.get(name, size) if size in (0, 0xFFFFFFFF) else size
        position += 8
        if name == b"ds64" and magic in (b"RF64", b"BW64"):
            riff_bytes, long_sizes = _long_sizes(read(position, min(size, 28 + 12 * _MOST_LONG_CHUNKS)))
        elif name == b"fmt " and described is None:
            described = _format(read(position, min(size, 40)), order)
        elif name == b"data":
            if described is None:
                raise CannotDecode("its sound comes before the fmt chunk that would describe it")
            encoding, rate, channels, width = described
            frame_bytes = channels * width
            frames = _sound_bytes(position, size, frame_bytes, riff_bytes, size_bytes) // frame_bytes
            return WavHeader(encoding, order == "big", rate, channels, width, position, frames)
        position += size + (size & 1)  # chunks begin at even bytes
        if position >= size_bytes:
            raise CannotDecode("it ends before any sound: there is no data chunk")
    raise CannotDecode(f"there is no data chunk among its first {_MOST_CHUNKS:,} chunks")


def _sound_bytes(start: int, stated: int, frame_bytes: int, riff_bytes: int, size_bytes: int) -> int:
    """How long the sound is: as stated, or to the end of the file where a writer could not go back to state it."""
    there = max(0, size_bytes - start)
    # The file as a whole states its true length only if the writer came back; then a sound of 0 bytes really is none.
    finished = size_bytes - 1 <= riff_bytes + 8 <= size_bytes + 1
    if finished:
        return min(stated, there)
    left_open = _OPEN_32 <= stated <= 0xFFFFFFFF or any(
        stated in (size, size // frame_bytes * frame_bytes) for size in _OPEN_SIZES
    )
    return there if left_open else min(stated, there)


def _long_sizes(content: bytes) -> tuple[int, dict[bytes, int]]:
    """Size of the whole, and sizes by chunk; 0 for a sound whose size was left open."""
    if len(content) < 24:
        raise CannotDecode(f"its ds64 chunk holds {len(content)} bytes of at least 24")
    riff_bytes, data_bytes = (int.from_bytes(content[at : at + 8], "little") for at in (0, 8))
    sizes = {b"data": data_bytes if data_bytes < _OPEN_64 else 0}
    count = min(int.from_bytes(content[24:28], "little"), _MOST_LONG_CHUNKS)
    for at in range(28, min(28 + 12 * count, len(content) - 11), 12):
        sizes.setdefault(content[at : at + 4], int.from_bytes(content[at + 4 : at + 12], "little"))
    return riff_bytes, sizes


def _format(content: bytes, order: Literal["big", "little"]) -> tuple[Encoding, int, int, int]:
    """(encoding, sample rate, channels, bytes of a sample's container) of a fmt chunk."""
    if len(content) < 16:
        raise CannotDecode(f"its fmt chunk holds {len(content)} bytes of at least 16")
    fields = _FORMAT_BIG if order == "big" else _FORMAT_LITTLE
    tag, channels, rate, bytes_a_second, block_bytes, bits = fields.unpack_from(content)
    if tag == _EXTENSIBLE:
        tag = _sub_format(content, order)
    encoding = _ENCODINGS.get(tag)
    if encoding is None:
        raise CannotDecode(f"its sound is {_OTHER_CODECS.get(tag, f'of format 0x{tag:04x}')}, not PCM")
    if not 1 <= channels <= _MOST_CHANNELS:
        raise CannotDecode(f"its header claims {channels:,} channels")
    if not rate:
        raise CannotDecode("its header claims a sample rate of 0 Hz")
    width, rest = divmod(block_bytes, channels)
    claims = f"its header contradicts itself: {channels} channels of {bits} bits in blocks of {block_bytes} bytes"
    if rest or not 1 <= width <= 8 or not 1 <= bits <= 8 * width:
        raise CannotDecode(claims)
    if encoding == "float" and (width not in _FLOAT_BYTES or bits != 8 * width):
        raise CannotDecode(claims)
    if encoding in ("alaw", "mulaw") and (width, bits) != (1, 8):
        raise CannotDecode(claims)
    # A container wider than its bits need is allowed, at the top of it; then two statements must stand against one,
    # and a width must be left no doubt about the sign (bytes are unsigned, everything wider is signed).
    if width != (bits + 7) // 8 and (bits <= 8 or bytes_a_second != rate * block_bytes):
        raise CannotDecode(claims)
    return encoding, rate, channels, width


def _sub_format(content: bytes, order: Literal["big", "little"]) -> int:
    """Format tag in the GUID of WAVE_FORMAT_EXTENSIBLE."""
    guid = content[24:40]
    if len(guid) < 16:
        raise CannotDecode(f"its extended fmt chunk holds {len(content)} bytes of 40")
    if guid[2:] in _GUID_TAILS:
        return int.from_bytes(guid[:2], "little")
    if order == "big" and guid[4:] == _GUID_TAIL_BIG:
        return int.from_bytes(guid[:4], "big")
    raise CannotDecode(f"its sub-format {guid.hex()} is unknown")
