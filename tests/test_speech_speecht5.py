"""SpeechT5 through the loader of its library, on random weights: voices by vectors, vocoders named, never replaced."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from audiokit.errors import LibraryUnavailable, ModelRefused, ModelUnavailable, ParameterError
from audiokit.models import ModelStore
from audiokit.speech import VoiceBank, speak, speak_stream, voice_network

for _name in ("torch", "transformers", "sentencepiece"):
    pytest.importorskip(_name)


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    rng = np.random.default_rng(0)
    voices = VoiceBank({"anna": rng.normal(size=512), "ben": rng.normal(size=512)})
    return voices.write(tmp_path_factory.mktemp("bank") / "voices.npz")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, bank):
    from tiny_voices import tiny_hifigan, tiny_speecht5

    folder = tiny_speecht5(tmp_path_factory.mktemp("speecht5") / "tiny")
    tiny_hifigan(folder / "vocoder")
    shutil.copy(bank, folder / "voices.npz")
    return folder


@pytest.fixture(scope="module")
def store():
    with_room = ModelStore(max_bytes=200_000_000, devices=["cpu"])
    yield with_room
    with_room.close()


def test_the_same_samples_as_the_library_alone(checkpoint, store):
    import torch
    from transformers import SpeechT5ForTextToSpeech, SpeechT5HifiGan, SpeechT5Tokenizer

    network = SpeechT5ForTextToSpeech.from_pretrained(checkpoint).eval()
    vocoder = SpeechT5HifiGan.from_pretrained(checkpoint / "vocoder").eval()
    ids = SpeechT5Tokenizer.from_pretrained(checkpoint)("good morning", return_tensors="pt")["input_ids"]
    vector = torch.from_numpy(np.array(VoiceBank.read(checkpoint / "voices.npz")["anna"]))[None]
    torch.manual_seed(7)
    alone = network.generate_speech(ids, vector, vocoder=vocoder).numpy()
    before = torch.random.get_rng_state()
    found = speak("good morning", engine=checkpoint, seed=7, store=store)
    assert torch.equal(torch.random.get_rng_state(), before)
    np.testing.assert_allclose(found.samples[0], alone, atol=1e-6)
    assert found.name == "SpeechT5 (tiny, random weights, anna): good morning"
    assert (found.sample_rate, found.engine, found.language) == (16000, "speecht5", "en")
    assert found.vocoder == "HiFi-GAN (vocoder, random weights)"


def test_voices_seeds_and_sentences(checkpoint, store):
    def said(voice, **options):
        return speak("good morning", voice, engine=checkpoint, store=store, **options).samples.tobytes()

    assert said("auto") == said("anna", seed=0)
    assert said("anna") != said("ben")
    found = list(speak_stream("Good morning. I have 42 cats.", engine=checkpoint, store=store))
    assert [sound.spoken_text for sound in found] == ["Good morning.", "I have forty-two cats."]
    assert speak("one cat", engine=checkpoint, normalise=True, store=store).spoken_text == "one cat"


def test_griffin_lim_is_named_and_is_never_put_in_silently(checkpoint, bank, tmp_path, store, monkeypatch):
    pytest.importorskip("librosa")
    found = speak("good morning", engine=checkpoint, vocoder="griffin-lim", store=store)
    assert found.vocoder == "Griffin-Lim, 32 iterations"
    assert found.samples.any()
    assert found.frames % 256 == 0
    shutil.copytree(checkpoint, tmp_path / "bare", ignore=shutil.ignore_patterns("vocoder"))
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path / "none"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ModelUnavailable, match=r"models pull speecht5_hifigan.*griffin-lim"):
        speak("good morning", engine=tmp_path / "bare", store=store)
    (tmp_path / "bare" / "preprocessor_config.json").unlink()
    with pytest.raises(ModelUnavailable, match="lacks sampling_rate"):
        speak("good morning", engine=tmp_path / "bare", vocoder="griffin-lim", store=store)


def test_a_vocoder_of_another_voice_is_refused_with_both_sizes(checkpoint, tmp_path, store):
    from tiny_voices import tiny_hifigan

    with pytest.raises(ModelRefused, match=r"\(8,\), the voice makes \(16,\)"):
        speak("hello", engine=checkpoint, vocoder=tiny_hifigan(tmp_path / "narrow", bands=8), store=store)
    with pytest.raises(ModelRefused, match="22050 Hz, the voice was made for 16000 Hz"):
        speak("hello", engine=checkpoint, vocoder=tiny_hifigan(tmp_path / "fast", sampling_rate=22050), store=store)
    with pytest.raises(ModelRefused, match="no vocoder"):
        speak("hello", engine=checkpoint, vocoder=checkpoint, store=store)
    other = tiny_hifigan(tmp_path / "other", seed=5)
    found = speak("hello", engine=checkpoint, vocoder=other, store=store)
    assert found.vocoder == "HiFi-GAN (other, random weights)"
    assert found.samples.tobytes() != speak("hello", engine=checkpoint, store=store).samples.tobytes()


def test_a_vector_of_another_length_is_refused_with_both_shapes(checkpoint, tmp_path, store):
    short = VoiceBank({"anna": np.ones(256)}).write(tmp_path / "short.npz")
    with pytest.raises(ParameterError, match=r"\(256,\), the network wants \(512,\)"):
        speak("hello", engine=checkpoint, voice_bank=short, store=store)
    with pytest.raises(ParameterError, match="'carl'.*anna, ben"):
        speak("hello", "carl", engine=checkpoint, store=store)
    shutil.copytree(checkpoint, tmp_path / "mute", ignore=shutil.ignore_patterns("voices.npz"))
    with pytest.raises(ModelUnavailable, match="x-vector"):
        speak("hello", engine=tmp_path / "mute", store=store)


def test_a_voice_of_another_encoder_is_said(checkpoint, tmp_path, store):
    bank = (
        VoiceBank({}).with_voice("me", np.ones(512), made_by="WavLMForXVector (x)").write(tmp_path / "me.safetensors")
    )
    found = speak("hello", engine=checkpoint, voice_bank=bank, store=store)
    assert any("made by WavLMForXVector (x)" in warning for warning in found.warnings)


def test_what_it_cannot_do_is_an_error(checkpoint, store):
    for options, said in (
        ({"speed": 2.0}, "speecht5 cannot do speed.*espeak_ng"),
        ({"pitch": 60}, "pitch"),
        ({"emotion": "happy"}, r"emotion: no engine here.*\[laughs\]"),
        ({"language": "de"}, "reads 'en', not 'de'"),
        ({"max_seconds": 0.02}, "more than 0.02 s"),
    ):
        with pytest.raises(ParameterError, match=said):
            speak("good morning", engine=checkpoint, store=store, **options)
    with pytest.raises(ParameterError, match="nothing to pronounce"):
        speak("日本語 !", engine=checkpoint, store=store)
    assert "left it out" in " ".join(speak("good 日本 morning 😀", engine=checkpoint, store=store).warnings)


def test_text_without_end_is_bounded(checkpoint, store):
    with pytest.raises(ParameterError, match="more than 3 s"):
        speak("all work and no play. " * 50_000, engine=checkpoint, max_seconds=3, store=store)


def test_a_network_that_finds_no_end_is_said(tmp_path, checkpoint, store):
    import torch
    from safetensors.torch import load_file, save_file

    shutil.copytree(checkpoint, tmp_path / "endless")
    path = tmp_path / "endless" / "model.safetensors"
    tensors = load_file(path)
    tensors["speech_decoder_postnet.prob_out.bias"] = torch.full((2,), -30.0)
    save_file(tensors, path, metadata={"format": "pt"})
    found = speak("hi", engine=tmp_path / "endless", store=store)
    assert any("found no end" in warning for warning in found.warnings)
    assert speak("hi", engine=checkpoint, store=store).warnings == ()
    # its dropout never rests, and falls as the seed says
    one, other, again = (speak("hi", engine=tmp_path / "endless", seed=seed, store=store) for seed in (1, 2, 1))
    assert one.frames == other.frames
    assert one.samples.tobytes() == again.samples.tobytes() != other.samples.tobytes()


def test_files_that_do_not_fit_are_refused(checkpoint, tmp_path):
    import torch
    from safetensors.torch import load_file, save_file

    def other(name, **tensors):
        shutil.copytree(checkpoint, tmp_path / name)
        path = tmp_path / name / "model.safetensors"
        held = {key: tensor for key, tensor in {**load_file(path), **tensors}.items() if tensor is not None}
        save_file(held, path, metadata={"format": "pt"})
        return tmp_path / name

    def said(folder):
        return speak("hello", engine=folder, store=ModelStore(max_bytes=0, devices=["cpu"]))

    # sines, which older versions of transformers saved with the weights
    assert said(other("older", **{"speecht5.encoder.prenet.encode_positions.pe": torch.zeros(3)})).samples.any()
    with pytest.raises(ModelRefused, match="lacks speech_decoder_postnet.prob_out.bias"):
        said(other("lacking", **{"speech_decoder_postnet.prob_out.bias": None}))
    with pytest.raises(ModelRefused, match="another shape"):
        said(other("wider", **{"speech_decoder_postnet.prob_out.bias": torch.zeros(3)}))
    damaged = other("damaged")
    (damaged / "spm_char.model").write_bytes(b"damaged")
    with pytest.raises(ModelRefused, match="tokenizer cannot be read"):
        said(damaged)


def test_without_sentencepiece(checkpoint, store, monkeypatch):
    found = voice_network.importlib.util.find_spec
    monkeypatch.setattr(
        voice_network.importlib.util, "find_spec", lambda name: None if name == "sentencepiece" else found(name)
    )
    with pytest.raises(LibraryUnavailable, match=r'pip install "audiokit\[tts\]"'):
        speak("hello", engine=checkpoint, store=store)
