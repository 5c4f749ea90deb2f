"""The recipes beside the obvious way to write them."""

import numpy as np
import pytest

from audiokit.bench import recipes
from audiokit.bench.peers import PEERS, Peer, can_import, named


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("rate", [22050, 8000, 16000])
def test_the_end_that_all_share(rng, channels, rate):
    librosa = pytest.importorskip("librosa")
    interleaved = rng.uniform(-0.5, 0.5, (5001, channels)).astype(np.float32)
    wanted = librosa.resample(librosa.to_mono(interleaved.T), orig_sr=rate, target_sr=16000, res_type="soxr_hq")
    found = recipes.mono_at(interleaved.T, rate, 16000)
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    np.testing.assert_allclose(recipes.mono_at(interleaved.T, rate, None), interleaved.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_pyav_by_hand_knows_the_formats_of_samples(tmp_path, rng, subtype, channels):
    soundfile = pytest.importorskip("soundfile")
    path = str(tmp_path / "noise.wav")
    soundfile.write(path, rng.uniform(-0.5, 0.5, (4000, channels)), 16000, subtype=subtype)
    for span in ((0.0, None), (0.1, None), (0.05, 0.1)):
        wanted = recipes.by_soundfile(path, 16000, *span)
        np.testing.assert_allclose(recipes.by_pyav(path, 16000, *span), wanted, atol=1e-6)


def test_whoever_is_missing_is_named():
    here = Peer("here", ("numpy",), PEERS[0].load)
    gone = Peer("gone", ("numpy", "a-library"), PEERS[0].load, modules=("numpy", "a_library.part"))
    assert here.missing == ()
    assert gone.missing == ("a-library",)
    assert here.absence("a.wav") is None
    assert str(gone.absence("a.wav")) == "not installed; pip install a-library"
    assert can_import("xml.dom")
    assert not can_import("numpy.nothing_of_that_name")


def test_a_peer_for_one_kind_of_file():
    wav = next(peer for peer in PEERS if peer.endings)
    assert wav.is_meant_for("a/b.WAV")
    assert not wav.is_meant_for("a/b.flac")
    assert named([]) == PEERS[:1]
    assert [peer.name for peer in named(["miniaudio", "librosa"])] == ["audiokit", "librosa", "miniaudio"]
