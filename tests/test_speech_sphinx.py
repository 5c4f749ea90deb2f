"""Speech to text by PocketSphinx: words where there is speech, at their times, and none elsewhere."""

from __future__ import annotations

import csv
import itertools
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit import Audio, Segment, Status
from audiokit.errors import LibraryUnavailable, ModelUnavailable
from audiokit.models import ModelStore
from audiokit.models.wheels import file_in_wheel
from audiokit.speech import speak, transcribe, word_errors
from audiokit.speech.chunks import stretches

pytest.importorskip("onnxruntime")
CORPUS = os.environ.get("AUDIOKIT_CORPUS")
needs_engine = pytest.mark.skipif(
    not (
        file_in_wheel("pocketsphinx", "model/en-us/en-us.lm.bin")
        and file_in_wheel("silero_vad", "data/silero_vad.onnx")
    ),
    reason="no pocketsphinx or no silero-vad",
)
needs_espeak = pytest.mark.skipif(file_in_wheel("espeakng_loader", "__init__.py") is None, reason="no espeakng-loader")


@needs_engine
@needs_espeak
def test_made_speech_is_written_down_in_its_place():
    text = "The weather will be fine tomorrow morning."
    voice = speak(text, voice="en-us", words_per_minute=130)
    silence = np.zeros(4 * voice.sample_rate, np.float32)
    audio = Audio(np.concatenate([silence, voice.samples[0] * 0.5, silence]), voice.sample_rate)
    transcript = transcribe(audio)
    assert transcript.engine.startswith("pocketsphinx ")
    assert transcript.quality == "draft"
    assert transcript.words
    assert 4.0 - 0.2 < transcript.words[0].start_seconds < 5.0
    assert transcript.words[-1].end_seconds < 4.0 + voice.duration_seconds + 0.3
    starts = [word.start_seconds for word in transcript.words]
    assert starts == sorted(starts)
    assert all(word.start_seconds < word.end_seconds for word in transcript.words)
    assert all(0 <= word.confidence <= 1 for word in transcript.words)
    assert not re.search(r"[<>\[\]()+\d]", transcript.text)
    assert word_errors(text, transcript.text).rate <= 0.5
    again = transcribe(audio)
    assert again.words == transcript.words


@needs_engine
@needs_espeak
def test_a_decoder_that_is_used_again_has_forgotten_what_it_heard():
    """The slow way: a decoder for each recording."""
    from concurrent.futures import ThreadPoolExecutor

    texts = ("Seven steps to the left.", "The weather will be fine.", "Please close the door.")
    sounds = [speak(text, "en-us", speed=0.8) for text in texts]
    sounds[1] = Audio(sounds[1].samples * 0.1, sounds[1].sample_rate)
    fresh = [transcribe(sound, "pocketsphinx", store=ModelStore(devices=["cpu"])).words for sound in sounds]
    store = ModelStore(devices=["cpu"])
    again = [transcribe(sounds[i], "pocketsphinx", store=store).words for i in (2, 1, 0, 1)]
    assert again == [fresh[i] for i in (2, 1, 0, 1)]
    assert store.statistics().loads == 1
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda sound: transcribe(sound, "pocketsphinx", store=store).words, sounds))
    assert found == fresh


@needs_engine
@pytest.mark.parametrize("sound", ["silence", "noise", "chord", "nothing", "one sample", "not numbers"])
def test_no_words_without_speech(sound):
    rate = 16000
    time = np.arange(30 * rate) / rate
    chord = sum(np.sin(2 * np.pi * f * time) * np.exp(-(time % 2)) for f in (220.0, 277.18, 329.63, 440.0)) * 0.15
    samples = {
        "silence": time * 0,
        "noise": np.random.default_rng(1).standard_normal(time.size) * 0.1,
        "chord": chord,
        "nothing": time[:0],
        "one sample": time[:1],
        "not numbers": time * np.nan,
    }[sound]
    transcript = transcribe(Audio(samples, rate))
    assert transcript.words == ()
    assert transcript.status is Status.ABSTAINED


@needs_engine
@pytest.mark.parametrize("seconds", [0.0, 1 / 16000, 0.05])
def test_very_short_sound_that_is_not_looked_through_first(seconds):
    noise = np.random.default_rng(0).standard_normal(round(seconds * 16000)).astype(np.float32)
    found = transcribe(Audio(0.1 * noise, 16000), "pocketsphinx", vad=False)
    assert all(0 <= word.start_seconds <= word.end_seconds <= seconds for word in found.words)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="AUDIOKIT_CORPUS is not set")
@needs_engine
def test_word_error_rate_on_recordings():
    """17 English recordings with their text: 233 words. Bare PocketSphinx makes 43 errors (18.5 %) on them."""
    pytest.importorskip("jiwer")
    soundfile = pytest.importorskip("soundfile")
    errors = words = files = 0
    with (Path(CORPUS) / "MANIFEST.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            said = re.match(r"transcript: (.*?)( ; .*)?$", row["ground_truth"])
            if not said or not re.match(r"speech/(jfk\.|cards/|ljspeech/.*wav$)", row["path"]):
                continue
            samples, rate = soundfile.read(Path(CORPUS) / row["path"], dtype="float32", always_2d=True)
            found = word_errors(said[1], transcribe(Audio(samples.T, rate)).text)
            errors += found.substitutions + found.deletions + found.insertions
            words += found.reference_words
            files += 1
    assert (files, words) == (17, 233)
    assert 0.10 <= errors / words <= 0.20


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="AUDIOKIT_CORPUS is not set")
@needs_engine
def test_time_of_a_known_word():
    soundfile = pytest.importorskip("soundfile")
    samples, rate = soundfile.read(Path(CORPUS) / "speech/cards/005.wav", dtype="float32")
    silence = np.zeros(7 * rate, np.float32)
    there = transcribe(Audio(samples, rate))
    later = transcribe(Audio(np.concatenate([silence, samples]), rate))
    assert later.words
    same = [(a, b) for a, b in zip(there.words, later.words, strict=False) if a.text == b.text]
    assert len(same) >= 6  # of nine: what lies before a word has some influence
    for word, moved in same:
        assert moved.start_seconds - word.start_seconds == pytest.approx(7.0, abs=0.15)


def test_another_engine_is_refused_with_what_there_is():
    with pytest.raises(ModelUnavailable, match="pocketsphinx"):
        transcribe(Audio(np.zeros(100), 16000), model="whisper-large")


def test_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(LibraryUnavailable, match="pip install pocketsphinx"):
        transcribe(Audio(np.zeros(100), 16000), "pocketsphinx")


@given(
    lengths=st.lists(st.tuples(st.floats(0, 4), st.floats(0.05, 9)), max_size=20),
    pad=st.sampled_from([0.0, 0.2, 0.5]),
    tail=st.floats(0, 1),
)
def test_stretches_cover_all_speech_once(lengths, pad, tail):
    segments, now = [], 0.0
    for gap, length in lengths:
        segments.append(Segment(now + gap, now + gap + length))
        now += gap + length
    spans = stretches(tuple(segments), audio_seconds=now + tail, pad_seconds=pad, longest_seconds=10.0)
    for segment in segments:
        assert any(start <= segment.start_seconds + 1e-9 and segment.end_seconds <= end + 1e-9 for start, end in spans)
    assert all(start <= end and end - start <= 10 + 1e-9 for start, end in spans)
    assert all(first[1] <= second[0] + 1e-9 for first, second in itertools.pairwise(spans))
    assert not spans or (spans[0][0] >= 0 and spans[-1][1] <= now + tail)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="AUDIOKIT_CORPUS is not set")
@needs_engine
def test_recorded_music_gives_no_words_and_says_why():
    import audiokit

    found = 0
    for path in sorted((Path(CORPUS) / "music").glob("*.ogg")):
        transcript = transcribe(audiokit.read(path, duration_seconds=30.0), "pocketsphinx")
        assert transcript.words == ()
        assert transcript.coverage.complete
        found += len(transcript.coverage.entries)
        assert all(entry.reason.startswith("music: ") for entry in transcript.coverage.entries)
    assert found  # the detector did take something for speech
