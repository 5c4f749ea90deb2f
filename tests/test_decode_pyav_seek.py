"""FFmpeg's backend far into a file: the same samples as from its beginning."""

from __future__ import annotations

import numpy as np
import pytest
from pyav_parts import RATE, drain

from audiokit.decode import pyav_seek
from audiokit.decode.opus_pages import look_through
from audiokit.decode.source import open_source


class TestFarIntoAFile:
    """Beyond 20 s a seek is tried; whether it was taken or not, the samples are those of counting."""

    @pytest.fixture(scope="class")
    @classmethod
    def long_files(cls, tmp_path_factory):
        import av

        generator = np.random.default_rng(11)
        time = np.arange(RATE * 62) / RATE
        sound = 0.3 * np.sin(2 * np.pi * (300 * time + 40 * np.sin(time))) * (1 + np.sin(0.9 * time))
        sound = (sound + 0.02 * generator.standard_normal(len(time))).astype(np.float32)[np.newaxis]
        folder = tmp_path_factory.mktemp("long")
        out = {}
        for name, codec, options in (
            ("aac.m4a", "aac", {"aac_pns": "0"}),
            ("noise.m4a", "aac", {}),
            ("alac.m4a", "alac", {}),
            ("mp3.mp4", "libmp3lame", {}),
            ("opus.mp4", "libopus", {}),
            ("music.opus", "libopus", {"b": "96000"}),
            ("voice.opus", "libopus", {"b": "8000", "application": "voip"}),
            ("flac.oga", "flac", {}),
            ("a.flac", "flac", {}),
            ("a.webm", "libopus", {}),
            ("a.aac", "aac", {"aac_pns": "0"}),
            ("fragments.mp4", "aac", {"aac_pns": "0"}),
        ):
            path = folder / name
            muxer = {"movflags": "frag_keyframe+empty_moov"} if name.startswith("fragments") else {}
            with av.open(str(path), "w", options=muxer) as container:
                stream = container.add_stream(codec, rate=RATE, layout="mono", options=options)
                if "b" in options:
                    stream.codec_context.bit_rate = int(options["b"])
                fmt = stream.codec_context.format.name
                scaled = sound if fmt.startswith("flt") else (sound * 2**15).astype(np.int16)
                if fmt.startswith("s32"):
                    scaled = (sound * 2.0**31).astype(np.int32)
                size = stream.codec_context.frame_size or 1024
                for start in range(0, sound.shape[1], size):
                    part = np.ascontiguousarray(scaled[:, start : start + size])
                    frame = av.AudioFrame.from_ndarray(part, format=fmt, layout="mono")
                    frame.sample_rate, frame.pts = RATE, start
                    container.mux(stream.encode(frame))
                container.mux(stream.encode(None))
            out[name] = (path, drain(path)[0])
        return out

    SEEKS = ("aac.m4a", "alac.m4a", "mp3.mp4", "opus.mp4", "music.opus", "flac.oga", "a.flac")
    COUNTS = ("voice.opus", "a.webm", "a.aac")

    @pytest.fixture
    def seeks(self, monkeypatch):
        """Which runs were begun by a seek."""
        begun = []
        original = pyav_seek.far_run

        class Watched:
            def __init__(self, *arguments, **options):
                self._inner = original(*arguments, **options)

            def __enter__(self):
                run = self._inner.__enter__()
                begun.append(run)
                return run

            def __exit__(self, *error):
                return self._inner.__exit__(*error)

        monkeypatch.setattr("audiokit.decode.pyav_backend.far_run", Watched)
        return begun

    @pytest.mark.parametrize("name", [*SEEKS, *COUNTS, "fragments.mp4"])
    def test_every_offset(self, long_files, seeks, name):
        path, whole = long_files[name]
        end = whole.shape[1]
        generator = np.random.default_rng(len(name))
        for start in [20 * RATE - 1, *generator.integers(21 * RATE, end, 6).tolist(), end - RATE, end - 1, end]:
            part, stream = drain(path, start, start + RATE)
            np.testing.assert_array_equal(part, whole[:, start : start + RATE], err_msg=f"{name} from {start}")
            assert stream.warnings == []
        middle, _ = drain(path, 30 * RATE + 7)
        np.testing.assert_array_equal(middle, whole[:, 30 * RATE + 7 :])
        if name in self.SEEKS + self.COUNTS:  # how much of the index of fragments is known depends on FFmpeg
            assert any(run is not None for run in seeks) == (name in self.SEEKS)

    def test_noise_substitution_keeps_its_place(self, long_files, seeks):
        path, whole = long_files["noise.m4a"]
        part, _ = drain(path, 40 * RATE, 42 * RATE)
        reference = whole[:, 40 * RATE : 42 * RATE]
        assert seeks[-1] is not None
        assert part.shape == reference.shape
        error = np.sqrt(np.mean((part - reference) ** 2)) / np.sqrt(np.mean(reference**2))
        assert error < 0.1  # noise drawn anew in bands of noise; a shift by one sample would be as loud as the sound

    def test_an_index_that_is_uneven_is_not_trusted(self, long_files, seeks):
        data = bytearray(long_files["aac.m4a"][0].read_bytes())
        at = data.index(b"stts")
        entries = int.from_bytes(data[at + 8 : at + 12], "big")
        first_count = int.from_bytes(data[at + 12 : at + 16], "big")
        assert entries >= 1
        assert first_count > 1000
        # Every packet is said to last one sample longer: from then on timestamps and counting disagree.
        data[at + 16 : at + 20] = (1025).to_bytes(4, "big")
        whole, _ = drain(bytes(data))
        part, _ = drain(bytes(data), 40 * RATE, 41 * RATE)
        assert seeks[-1] is None
        np.testing.assert_array_equal(part, whole[:, 40 * RATE : 41 * RATE])

    def test_opus_pages(self, long_files):
        music, voice = (long_files[name][0].read_bytes() for name in ("music.opus", "voice.opus"))
        assert look_through(open_source(music)).forgets_from < RATE
        assert look_through(open_source(voice)).forgets_from > 50 * RATE  # SILK up to its end
        assert look_through(open_source(music + music)) is None  # a chain of two
        second, third = (music.index(b"OggS", at) for at in (len(music) // 2, len(music) * 3 // 4))
        assert look_through(open_source(music[:second] + music[third:])) is None  # pages are missing
