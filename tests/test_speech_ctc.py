"""CTC: the best path spelled out, words at the times of their letters, and a vocabulary that must fit the network."""

from __future__ import annotations

import itertools
import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_speech import spoken

from audiokit import Audio
from audiokit.errors import ModelRefused, ModelUnavailable, ParameterError
from audiokit.models import ModelStore
from audiokit.speech import transcribe
from audiokit.speech.ctc_path import Alphabet, spelled

RATE = 16_000
ALPHABET = Alphabet({0: "<pad>", 1: "|", 2: "a", 3: "b", 4: "<unk>"}, blank=0, silent=frozenset({"<pad>", "<unk>"}))


def path_of(outputs, sure=0.9):
    """Probabilities whose best path is this."""
    values = np.full((len(outputs), 5), (1 - sure) / 4)
    values[np.arange(len(outputs)), outputs] = sure
    return values


def obvious(outputs):
    """Words of a path: join repeats, drop blanks, split at delimiters."""
    symbols = [ALPHABET.symbols[output] for output, _ in itertools.groupby(outputs)]
    return "".join(s for s in symbols if s not in ALPHABET.silent).replace("|", " ").split()


@given(st.lists(st.integers(0, 4), max_size=40))
def test_words_equal_the_obvious_reading(outputs):
    words = spelled(path_of(outputs), ALPHABET)
    assert [word.text for word in words] == obvious(outputs)
    for word in words:
        inside = outputs[word.first_frame : word.end_frame]
        assert ALPHABET.symbols[inside[0]] == word.text[0]
        assert ALPHABET.symbols[inside[-1]] == word.text[-1]
        assert word.confidence == pytest.approx(0.9)
    assert all(one.end_frame <= two.first_frame for one, two in itertools.pairwise(words))


def test_confidence_is_the_geometric_mean_of_the_letters():
    values = np.concatenate([path_of([2], 0.9), path_of([2], 0.6), path_of([0]), path_of([3], 0.4)])
    (word,) = spelled(values, ALPHABET)
    assert (word.text, word.first_frame, word.end_frame) == ("ab", 0, 4)
    assert word.confidence == pytest.approx(math.sqrt(0.9 * 0.4))


def test_nothing_is_spelled_of_nothing():
    assert spelled(np.zeros((0, 5)), ALPHABET) == []
    assert spelled(path_of([0, 0, 1, 1, 0, 4]), ALPHABET) == []


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    for name in ("transformers", "torch"):
        pytest.importorskip(name)
    from tiny_speech import tiny_ctc

    return tiny_ctc(tmp_path_factory.mktemp("ctc") / "tiny")


@pytest.fixture(scope="module")
def store():
    with_room = ModelStore(max_bytes=200_000_000, devices=["cpu"])
    yield with_room
    with_room.close()


def sweep(seconds):
    time = np.arange(round(seconds * RATE)) / RATE
    return Audio(0.3 * np.sin(2 * np.pi * (200 * time + 150 * time**2)), RATE)


def test_words_stand_within_the_speech_and_the_result_says_random(checkpoint, store):
    speech = spoken((1, 3), (6, 8.5), seconds=10.0)
    found = transcribe(sweep(10.0), checkpoint, speech=speech, store=store)
    assert found.words
    assert found.quality == "random"
    assert found.language == "und"  # a checkpoint does not say what it speaks
    assert found.punctuation == "pauses"
    assert found.engine.endswith("(tiny, CTC)")
    for word in found.words:
        assert (
            0.7 <= word.start_seconds < word.end_seconds <= 3.4 or 5.7 <= word.start_seconds < word.end_seconds <= 8.9
        )
        assert 0 < word.confidence <= 1
        assert set(word.text) <= set("abcdefghijklmnopqrstuvwxyz'")
    assert found.coverage.seconds() == pytest.approx(speech.speech_seconds)
    assert found.coverage.complete
    assert transcribe(sweep(10.0), checkpoint, speech=speech, store=store) == found


def test_the_same_words_as_transformers_own_decoder(checkpoint, store):
    """The slow way: Wav2Vec2CTCTokenizer on the whole sound."""
    import torch
    from transformers import AutoModelForCTC, Wav2Vec2CTCTokenizer, Wav2Vec2FeatureExtractor

    sound = sweep(6.0)
    network = AutoModelForCTC.from_pretrained(str(checkpoint)).eval()
    values = Wav2Vec2FeatureExtractor()(sound.samples[0], sampling_rate=RATE, return_tensors="pt").input_values
    with torch.inference_mode():
        logits = network(values).logits[0]
    tokenizer = Wav2Vec2CTCTokenizer(str(checkpoint / "vocab.json"), pad_token="<pad>", word_delimiter_token="|")
    held = tokenizer.decode(logits.argmax(-1), output_word_offsets=True)
    found = transcribe(sound, checkpoint, vad=False, readable=False, store=store)
    assert len(found.words) > 3
    assert found.coverage is None
    # theirs writes symbols that are no text as they are called
    assert found.text == " ".join(re.sub("<unk>|<s>|</s>", "", held.text).split())
    hop = 80 / RATE
    mine = [word.start_seconds for word in found.words]
    theirs = [offset["start_offset"] * hop for offset in held.word_offsets if re.sub("<.*?>", "", offset["word"])]
    np.testing.assert_allclose(mine, theirs, atol=3 * hop)


@pytest.mark.parametrize("seconds", [0.0, 1 / RATE, 0.05])
def test_very_short_sound(checkpoint, store, seconds):
    found = transcribe(sweep(seconds), checkpoint, vad=False, store=store)
    assert all(0 <= w.start_seconds <= w.end_seconds <= seconds for w in found.words)
    assert transcribe(sweep(seconds), checkpoint, speech=spoken(seconds=seconds), store=store).words == ()


def test_a_vocabulary_of_another_network_is_refused(tmp_path, store):
    pytest.importorskip("transformers")
    from tiny_speech import tiny_ctc

    folder = tiny_ctc(tmp_path / "other")
    (folder / "vocab.json").write_text(json.dumps({"<pad>": 0, "|": 1, "a": 2}))
    with pytest.raises(ModelRefused, match="3 symbols"):
        transcribe(sweep(1.0), folder, vad=False, store=store)
    (folder / "vocab.json").unlink()
    with pytest.raises(ModelRefused, match="letters have no names"):
        transcribe(sweep(1.0), folder, vad=False, store=store)


def test_what_it_cannot_do_is_an_error(checkpoint, store):
    for options in ({"task": "translate"}, {"hotwords": "audiokit"}, {"beam_size": 2}, {"temperatures": (0.5,)}):
        with pytest.raises(ParameterError, match=next(iter(options))):
            transcribe(sweep(1.0), checkpoint, store=store, **options)


def test_a_device_that_is_not_there(checkpoint, store):
    import torch

    if not torch.cuda.is_available():
        with pytest.raises(ParameterError, match="no device 'cuda'"):
            transcribe(sweep(1.0), checkpoint, vad=False, device="cuda", store=store)
    with pytest.raises(ParameterError, match="no device 'cuda:99'"):
        transcribe(sweep(1.0), checkpoint, vad=False, device="cuda:99", store=store)


def test_a_network_of_another_kind_is_refused(tmp_path):
    pytest.importorskip("transformers")
    from tiny_models import audio_classifier, save

    save(audio_classifier(), tmp_path / "emotions")
    with pytest.raises(ModelUnavailable, match="names no network for CTC"):
        transcribe(sweep(1.0), tmp_path / "emotions")
