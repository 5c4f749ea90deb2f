"""Voices as vectors: kept by name, read without pickles, made of a clip by an encoder whose size is checked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit import Audio
from audiokit.errors import ModelRefused, OutputExists, ParameterError, SourceNotFound
from audiokit.speech import VoiceBank, speaker_vector

NAMES = st.text(st.characters(categories=("L", "N"), max_codepoint=0x24F), min_size=1, max_size=8)


@pytest.mark.parametrize("ending", [".npz", ".safetensors"])
def test_a_bank_is_the_same_after_a_file(tmp_path, ending):
    pytest.importorskip("safetensors")
    rng = np.random.default_rng(0)

    @given(st.dictionaries(NAMES, st.integers(0, 2**31), min_size=1, max_size=4), st.integers(1, 9))
    def holds(seeds, dimensions):
        bank = VoiceBank({name: np.random.default_rng(seed).normal(size=dimensions) for name, seed in seeds.items()})
        bank = bank.with_voice(next(iter(seeds)), np.zeros(dimensions), made_by="grün & blau")
        found = VoiceBank.read(bank.write(tmp_path / f"bank{ending}", overwrite=True))
        assert set(found) == set(seeds)
        assert found.dimensions == dimensions
        assert all(np.array_equal(found[name], bank[name]) for name in seeds)
        assert dict(found.made_by) == dict(bank.made_by)

    holds()
    with pytest.raises(OutputExists):
        VoiceBank({"a": rng.normal(size=3)}).write(tmp_path / f"bank{ending}")


def test_vectors_are_copied_and_checked(tmp_path):
    given_vector = np.ones(4)
    bank = VoiceBank({"anna": given_vector})
    given_vector[0] = 9
    assert bank["anna"][0] == 1
    with pytest.raises(ValueError, match="read-only"):
        bank["anna"][0] = 2
    for wrong, said in ((np.ones((2, 2)), r"\(2, 2\)"), (np.array([np.nan]), "finite"), (np.zeros(0), "finite")):
        with pytest.raises(ParameterError, match=said):
            VoiceBank({"anna": wrong})
    with pytest.raises(ParameterError, match=r"'ben' has shape \(3,\), that of 'anna' \(4,\)"):
        bank.with_voice("ben", np.ones(3))
    with pytest.raises(ParameterError, match="cannot be called"):
        VoiceBank({"__made_by__": np.ones(4)})
    assert dict(VoiceBank.read(VoiceBank({"file": np.ones(4)}).write(tmp_path / "x.npz"))).keys() == {"file"}
    with pytest.raises(ParameterError, match="'carl'.*anna"):
        bank.vector_of("carl", 4)


def test_files_that_are_no_bank(tmp_path):
    with pytest.raises(SourceNotFound):
        VoiceBank.read(tmp_path / "none.npz")
    (tmp_path / "bad.npz").write_bytes(b"PK nothing")
    with pytest.raises(ModelRefused, match="cannot be read"):
        VoiceBank.read(tmp_path / "bad.npz")
    np.savez(tmp_path / "pickled.npz", anna=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ModelRefused, match="cannot be read"):
        VoiceBank.read(tmp_path / "pickled.npz")
    np.savez(tmp_path / "flat.npz", anna=np.ones((2, 3)))
    with pytest.raises(ModelRefused, match=r"flat.npz.*\(2, 3\)"):
        VoiceBank.read(tmp_path / "flat.npz")
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelRefused, match="cannot be read"):
        VoiceBank.read(tmp_path / "bad.safetensors")
    with pytest.raises(ParameterError, match=r"\.npz or \.safetensors"):
        VoiceBank({}).write(tmp_path / "bank.json")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tiny_voices import tiny_speaker_encoder

    return tiny_speaker_encoder(tmp_path_factory.mktemp("encoder") / "wavlm")


@pytest.fixture(scope="module")
def clip():
    rng = np.random.default_rng(1)
    return Audio(0.1 * rng.normal(size=(2, 44100)), 22050)


def test_a_vector_of_a_clip(encoder, clip, tmp_path):
    import torch
    from transformers import WavLMForXVector

    from audiokit.dsp import resample

    found = speaker_vector(clip, encoder)
    samples = resample(clip.mono().samples[0], 22050, 16000)
    with torch.inference_mode():
        alone = WavLMForXVector.from_pretrained(encoder).eval()(torch.from_numpy(samples)[None]).embeddings[0]
    np.testing.assert_allclose(found.vector, (alone / alone.norm()).numpy(), atol=1e-5)
    assert found.vector.shape == (512,)
    assert found.encoder == "WavLMForXVector (wavlm, random weights)"
    assert found.heard_seconds == pytest.approx(2.0)
    clip_path = tmp_path / "clip.wav"
    clip_path.write_bytes(clip.encode("WAV"))
    np.testing.assert_allclose(speaker_vector(clip_path, encoder).vector, found.vector, atol=1e-3)


def test_an_encoder_of_another_size_is_refused_with_both_shapes(clip, tmp_path):
    pytest.importorskip("transformers")
    from tiny_voices import tiny_speaker_encoder

    small = tiny_speaker_encoder(tmp_path / "small", dimensions=64)
    with pytest.raises(ModelRefused, match=r"\(64,\), and shape \(512,\)"):
        speaker_vector(clip, small)
    assert speaker_vector(clip, small, dimensions=None).vector.shape == (64,)


def test_clips_and_folders_that_do_not_do(encoder, tmp_path):
    with pytest.raises(ParameterError, match="0.50 s"):
        speaker_vector(Audio(np.ones(8000) * 0.1, 16000), encoder)
    with pytest.raises(ParameterError, match="silent"):
        speaker_vector(Audio(np.zeros(32000), 16000), encoder)
    (tmp_path / "config.json").write_text('{"architectures": ["BertModel"]}')
    with pytest.raises(ModelRefused, match="BertModel"):
        speaker_vector(Audio(np.ones(32000) * 0.1, 16000), tmp_path)
