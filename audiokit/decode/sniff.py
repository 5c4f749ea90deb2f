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


# (offset, bytes, container); from the formats' specifications
_MEDIA: tuple[tuple[int, bytes, str], ...] = (
    (0, b"fLaC", "flac"),
    (0, b"RF64", "wav"),
    (0, b"RIFX", "wav"),
    (0, b"BW64", "wav"),
    (0, b"riff\x2e\x91\xcf\x11", "w64"),
    (0, b".snd", "au"),
    (0, b"caff", "caf"),
    (0, b"NIST_1A", "nist"),
    (0, b"Creative Voice File", "voc"),
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"FLV\x01", "flv"),
    (0, b"#!AMR", "amr"),
    (0, b"wvpk", "wavpack"),
    (0, b"MAC ", "ape"),
    (0, b"TTA1", "tta"),
    (0, b"DSD ", "dsf"),
    (0, b"\x00\x00\x01\xba", "mpeg"),
    (0, b"\x00\x00\x01\xb3", "mpeg"),
    (0, b"\x0b\x77", "ac3"),
    (0, b"\x7f\xfe\x80\x01", "dts"),
)
_OTHER: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF", "a PDF document"),
    (0, b"\x89PNG\r\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"PK\x03\x04", "a ZIP archive or an office document"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive"),
    (0, b"\x7fELF", "a program"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"SQLite format 3", "a SQLite database"),
    (0, b"#EXTM3U", "a playlist"),
    (0, b"MThd", "a MIDI score, which holds notes and no sound"),
)


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
    for offset, magic, words in _OTHER:
        if head[offset : offset + len(magic)] == magic:
            return Sniffed(Content.OTHER, words)
    for offset, magic, container in _MEDIA:
        if head[offset : offset + len(magic)] == magic:
            return Sniffed(Content.MEDIA, container)
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
