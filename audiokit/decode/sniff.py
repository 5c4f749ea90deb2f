"""What a file is, by its first bytes and never by its name."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["Content", "Sniffed", "sniff"]


class Content(enum.Enum):
    """What kind of thing the bytes are."""

    MEDIA = "media"
    OTHER = "other"  # recognised, and it is no media
    UNKNOWN = "unknown"  # no signature matched; a decoder may still know it


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A guess by signature.

    Parameters
    ----------
    content : Content
        Media, something else, or unknown.
    container : str
        Short name, for example ``"wav"`` or ``"ogg"``; for other content, what it is in words.
    codec : str
        Where the signature tells it, for example ``"opus"`` in Ogg; else empty.
    """

    content: Content
    container: str
    codec: str = ""


# (first bytes, container); from the formats' specifications
_MEDIA: tuple[tuple[bytes, str], ...] = (
    (b"fLaC", "flac"),
    (b"RF64", "wav"),
    (b"RIFX", "wav"),
    (b"BW64", "wav"),
    (b"riff\x2e\x91\xcf\x11", "w64"),
    (b".snd", "au"),
    (b"caff", "caf"),
    (b"NIST_1A", "nist"),
    (b"Creative Voice File", "voc"),
    (b"\x1aE\xdf\xa3", "matroska"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"FLV\x01", "flv"),
    (b"#!AMR", "amr"),
    (b"wvpk", "wavpack"),
    (b"MAC ", "ape"),
    (b"TTA1", "tta"),
    (b"DSD ", "dsf"),
    (b"\x00\x00\x01\xba", "mpeg"),
    (b"\x00\x00\x01\xb3", "mpeg"),
    (b"\x0b\x77", "ac3"),
    (b"\x7f\xfe\x80\x01", "dts"),
)
_OTHER: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x7fELF", "a program"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"SQLite format 3", "a SQLite database"),
    (b"#EXTM3U", "a playlist"),
    (b"MThd", "a MIDI score, which holds notes and no sound"),
)


def _by_first_byte() -> dict[int, tuple[tuple[bytes, Sniffed], ...]]:
    """Signatures in the order in which they are looked for, under their first byte: few of them are left then."""
    table: dict[int, list[tuple[bytes, Sniffed]]] = {}
    for content, signatures in ((Content.OTHER, _OTHER), (Content.MEDIA, _MEDIA)):
        for magic, name in signatures:
            table.setdefault(magic[0], []).append((magic, Sniffed(content, name)))
    return {first: tuple(found) for first, found in table.items()}


_SIGNATURES = _by_first_byte()


def sniff(head: bytes) -> Sniffed:
    """Tell the container by signature.

    Parameters
    ----------
    head : bytes
        The first bytes of the file; 4096 are plenty.

    Examples
    --------
    >>> sniff(b"OggS" + bytes(24) + b"OpusHead").codec
    'opus'
    >>> sniff(b"Dear diary, today I recorded nothing.").container
    'text'
    """
    for magic, found in _SIGNATURES.get(head[0], ()) if head else ():
        if head.startswith(magic):
            return found
    special = _riff(head) or _ogg(head) or _iso_media(head) or _mpeg_audio(head)
    if special:
        return special
    if _is_text(head):
        return Sniffed(Content.OTHER, "text")
    return Sniffed(Content.UNKNOWN, "")


def _riff(head: bytes) -> Sniffed | None:
    if head[:4] == b"RIFF":
        return Sniffed(Content.MEDIA, {b"WAVE": "wav", b"AVI ": "avi"}.get(head[8:12], "riff"))
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return Sniffed(Content.MEDIA, "aiff")
    return None


def _ogg(head: bytes) -> Sniffed | None:
    if head[:4] != b"OggS":
        return None
    first_page = head[:256]
    for magic, codec in (
        (b"OpusHead", "opus"),
        (b"\x01vorbis", "vorbis"),
        (b"\x7fFLAC", "flac"),
        (b"Speex   ", "speex"),
        (b"\x80theora", "theora"),
    ):
        if magic in first_page:
            return Sniffed(Content.MEDIA, "ogg", codec)
    return Sniffed(Content.MEDIA, "ogg")


def _iso_media(head: bytes) -> Sniffed | None:
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return Sniffed(Content.MEDIA, "mp4")
    if len(head) > 188 and head[0] == 0x47 and head[188] == 0x47:
        return Sniffed(Content.MEDIA, "mpegts")
    return None


def _mpeg_audio(head: bytes) -> Sniffed | None:
    """MP3 or ADTS AAC: an ID3 tag, or an 11-bit frame sync (ISO/IEC 11172-3, 13818-7)."""
    if head[:3] == b"ID3":
        return Sniffed(Content.MEDIA, "mp3")
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = (head[1] >> 1) & 3
    if layer == 0:
        return Sniffed(Content.MEDIA, "adts", "aac") if head[1] & 0xF0 == 0xF0 else None
    bit_rate_index, rate_index = head[2] >> 4, (head[2] >> 2) & 3
    if bit_rate_index == 15 or rate_index == 3:
        return None
    return Sniffed(Content.MEDIA, "mp3", "mp3" if layer == 1 else "")


def _is_text(head: bytes) -> bool:
    if not head or b"\0" in head:
        return False
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # a character cut at the end of the head is fine
            return False
        text = head[: error.start].decode("utf-8")
    printable = sum(character.isprintable() or character in "\r\n\t\f" for character in text)
    return printable >= 0.97 * len(text)
