"""Sections of the suite, small: what they say about equality, about absence, and in JSON."""

import json
import os
import time
from functools import partial

import numpy as np
import pytest

import audiokit.decode
from audiokit.bench import fresh, suite
from audiokit.bench.absence import Absence
from audiokit.bench.caching import compare_cache_hits
from audiokit.bench.equality import RowState
from audiokit.bench.files import CODECS, write_codecs
from audiokit.bench.floor import BARE, compare_with_floor, floors_to_dataframe
from audiokit.bench.fresh import FIRST_ARRAY, first_arrays
from audiokit.bench.many import READ_MANY, compare_many
from audiokit.bench.memory import blocks_memory, memory_to_dataframe, peak_memory
from audiokit.bench.peers import PEERS, Peer, named
from audiokit.bench.sounds import write_clips
from audiokit.bench.spans import compare_spans, spans_to_dataframe
from audiokit.bench.threads import compare_threads, thread_counts
from audiokit.errors import ParameterError

OURS = PEERS[0]
SOME = named(["soundfile + soxr", "PyAV + soxr"])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_codecs(tmp_path_factory.mktemp("codecs"), seconds=2.0)


@pytest.mark.parametrize("codec", CODECS)
def test_the_floor_is_the_fastest_bare_decoder(files, codec):
    found = compare_with_floor(files[codec], codec, repeats=2)
    assert codec in BARE[found.decoder].codecs
    assert all(found.bare.median_seconds <= seconds for seconds in found.others.values())
    assert found.floor.seconds == tuple(a + b for a, b in zip(found.bare.seconds, found.soxr.seconds, strict=True))
    assert found.times_floor > 0
    assert floors_to_dataframe([found]).loc[0, "decoder"] == found.decoder


def test_no_floor_without_a_decoder(files):
    with pytest.raises(ParameterError, match="bare decoder"):
        compare_with_floor(files["WAV"], "WMA")


def test_the_end_of_a_file(files):
    found = compare_spans(files["FLAC"], "FLAC", repeats=1, peers=SOME)
    assert (found.file_seconds, found.max_difference) == (2.0, 0.0)
    assert found.peers.offset_seconds == 1.0
    assert [row.state for row in found.peers.rows] == [RowState.OK] * 3
    table = spans_to_dataframe([found])
    assert table["times_faster"].notna().tolist() == [True, False, False]


def test_an_end_that_differs_from_the_whole_is_seen(files, monkeypatch):
    load = audiokit.load

    def forgetful(path, *, sr=22050, offset=0.0, duration=None):
        samples, rate = load(path, sr=sr, offset=offset, duration=duration)
        return (samples if not offset else samples * np.float32(0.5)), rate

    monkeypatch.setattr(audiokit, "load", forgetful)
    assert compare_spans(files["WAV"], "WAV", repeats=1, peers=SOME[:1]).max_difference > 0.1


def test_threads(files):
    def loud(*asked):
        return OURS.load(*asked) * 2

    peers = [*SOME, Peer("loud", ("numpy",), loud), Peer("gone", ("a_library_nobody_has",), OURS.load)]
    found = compare_threads([files["WAV"]] * 3, threads=(1, 2), repeats=1, peers=peers)
    table = found.to_dataframe().set_index(["name", "threads"])
    assert found.sound_seconds == pytest.approx(6.0)
    for name in ("audiokit", "soundfile + soxr", "PyAV + soxr"):
        assert (table.loc[name, "state"] == "ok").all()
        assert (table.loc[name, "sound_seconds_per_second"] > 0).all()
        assert found.scaling(name) > 0
    assert table.loc["loud", "sound_seconds_per_second"].isna().all()
    assert table.loc["loud", "median_ms"].notna().all()
    assert table.loc["gone", "median_ms"].isna().all()
    assert found.scaling("gone") is None


def test_counts_of_threads():
    assert [thread_counts(n) for n in (1, 2, 3, 8)] == [(1,), (1, 2), (1, 2, 3), (1, 2, 4, 8)]
    with pytest.raises(ParameterError, match="threads"):
        compare_threads(["a.wav"], threads=(0,))


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    return write_clips(tmp_path_factory.mktemp("clips"), count=12, sample_rate=22050, formats=("FLAC", "WAV"))


def slow_of(name, seconds):
    def load(*asked):
        time.sleep(seconds)
        return OURS.load(*asked)

    return Peer(name, ("numpy",), load)


def test_only_the_best_come_to_the_last_round(clips):
    def loud(*asked):
        return OURS.load(*asked) * 2

    def fails(*asked):
        raise OSError("no")

    peers = [
        slow_of("slow", 0.05),
        OURS,
        slow_of("second", 0.02),
        Peer("loud", ("numpy",), loud),
        Peer("failing", ("numpy",), fails),
        Peer("gone", ("a_library_nobody_has",), OURS.load),
        Peer("wavless", ("numpy",), OURS.load, lacks=lambda path: path.endswith(".wav") and Absence("no WAV", "wait")),
    ]
    found = compare_many(clips, threads=2, repeats=1, peers=peers)
    assert found.rows[0].name == READ_MANY
    states = {row.name: str(row.state) for row in found.rows[1:]}
    assert states == {
        "slow": "ok", "audiokit": "ok", "second": "ok",
        "loud": "different", "failing": "failed", "gone": "unavailable", "wavless": "unavailable",
    }  # fmt: skip
    timed = {row.name for row in found.rows[1:] if row.timing is not None}
    assert timed == {"audiokit", "second"}
    assert found.best_peer.name == "audiokit"
    assert found.to_dataframe()["reason"].iloc[1:].astype(bool).tolist() == [True, False, False] + 4 * [True]
    with pytest.raises(ParameterError, match="files"):
        compare_many([])


def test_our_own_way_is_measured(clips):
    found = compare_many(clips, repeats=1, peers=SOME[1:])
    assert found.rows[0].state is RowState.OK
    assert all(row.ratio is not None for row in found.rows)


def test_memory_is_that_of_the_fresh_process():
    ballast = np.ones(50_000_000)  # 400 MB here, which are not the child's
    small, printed = peak_memory("print('hello')")
    big, _ = peak_memory("import numpy\nlarge = numpy.ones(12_500_000)")
    assert printed == "hello"
    assert small < 100e6
    assert big > small + 95e6
    assert ballast.any()
    with pytest.raises(RuntimeError, match="no such luck"):
        peak_memory("raise ValueError('no such luck')")


def test_blocks(files):
    row = blocks_memory(files["WAV"])
    assert (row.state, row.sound_seconds) == (RowState.OK, 2.0)
    assert 20e6 < row.peak_bytes < 500e6
    assert blocks_memory("nowhere.wav").state is RowState.FAILED
    assert list(memory_to_dataframe([row])["name"]) == [files["WAV"].name]


def test_cache(files, monkeypatch):
    calls = []

    class Remembering:
        def __init__(self, path, target_sr, mono):
            assert (target_sr, mono) == (16000, True)

        def decode(self, offset=0.0, duration=None, use_cache=True):
            calls.append((offset, duration, use_cache))

    monkeypatch.setattr(audiokit.decode, "AudioDecoder", Remembering, raising=False)
    found = compare_cache_hits(files["WAV"], lengths=(0.5, 2.0), repeats=1)
    assert set(calls) == {(0.0, 0.5, True), (0.0, 2.0, True)}
    assert list(found.hits) == [0.5, 2.0]
    assert found.growth > 0
    assert found.to_dataframe()["array_mb"].tolist() == [0.032, 0.128]


def test_first_arrays(files, monkeypatch):
    monkeypatch.setitem(FIRST_ARRAY, "librosa", "import a_library_nobody_has")
    for name in set(FIRST_ARRAY) - {"audiokit", "librosa"}:
        monkeypatch.delitem(FIRST_ARRAY, name)
    found = first_arrays(files["FLAC"], repeats=1)
    assert list(found.times.timings) == ["audiokit"]
    assert "librosa" in found.left_out
    assert not found.absent  # it is here, and fails
    assert found.to_dataframe()["ratio"].iloc[0] == 1.0


def test_a_program_whose_library_cannot_load_is_not_run(files, monkeypatch, tmp_path):
    ran = tmp_path / "ran"
    lacking = Peer("lacking", ("numpy",), OURS.load, lacks=lambda path: Absence("cannot load it", f"see {path}"))
    monkeypatch.setattr(fresh, "PEERS", (OURS, lacking))
    monkeypatch.setattr(
        fresh, "FIRST_ARRAY", {"audiokit": FIRST_ARRAY["audiokit"], "lacking": f"open({str(ran)!r}, 'w')"}
    )
    found = first_arrays(files["FLAC"], repeats=1)
    assert found.absent == {"lacking"}
    assert found.left_out == {"lacking": f"cannot load it; see {files['FLAC']}"}
    assert found.to_dataframe()["reason"].tolist() == ["", found.left_out["lacking"]]
    assert not ran.exists()


@pytest.mark.parametrize("name", FIRST_ARRAY)
def test_each_program_for_a_fresh_process_gives_the_array(files, name):
    peer = next(peer for peer in PEERS if peer.name == name)
    absence = peer.absence(files["FLAC"])
    if absence:
        assert "ffmpeg" not in os.environ.get("AUDIOKIT_REQUIRE", ""), f"{name}: {absence}"
        pytest.skip(f"{name}: {absence}")
    lines = FIRST_ARRAY[name].format(file=str(files["FLAC"])).replace("; ", "\n").rstrip().splitlines()
    scope = {}
    exec("\n".join([*lines[:-1], f"found = {lines[-1]}"]), scope)
    found = scope["found"][0] if isinstance(scope["found"], tuple) else scope["found"]
    np.testing.assert_allclose(found, audiokit.load(files["FLAC"], sr=16000)[0], atol=1e-4)


def test_sections_are_measured_alone_and_told_as_json(tmp_path, monkeypatch):
    for name in ("compare_decoders", "compare_many", "compare_spans", "compare_threads"):
        monkeypatch.setattr(suite, name, partial(getattr(suite, name), peers=SOME))
    sizes = suite.Sizes(
        seconds=0.3, repeats=1, lengths=(0.2,), long_seconds=2.0, cached_seconds=2.0, clips=4, hours=0.01
    )
    steps, begun = [], []
    only = ("decode", "lengths", "spans", "threads", "many", "cache")
    found = suite.run(tmp_path, sizes, only=only, begin=begun.append, step=lambda: steps.append(1))
    assert begun == [name for name in suite.SECTIONS if name in only]
    assert list(found.tables()) == begun
    assert set(found.decode) == set(CODECS)
    assert not list(tmp_path.glob("*/*")), "files of a section are deleted with it"
    told = json.loads(found.to_json(sizes, "a machine"))
    assert told["machine"] == "a machine"
    assert told["sizes"]["seconds"] == 0.3
    assert {row["codec"] for row in told["decode"]} == set(CODECS)
    assert len(told["bars"]) == len(found.bars())
    assert 0.1 < len(steps) / sum(suite.planned_runs(sizes)[name] for name in only) < 2
