"""What is no recording, lies about itself, or wants more than it may have: refused with words that help."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest
import soundfile

import audiokit
from audiokit import errors

RATE = 48_000


class TestBadInput:
    def test_missing(self, tmp_path):
        (tmp_path / "holiday.wav").write_bytes(b"x")
        with pytest.raises(errors.SourceNotFound, match="Did you mean 'holiday.wav'") as caught:
            audiokit.read(tmp_path / "holidai.wav")
        assert isinstance(caught.value, FileNotFoundError)

    def test_directory(self, tmp_path):
        with pytest.raises(errors.SourceUnreadable, match="directory"):
            audiokit.info(tmp_path)

    def test_empty(self, tmp_path):
        (tmp_path / "empty.mp3").touch()
        with pytest.raises(errors.EmptySource, match="0 bytes"):
            audiokit.read(tmp_path / "empty.mp3")

    def test_header_only(self, tmp_path):
        soundfile.write(tmp_path / "none.wav", np.zeros((0, 1)), 8000)
        with pytest.raises(errors.EmptySource, match="no audio"):
            audiokit.read(tmp_path / "none.wav")

    @pytest.mark.parametrize(
        ("content", "found"),
        [
            (b"Meeting notes\n" * 40, "text"),
            ("Übung\n".encode() * 900, "text"),
            (b"%PDF-1.7 ...", "PDF"),
            (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG"),
            (b"#EXTM3U\nhttp://example.com/a.mp3\n", "playlist"),
            (bytes(range(7, 255)) * 4, "no known audio"),
            (bytes(5000), "no known audio"),
        ],
    )
    def test_not_media(self, tmp_path, content, found):
        path = tmp_path / "speech.wav"
        path.write_bytes(content)
        with pytest.raises(errors.UnrecognisedFormat, match=found) as caught:
            audiokit.read(path)
        assert "speech.wav" in str(caught.value)

    def test_video_without_sound(self, make_media):
        path = make_media("silent.mp4", None, 48_000, "aac", video=True)
        with pytest.raises(errors.NoAudioTrack, match="no sound track"):
            audiokit.read(path)
        with pytest.raises(errors.NoAudioTrack):
            audiokit.info(path)

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read everything")
    def test_no_permission(self, tmp_path):
        path = tmp_path / "secret.wav"
        path.write_bytes(b"RIFF")
        path.chmod(0)
        with pytest.raises(errors.SourceUnreadable, match="not permitted"):
            audiokit.read(path)

    def test_no_permission_as_told_by_the_system(self, tmp_path, monkeypatch):
        path = tmp_path / "secret.wav"
        path.write_bytes(b"RIFF")

        def refuse(*_args, **_kwargs):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("builtins.open", refuse)
        with pytest.raises(errors.SourceUnreadable, match="not permitted"):
            audiokit.read(path)

    @pytest.mark.parametrize(
        "options",
        [
            {"offset_seconds": -1},
            {"offset_seconds": float("nan")},
            {"duration_seconds": -0.1},
            {"sample_rate": 0},
            {"sample_rate": 8000.5},
        ],
    )
    def test_parameters_are_checked(self, files, options):
        with pytest.raises(errors.ParameterError):
            audiokit.read(files["pcm16.wav"][0], **options)

    def test_a_wrong_kind_of_source(self):
        with pytest.raises(errors.ParameterError, match="list"):
            audiokit.read([1, 2, 3])
        with pytest.raises(errors.ParameterError, match="binary"):
            audiokit.read(io.StringIO("text"))


class TestWhatIsNoFile:
    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    @pytest.mark.timeout(20)  # opening a pipe waits for a writer
    def test_named_pipe(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.wav")
        with pytest.raises(errors.SourceUnreadable, match="named pipe"):
            audiokit.info(tmp_path / "pipe.wav")

    @pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs /dev")
    @pytest.mark.timeout(20)  # it has no end
    def test_device(self):
        with pytest.raises(errors.SourceUnreadable, match="device"):
            audiokit.read("/dev/zero")
        with open("/dev/zero", "rb") as handle, pytest.raises(errors.SourceUnreadable, match="device"):
            audiokit.read(handle)

    @pytest.mark.skipif(os.name == "nt", reason="links need rights there")
    def test_links(self, tmp_path):
        (tmp_path / "dangling.wav").symlink_to("gone.wav")
        with pytest.raises(errors.SourceNotFound, match=r"leads to gone\.wav"):
            audiokit.read(tmp_path / "dangling.wav")
        (tmp_path / "loop.wav").symlink_to("loop.wav")
        with pytest.raises(errors.SourceUnreadable, match="cannot be read"):
            audiokit.read(tmp_path / "loop.wav")

    @pytest.mark.parametrize("path", ["file:///etc/passwd", "ftp://example.com/a.wav", "concat:a.wav|b.wav", "pipe:0"])
    def test_addresses_are_not_followed(self, path):
        with pytest.raises(errors.SourceNotFound):
            audiokit.read(path)

    def test_names_that_would_break_the_message(self):
        with pytest.raises(errors.SourceNotFound) as caught:
            audiokit.read("two\nlines\x1b[31m.wav")
        assert "two\ufffdlines" in str(caught.value)
        assert "\x1b" not in str(caught.value)
        with pytest.raises(errors.SourceUnreadable) as caught:
            audiokit.read("long/" * 3000)
        assert len(str(caught.value)) < 500

    def test_file_objects_that_fail(self, tmp_path):
        closed = io.BytesIO(b"RIFF")
        closed.close()
        with open(tmp_path / "out.wav", "wb") as write_only:
            for handle in (closed, write_only):
                with pytest.raises(errors.SourceUnreadable, match="file object"):
                    audiokit.read(handle)

    def test_a_file_object_that_cannot_seek_is_read_from_where_it_stands(self, files):
        class Pipe(io.BytesIO):
            def seekable(self):
                return False

        path, _ = files["a.flac"]
        assert audiokit.read(Pipe(path.read_bytes())).frames == 96_000


@pytest.mark.parametrize("ending", ["wav", "g722", "sln", "mp3", "m3u8"])
def test_noise_is_not_decoded_because_of_its_name(tmp_path, ending):
    path = tmp_path / f"noise.{ending}"
    path.write_bytes(np.random.default_rng(3).bytes(20_000))
    with pytest.raises(errors.UnrecognisedFormat):
        audiokit.read(path)


class TestNothingElseIsOpened:
    """A playlist is refused by its first bytes; should FFmpeg be given one all the same, it may open nothing."""

    @pytest.mark.parametrize("kind", ["hls", "concat"])
    def test_no_other_file(self, tmp_path, make_media, stereo, kind):
        import av

        from audiokit.decode.backend import CannotDecode
        from audiokit.decode.pyav_backend import PyAVBackend
        from audiokit.decode.sniff import Content, Sniffed
        from audiokit.decode.source import open_source

        other = make_media("secret.ts", stereo, RATE, "mp2")
        text = {
            "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\n{other}\n#EXT-X-ENDLIST\n",
            "concat": f"ffconcat version 1.0\nfile '{other}'\n",
        }[kind]
        path = tmp_path / f"list.{'m3u8' if kind == 'hls' else 'ffconcat'}"
        path.write_text(text)
        with pytest.raises(errors.UnrecognisedFormat):
            audiokit.read(path)
        with av.open(str(path), options={"safe": "0"}) as unguarded:  # the danger is real
            assert next(unguarded.decode(audio=0)).samples
        with pytest.raises(CannotDecode), PyAVBackend().open(open_source(path), Sniffed(Content.UNKNOWN, ""), 0) as it:
            list(it.blocks(0, None))


class TestHeadersThatLie:
    @pytest.mark.parametrize("frames", [0, 2**36 - 1])
    def test_flac(self, files, frames):
        data = bytearray(files["a.flac"][0].read_bytes())
        stream_info = int.from_bytes(data[18:26], "big") >> 36 << 36 | frames  # the low 36 bits: 0 is unknown
        data[18:26] = stream_info.to_bytes(8, "big")
        audio = audiokit.read(bytes(data))
        assert audio.frames == 96_000
        assert bool(audio.warnings) == bool(frames)

    def test_a_few_bytes_that_claim_weeks(self, files):
        data = bytearray(files["a.flac"][0].read_bytes()[:42])
        data[4] |= 0x80  # the last block of metadata
        data[18:26] = (int.from_bytes(data[18:26], "big") | (2**36 - 1)).to_bytes(8, "big")
        with pytest.raises(errors.InputError):
            audiokit.read(bytes(data))

    def test_xing(self, files):
        data = bytearray(files["a.mp3"][0].read_bytes())
        at = data.index(b"Xing") if b"Xing" in data[:200] else data.index(b"Info")
        data[at + 8 : at + 12] = b"\xff\xff\xff\xff"
        audio = audiokit.read(bytes(data))
        assert 96_000 <= audio.frames <= 100_000
        assert audio.warnings
