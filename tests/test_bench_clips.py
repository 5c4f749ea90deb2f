"""The same clip for the same number, in every process; files that cannot be read are counted."""

import pickle

import numpy as np
import pytest

import audiokit
from audiokit.bench import FolderClips, check_clips, find_clips
from audiokit.bench.clips import stack
from audiokit.bench.sounds import write_clips
from audiokit.errors import ParameterError, SourceNotFound


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("clips")
    write_clips(root, count=10, sample_rate=22050)
    return root


@pytest.fixture(scope="module")
def files(folder):
    return find_clips(folder)


def test_recordings_are_found_below_and_in_order(folder, tmp_path):
    found = find_clips(folder)
    assert len(found) == 10
    assert found == sorted(found)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("b.WAV", "a.mp3", "notes.txt", "c.wav.part"):
        (tmp_path / "deep" / "er" / name).write_bytes(b"")
    (tmp_path / "folder.wav").mkdir()
    assert [path.name for path in find_clips(tmp_path)] == ["a.mp3", "b.WAV"]


def test_a_folder_without_recordings_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="no recording"):
        find_clips(tmp_path)
    with pytest.raises(SourceNotFound):
        find_clips(tmp_path / "nowhere")


def test_what_does_not_decode_is_counted(files, tmp_path):
    (tmp_path / "text.wav").write_text("this is no sound")
    (tmp_path / "empty.mp3").write_bytes(b"")
    found = check_clips([files[0], *find_clips(tmp_path), tmp_path / "gone.flac"])
    assert found.files == (files[0],)
    assert [path.name for path, _ in found.failures] == ["empty.mp3", "text.wav", "gone.flac"]
    assert all(reason for _, reason in found.failures)


def test_a_clip_is_a_span_of_its_file(files):
    clips = FolderClips(files, clip_seconds=0.25, sample_rate=22050)
    for index in range(len(clips)):
        clip, given = clips[index]
        assert (given, clip.shape, clip.dtype) == (index, (round(0.25 * 22050),), np.float32)
        whole = audiokit.read(files[index]).mono().samples[0]
        first = int(clips.start_of(index) * 22050)
        count = min(len(clip), len(whole) - first, int(0.25 * 22050))
        np.testing.assert_allclose(clip[:count], whole[first : first + count], atol=1e-6)
    assert len({clips.start_of(index) for index in range(len(clips))}) == len(clips)


def test_a_short_file_is_padded(files):
    clip, _ = FolderClips(files, clip_seconds=5.0)[0]
    sound = audiokit.load(files[0], sr=16000)[0]
    assert len(clip) == 80000
    np.testing.assert_array_equal(clip[: len(sound)], sound)
    assert not clip[len(sound) :].any()


def test_a_copy_in_another_process_gives_the_same(files):
    clips = FolderClips(files)
    again = pickle.loads(pickle.dumps(clips))
    for index in (0, 9):
        np.testing.assert_array_equal(clips[index][0], again[index][0])
    other = FolderClips(files, seed=1)
    assert [clips.start_of(i) for i in range(10)] != [other.start_of(i) for i in range(10)]


def test_bad_index_and_bad_length(files):
    with pytest.raises(IndexError):
        FolderClips(files)[10]
    with pytest.raises(ParameterError, match="one sample"):
        FolderClips(files, clip_seconds=0.0)


def test_batches_are_plain_arrays():
    samples, indices = stack([(np.zeros(4, np.float32), 7), (np.ones(4, np.float32), 3)])
    assert samples.shape == (2, 4)
    assert indices.tolist() == [7, 3]
