"""A row counts only if its output is right; a peer that cannot is a row that says so."""

import numpy as np
import pytest

import audiokit
from audiokit.bench import compare_decoders
from audiokit.bench.bars import decode_bars
from audiokit.bench.decoders import TOLERANCE, RowState
from audiokit.bench.peers import PEERS, Peer
from audiokit.bench.sounds import FORMATS, write_formats
from audiokit.errors import InputError, ParameterError


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_formats(tmp_path_factory.mktemp("formats"), seconds=1.0)


def peer(name, load, packages=("numpy",)):
    return Peer(name, packages, load)


OURS = PEERS[0]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("rate", [16000, 44100])
def test_the_peers_agree(files, name, rate):
    found = compare_decoders(files[name], sample_rate=rate, repeats=1)
    assert [row.name for row in found.rows] == ["audiokit", "librosa", "soundfile + soxr"]
    assert found.all_equal
    ours = audiokit.load(files[name], sr=rate)[0]
    for row in found.rows:
        if row.state is RowState.UNAVAILABLE:  # librosa, where it is not installed
            continue
        assert row.state is RowState.OK, row.reason
        assert row.frames == len(ours)
        assert row.max_difference <= TOLERANCE
        assert len(row.timing.seconds) == 1


def test_only_the_span_asked_for(files):
    found = compare_decoders(files["WAV"], duration_seconds=0.25, repeats=1)
    assert found.sound_seconds == 0.25
    assert {row.frames for row in found.rows if row.frames is not None} == {4000}


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_the_recipe_written_by_hand_means_the_same_for_any_channels(tmp_path, rng, channels):
    import soundfile

    path = tmp_path / "noise.wav"
    soundfile.write(path, rng.uniform(-0.5, 0.5, (8000, channels)), 22050, subtype="FLOAT")
    found = compare_decoders(path, repeats=1)
    assert found["soundfile + soxr"].state is RowState.OK


def test_what_is_not_equal_gets_no_ratio(files):
    def loud(path, rate, seconds):  # swr's stereo downmix
        return OURS.load(path, rate, seconds) * np.float32(2**0.5)

    def short(path, rate, seconds):
        return OURS.load(path, rate, seconds)[:-1]

    def stereo(path, rate, seconds):
        return np.stack([OURS.load(path, rate, seconds)] * 2)

    def a_hair_off(path, rate, seconds):
        return OURS.load(path, rate, seconds) + np.float32(TOLERANCE / 2)

    def a_nan(path, rate, seconds):
        samples = OURS.load(path, rate, seconds).copy()
        samples[7] = np.nan
        return samples

    wrong = {"loud": loud, "short": short, "stereo": stereo, "a_nan": a_nan}
    peers = [OURS, *(peer(name, load) for name, load in wrong.items()), peer("close", a_hair_off)]
    found = compare_decoders(files["WAV"], peers=peers, repeats=2)
    assert not found.all_equal
    for name in wrong:
        row = found[name]
        assert (row.state, row.ratio) == (RowState.DIFFERENT, None)
        assert row.timing is not None
        assert row.reason
    assert found["loud"].max_difference == pytest.approx(0.41 * 10 ** (-3 / 20), rel=0.3)
    assert found["short"].max_difference is None
    assert "differ by up to 0" in found["short"].reason
    assert found["a_nan"].max_difference == np.inf
    assert found["close"].state is RowState.OK
    assert found["close"].ratio > 0


def test_a_missing_or_failing_peer_is_a_row(files):
    def fails(path, rate, seconds):
        raise OSError("no such\ncodec")

    missing = peer("missing", fails, packages=("numpy", "a_library_nobody_has"))
    found = compare_decoders(files["WAV"], peers=[OURS, missing, peer("failing", fails)], repeats=1)
    assert (found["missing"].state, found["missing"].timing) == (RowState.UNAVAILABLE, None)
    assert "pip install a_library_nobody_has" in found["missing"].reason
    assert (found["failing"].state, found["failing"].reason) == (RowState.FAILED, "OSError: no such codec")
    assert found.all_equal  # nobody gave other samples
    table = found.to_dataframe().set_index("name")
    assert table["ratio"].isna().tolist() == [False, True, True]
    assert table.loc["audiokit", "ratio"] == 1.0
    assert table["median_ms"].isna().tolist() == [False, True, True]


def test_our_own_failure_is_raised(tmp_path):
    with pytest.raises(InputError):
        compare_decoders(tmp_path / "nothing.wav")
    with pytest.raises(ParameterError, match="loader"):
        compare_decoders(tmp_path / "nothing.wav", peers=[])


def test_bars_name_what_does_not_hold(files):
    def quick(path, rate, seconds):
        return memory

    memory = OURS.load(str(files["WAV"]), 16000, None)
    found = compare_decoders(files["WAV"], peers=[OURS, peer("librosa", quick)], repeats=3)
    bars = {bar.name: bar for bar in decode_bars({"WAV": found, "OGG": found})}
    assert not bars["WAV: audiokit is not slower than librosa"].holds  # a peer that does nothing is faster
    assert bars["WAV: outputs are equal"].holds
    assert "OGG: audiokit is not slower than librosa" not in bars

    absent = compare_decoders(files["WAV"], peers=[OURS, peer("librosa", quick, ("a_library_nobody_has",))], repeats=1)
    unmeasured = {bar.name: bar for bar in decode_bars({"MP3": absent})}["MP3: audiokit is not slower than librosa"]
    assert not unmeasured.holds
    assert "not installed" in unmeasured.found


@pytest.mark.corpus
def test_recordings_of_many_kinds(corpus):
    for name in ("speech/jfk.flac", "speech/jfk.mp3", "codec/hf/test_audio_48000.opus", "video/exo_sample.mp4"):
        found = compare_decoders(corpus / name, repeats=1)
        assert found["audiokit"].state is RowState.OK
        assert all((row.ratio is not None) == (row.state is RowState.OK) for row in found.rows)
