"""A row counts only if its output is right; a peer that cannot is a row that says so."""

import os
import shutil

import numpy as np
import pytest

import audiokit
from audiokit.bench import compare_decoders
from audiokit.bench.absence import Absence, ffmpeg_versions
from audiokit.bench.equality import TOLERANCE, RowState
from audiokit.bench.files import CODECS, write_codecs
from audiokit.bench.peers import PEERS, Peer
from audiokit.errors import InputError, ParameterError


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_codecs(tmp_path_factory.mktemp("codecs"), seconds=1.0)


def peer(name, load, packages=("numpy",)):
    return Peer(name, packages, load)


OURS = PEERS[0]


CANNOT = {"soundfile + soxr": {"AAC"}, "miniaudio": {"Opus", "AAC"}, "pedalboard": {"Opus", "AAC"}}


def is_away(row):
    """Whether a peer may be left out: only for want of what is looked for here once more, by the system's own means."""
    if row.state is not RowState.UNAVAILABLE:
        return False
    if "ffmpeg" in os.environ.get("AUDIOKIT_REQUIRE", "") and "FFmpeg" in row.absence.cure:
        pytest.fail(f"AUDIOKIT_REQUIRE asks for FFmpeg, but {row.name}: {row.reason}")
    package = next(peer for peer in PEERS if peer.name == row.name).missing
    really = {
        "not installed": bool(package),
        "cannot load FFmpeg": not ffmpeg_versions(),
        "cannot run ffmpeg": shutil.which("ffmpeg") is None,
    }
    assert really[row.absence.what], f"{row.name}: {row.reason}, and yet it is there"
    assert row.reason == str(row.absence)
    assert row.timing is row.ratio is row.frames is None
    return True


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("rate", [16000, None])
def test_the_peers_agree(files, name, rate):
    found = compare_decoders(files[name], sample_rate=rate, repeats=1)
    names = [peer.name for peer in PEERS if peer.is_meant_for(files[name])]
    assert [row.name for row in found.rows] == names
    ours, own = audiokit.load(files[name], sr=rate)
    assert found.sample_rate == own
    for row in found.rows:
        if is_away(row):
            continue
        if name in CANNOT.get(row.name, ()):
            assert row.state is RowState.FAILED
            continue
        if row.name == "pedalboard" and name == "MP3":  # it knows nothing of an encoder's delay
            assert (row.state, row.ratio) == (RowState.DIFFERENT, None)
            assert "25.1 ms) late" in row.reason
            continue
        assert row.state is RowState.OK, f"{row.name}: {row.reason}"
        assert row.max_difference <= TOLERANCE
        assert len(row.timing.seconds) == 1
        if name == "AAC":  # some keep what the encoder appended, and say so
            assert row.frames >= len(ours)
            assert ("longer" in row.reason) == (row.frames > len(ours))
        else:
            assert row.frames == len(ours)


@pytest.mark.parametrize("name", ["WAV", "FLAC"])
def test_the_peers_agree_about_a_span(files, name):
    found = compare_decoders(files[name], offset_seconds=0.3, duration_seconds=0.5, repeats=1)
    for row in found.rows:
        assert is_away(row) or row.state is RowState.OK, f"{row.name}: {row.reason}"
    assert found.offset_seconds == 0.3


def test_only_the_span_asked_for(files):
    found = compare_decoders(files["WAV"], duration_seconds=0.25, repeats=1)
    assert found.sound_seconds == 0.25
    assert found.sample_rate == 16000
    assert {row.frames for row in found.rows if row.frames is not None} == {4000}


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_the_recipe_written_by_hand_means_the_same_for_any_channels(tmp_path, rng, channels):
    import soundfile

    path = tmp_path / "noise.wav"
    soundfile.write(path, rng.uniform(-0.5, 0.5, (8000, channels)), 22050, subtype="FLOAT")
    found = compare_decoders(path, repeats=1)
    assert found["soundfile + soxr"].state is RowState.OK


def test_what_is_not_equal_gets_no_ratio(files):
    def loud(*asked):  # swr's stereo downmix
        return OURS.load(*asked) * np.float32(2**0.5)

    def short(*asked):
        return OURS.load(*asked)[:-1]

    def stereo(*asked):
        return np.stack([OURS.load(*asked)] * 2)

    def a_hair_off(*asked):
        return OURS.load(*asked) + np.float32(TOLERANCE / 2)

    def a_nan(*asked):
        samples = OURS.load(*asked).copy()
        samples[7] = np.nan
        return samples

    def late(*asked):
        return np.pad(OURS.load(*asked), (13, 0))[:-13]

    def long(*asked):
        return np.pad(OURS.load(*asked), (0, 100))

    wrong = {"loud": loud, "short": short, "stereo": stereo, "a_nan": a_nan, "late": late}
    right = [peer("close", a_hair_off), peer("long", long)]
    peers = [OURS, *(peer(name, load) for name, load in wrong.items()), *right]
    found = compare_decoders(files["WAV"], peers=peers, repeats=2)
    assert not found.all_equal
    for name in wrong:
        row = found[name]
        assert (row.state, row.ratio) == (RowState.DIFFERENT, None)
        assert row.timing is not None
        assert row.reason
    assert found["loud"].max_difference == pytest.approx(0.41 * 10 ** (-3 / 20), rel=0.3)
    assert found["short"].max_difference is None
    assert found["short"].reason == "1 samples shorter, equal where both are"
    assert found["late"].reason == "13 samples (0.8 ms) late, otherwise equal"
    assert (found["long"].state, found["long"].reason) == (RowState.OK, "100 samples longer")
    assert found["long"].ratio > 0
    assert found["a_nan"].max_difference == np.inf
    assert found["close"].state is RowState.OK
    assert found["close"].ratio > 0


def test_a_missing_or_failing_peer_is_a_row(files):
    def fails(*asked):
        raise OSError("no such\ncodec in /tmp/some/where.wav")

    missing = peer("missing", fails, packages=("numpy", "a_library_nobody_has"))
    found = compare_decoders(files["WAV"], peers=[OURS, missing, peer("failing", fails)], repeats=1)
    assert (found["missing"].state, found["missing"].timing) == (RowState.UNAVAILABLE, None)
    assert "pip install a_library_nobody_has" in found["missing"].reason
    assert (found["failing"].state, found["failing"].reason) == (RowState.FAILED, "OSError: no such codec in where.wav")
    assert found.all_equal  # nobody gave other samples
    table = found.to_dataframe().set_index("name")
    assert table["ratio"].isna().tolist() == [False, True, True]
    assert table.loc["audiokit", "ratio"] == 1.0
    assert table["median_ms"].isna().tolist() == [False, True, True]


def test_what_a_peer_lacks_for_one_file_is_no_failure(files):
    """The same peer is asked for one file and not for the other; what it would do with that one does not matter."""
    lacking = Absence("cannot load FFmpeg", "install it")

    def lacks(path):
        return lacking if path.endswith(".flac") else None

    half = Peer("half", ("numpy",), OURS.load, lacks=lacks)
    found = compare_decoders(files["FLAC"], peers=[OURS, half], repeats=1)["half"]
    assert (found.state, found.reason) == (RowState.UNAVAILABLE, "cannot load FFmpeg; install it")
    assert found.absence is lacking
    assert found.timing is found.ratio is found.frames is None
    found = compare_decoders(files["WAV"], peers=[OURS, half], repeats=1)["half"]
    assert (found.state, found.absence) == (RowState.OK, None)


def test_our_own_failure_is_raised(tmp_path):
    with pytest.raises(InputError):
        compare_decoders(tmp_path / "nothing.wav")
    with pytest.raises(ParameterError, match="loader"):
        compare_decoders(tmp_path / "nothing.wav", peers=[])


@pytest.mark.corpus
def test_recordings_of_many_kinds(corpus):
    for name in ("speech/jfk.flac", "speech/jfk.mp3", "codec/hf/test_audio_48000.opus", "video/exo_sample.mp4"):
        found = compare_decoders(corpus / name, repeats=1)
        assert found["audiokit"].state is RowState.OK
        assert all((row.ratio is not None) == (row.state is RowState.OK) for row in found.rows)
