"""Music and noise are kept from engines that write words for any sound; speech is not, and the ledger says which."""

from __future__ import annotations

import numpy as np
import pytest
from made_speech import spoken

from audiokit import Audio, Segment, Status
from audiokit.activity import ContentThresholds, detect_speech
from audiokit.activity.content import HOP_SECONDS, ContentResult
from audiokit.errors import ParameterError
from audiokit.models.wheels import file_in_wheel
from audiokit.speech import hearing, transcribe
from audiokit.speech.content_gate import unspoken
from audiokit.speech.coverage import ledger
from audiokit.speech.options import Options
from audiokit.speech.spans import length

pytest.importorskip("onnxruntime")
RATE = 16_000
needs_engines = pytest.mark.skipif(
    not (
        file_in_wheel("pocketsphinx", "model/en-us/en-us.lm.bin")
        and file_in_wheel("silero_vad", "data/silero_vad.onnx")
        and file_in_wheel("espeakng_loader", "__init__.py")
    ),
    reason="no pocketsphinx, silero-vad or espeakng-loader",
)


def content_of(*parts):
    """What the gate would say of parts ``(seconds, label)``, sure of each."""
    labels = [label for seconds, label in parts for _ in range(round(seconds / HOP_SECONDS))]
    columns = {"speech": (0.98, 0.01, 0.01), "music": (0.01, 0.95, 0.04), "noise": (0.01, 0.04, 0.95)}
    probabilities = np.array([columns.get(label, (0, 0, 0)) for label in labels], np.float32).reshape(-1, 3)
    levels = np.array([-120.0 if label == "silence" else -20.0 for label in labels], np.float32)
    seconds = len(labels) * HOP_SECONDS
    thresholds = ContentThresholds()
    return ContentResult(
        (), probabilities, levels, ("speech", "music", "noise"), HOP_SECONDS, thresholds, "made", seconds
    )


def speech(*spans):
    return [Segment(start, end, "speech", 0.9) for start, end in spans]


@pytest.mark.parametrize("label", ["music", "noise"])
def test_what_is_no_speech_for_long_is_rejected_and_named(label):
    claims = unspoken(content_of((40.96, label)), speech((2, 9), (20, 30)))
    assert [(claim.start_seconds, claim.end_seconds) for claim in claims] == [(2, 9), (20, 30)]
    assert all(claim.state == "rejected" for claim in claims)
    assert all(claim.reason == f"{label}: the content gate gives speech a probability of 0.01 here" for claim in claims)


def test_speech_around_music_is_kept_with_room():
    content = content_of((20.48, "speech"), (30.72, "music"), (20.48, "speech"))
    claims = unspoken(content, speech((1, 70)))
    (claim,) = claims
    # 10 s are averaged over, so that five seconds of the music on either side are spared
    assert 20.48 + 4 < claim.start_seconds < 20.48 + 6
    assert 51.2 - 6 < claim.end_seconds < 51.2 - 4
    assert unspoken(content, speech((1, 20), (52, 70))) == ()


@pytest.mark.parametrize("parts", [[(40.96, "speech")], [(30.72, "speech"), (10.24, "music")], [(4.096, "music")], []])
def test_speech_and_what_is_short_is_left_alone(parts):
    assert unspoken(content_of(*parts), speech((0, 4), (10, 30))) == ()


def test_silence_says_nothing_about_what_is_in_it():
    assert unspoken(content_of((20.48, "silence")), speech((2, 9))) == ()


def test_crumbs_of_a_segment_go_with_the_rest():
    content = content_of((30.72, "speech"), (20.48, "music"))
    edge = unspoken(content, speech((31, 51)))[0].start_seconds
    (claim,) = unspoken(content, speech((edge - 0.3, 51)))
    assert (claim.start_seconds, claim.end_seconds) == (edge - 0.3, 51)
    (claim,) = unspoken(content, speech((edge - 0.8, 51)))
    assert claim.start_seconds == edge


@pytest.fixture
def song_then_talk(monkeypatch):
    """Eighty seconds, all of it speech to the detector; the gate hears a song in the first fifty."""
    content = content_of((51.2, "music"), (30.72, "speech"))
    monkeypatch.setattr(hearing, "other_content", lambda _, segments: (unspoken(content, segments), content))
    seconds = content.audio_seconds
    voice = spoken((1, seconds - 1), seconds=seconds)
    monkeypatch.setattr(hearing, "detect_speech", lambda _: voice)
    return Audio(np.zeros(round(seconds * RATE)), RATE), voice


def test_the_engine_is_asked_about_the_rest(song_then_talk):
    audio, voice = song_then_talk
    heard, notes = hearing.hear(audio, Options(), None, writes_anything=True)
    (claim,) = heard.left_out
    assert claim.reason.startswith("music:")
    pieces = heard.speech_segments(10.0)  # the detector's own segment is cut into pieces of this length
    assert len(pieces) > 2
    assert all(piece.start_seconds >= claim.end_seconds for piece in pieces)
    whole = [(s.start_seconds, s.end_seconds) for s in voice.segments]
    assert length(heard.speech_spans()) + claim.duration_seconds == pytest.approx(length(whole))
    assert f"made kept {claim.duration_seconds:.1f} s of it from the engine as music or noise" in notes
    held = ledger(whole, heard.left_out)
    assert held.seconds("rejected") == pytest.approx(claim.duration_seconds)


def test_who_is_gated(song_then_talk):
    audio, voice = song_then_talk

    def left_out(*, writes_anything, given=None, **options):
        return hearing.hear(audio, Options(**options), given, writes_anything=writes_anything)[0].left_out

    assert left_out(writes_anything=True)
    assert not left_out(writes_anything=False)  # Whisper writes what is sung
    assert left_out(writes_anything=False, gate=True)
    assert not left_out(writes_anything=True, gate=False)
    assert not left_out(writes_anything=True, given=voice)  # whoever says where the speech is has decided that
    assert left_out(writes_anything=True, given=voice, gate=True)
    for wrong in ({"gate": "maybe"}, {"gate": True, "vad": False}):
        with pytest.raises(ParameterError, match="gate"):
            Options(**wrong)


@pytest.fixture(scope="module")
def said_and_sung():
    """The same voice, speaking and singing, 20 s each."""
    from audiokit.bench.tagging import talk
    from audiokit.experts.singing import sing
    from audiokit.experts.tonality import Tonality
    from audiokit.experts.vocoder import analyse

    said = talk(20.0)
    major = Tonality(3, (0, 2, 4, 5, 7, 9, 11))
    sung = sing(analyse(said.samples[0][: 10 * RATE]), 20.0, major, np.random.default_rng(0), style="pop")
    return said, Audio(sung, RATE)


@needs_engines
def test_a_song_gives_no_words_and_says_why(said_and_sung):
    _, sung = said_and_sung
    assert detect_speech(sung).speech_seconds > 10  # the detector takes it for speech
    found = transcribe(sung, "pocketsphinx")
    assert (found.words, found.status) == ((), Status.ABSTAINED)
    assert found.coverage.complete
    assert found.coverage.seconds("rejected") == found.coverage.seconds() > 10
    assert all(entry.reason.startswith("music:") for entry in found.coverage.entries)


@needs_engines
def test_speech_passes_whole(said_and_sung):
    said, _ = said_and_sung
    heard, notes = hearing.hear(said, Options(), None, writes_anything=True)
    assert heard.left_out == ()
    assert not any("kept" in note for note in notes)


@needs_engines
def test_a_song_in_a_stream_gives_no_words(said_and_sung):
    from audiokit.speech import StreamingTranscriber

    _, sung = said_and_sung
    stream = StreamingTranscriber(RATE, "pocketsphinx", partial_seconds=None, min_silence_ms=1500)
    events = [*stream.push(sung.samples), *stream.flush()]
    long = [e for e in events if e.kind == "speech_end"]
    coverage = stream.result().coverage
    assert long
    assert coverage.seconds("rejected") > 0.7 * coverage.seconds()
    assert any(entry.reason.startswith("music:") for entry in coverage.entries)


@pytest.mark.corpus
def test_recorded_speech_passes_the_gate(corpus, manifest):
    """What is read, spoken and recorded in this corpus: not a second of it is kept from an engine."""
    import audiokit

    files = [row["path"] for row in manifest if row["path"].startswith(("speech/", "vad/silero_test.wav", "vad/ami/"))]
    seconds = 0.0
    for path in files:
        if path.endswith((".wav", ".flac", ".mp3", ".ogg")):
            sound = audiokit.read(corpus / path, duration_seconds=60.0)
            heard, _ = hearing.hear(sound, Options(), None, writes_anything=True)
            assert not any("content gate" in claim.reason for claim in heard.left_out), path
            seconds += heard.speech.speech_seconds
    assert seconds > 200
