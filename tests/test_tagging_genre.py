"""Genre experts from disk, through the real loaders, and what labels mean; all weights here are random."""

import json
import pickle
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from tagging_parts import Gate, tone

import audiokit
from audiokit import errors
from audiokit.models.store import ModelStore
from audiokit.tagging import AudioClassifier, ImageGenre, Taxonomy, load_genre_expert
from audiokit.tagging.audioset import AUDIOSET_GENRES, audioset_taxonomy, is_audioset
from audiokit.tagging.checkpoint import read_labels

torch = pytest.importorskip("torch")
pytest.importorskip("timm")
import tiny_models  # noqa: E402 - imports torch

LABELS = ("blues", "Electronic---House", "Electronic---Techno", "rock")


@pytest.fixture
def store():
    made = ModelStore(devices=["cpu"])
    yield made
    made.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """EfficientNet-B0 with one channel and random weights, marked as such."""
    place = tmp_path_factory.mktemp("models") / "efficientnet_b0_genre"
    tiny_models.save_picture_network(place, LABELS)
    facts = {"labels": list(LABELS), "audiokit_weights": "random", "window_seconds": 5, "threshold": 0.3}
    (place / "labels.json").write_text(json.dumps(facts))
    return place


@pytest.fixture
def windows(rng):
    return [0.1 * rng.standard_normal(22_050 * 5).astype(np.float32) for _ in range(3)]


# the picture


def test_the_picture_is_librosas_mel_resized(folder, store, windows):
    librosa = pytest.importorskip("librosa")
    expert = ImageGenre(folder, store=store)
    for window in (*windows, tone(5, 22_050).samples[0]):
        mel = librosa.power_to_db(
            librosa.feature.melspectrogram(y=window, sr=22_050, n_mels=128, fmax=8000), ref=np.max
        )
        wanted = torch.nn.functional.interpolate(
            torch.from_numpy(mel)[None, None], size=(224, 224), mode="bilinear", antialias=True, align_corners=False
        )[0, 0].numpy()
        wanted = (wanted - wanted.mean()) / wanted.std()
        found = expert._input(window)
        assert found.shape == (1, 224, 224)
        np.testing.assert_allclose(found[0], wanted, atol=2e-3)


def test_scores_are_the_networks_own(folder, store, windows):
    import timm
    from safetensors.torch import load_file

    expert = ImageGenre(folder, store=store)
    network = timm.create_model("efficientnet_b0", in_chans=1, num_classes=4)
    network.load_state_dict(load_file(folder / "model.safetensors"))
    network.eval()
    found = expert(windows)
    with torch.inference_mode():
        wanted = torch.softmax(network(torch.from_numpy(np.stack([expert._input(w) for w in windows]))), -1)
    np.testing.assert_allclose(found, wanted.numpy(), atol=1e-5)
    assert expert([]).shape == (0, 4)
    assert expert.window_seconds == 5
    assert expert.threshold == 0.3


def test_a_silent_window_is_a_picture_too(folder, store):
    assert np.isfinite(ImageGenre(folder, store=store)([np.zeros(22_050, np.float32)])).all()


def test_it_tags_and_says_that_its_weights_are_random(folder, store, monkeypatch):
    monkeypatch.setitem(sys.modules, "audiokit.activity.content", SimpleNamespace(classify_content=Gate("music")))
    result = audiokit.tag(tone(12, 44_100), genre=ImageGenre(folder, store=store, threshold=0.0))
    assert result.music_genre in ("blues", "electronic", "rock")
    assert result.models_invoked[-1] == "efficientnet_b0_genre [random weights]"
    assert any("Random weights" in note for note in result.genre.notes)
    assert len(result.genre.value.windows) == 2  # of 5 s each, in 12 s
    assert sum(result.genre.value.scores.values()) == pytest.approx(1, abs=1e-5)


def test_by_the_catalogues_name_it_is_found_in_the_models_folder(folder, store, monkeypatch):
    from audiokit.tagging.choose import genre_expert

    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(folder.parent))
    assert isinstance(load_genre_expert("efficientnet_b0_genre", store=store), ImageGenre)
    assert isinstance(genre_expert("auto"), ImageGenre)


def test_without_any_the_cure_names_one_that_can_be_pulled(tmp_path, monkeypatch):
    from audiokit.tagging.choose import genre_expert

    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "none"))
    with pytest.raises(errors.ModelUnavailable, match=r"audiokit models pull ast_audioset"):
        genre_expert("auto")


# what is refused


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a", "b", "c"], "3 label"),
        (["a", "b", "c", "d", "e"], "5 label"),
        (["a", "a", "c", "d"], "4 labels, 3 of them different"),
        ([], "0 labels"),
        ({"names": ["a"]}, "no file of labels"),
        ([1, 2, 3, 4], "no file of labels"),
    ],
)
def test_labels_that_do_not_fit_the_head(labels, message, folder, store, windows, tmp_path):
    (tmp_path / "l.json").write_text(json.dumps(labels))
    with pytest.raises(errors.ModelUnavailable, match=message):
        ImageGenre(folder, labels=tmp_path / "l.json", store=store)(windows)


class Evil:
    def __reduce__(self):
        return (print, ("this ran",))


def test_a_pickle_that_holds_more_than_tensors_is_not_read(tmp_path, store, windows, capfd):
    (tmp_path / "labels.txt").write_text("\n".join(LABELS))
    (tmp_path / "weights.pth").write_bytes(pickle.dumps({"a": Evil()}))
    with pytest.raises(errors.ModelRefused):
        ImageGenre(tmp_path, store=store)(windows)
    assert "this ran" not in capfd.readouterr().out


def test_a_state_dict_of_tensors_is(tmp_path, store, windows, folder):
    tiny_models.save_picture_network(tmp_path / "a", LABELS, name="weights.pth")
    (tmp_path / "a" / "labels.txt").write_text("\n".join(LABELS))
    (tmp_path / "a" / "labels.json").unlink()
    found = ImageGenre(tmp_path / "a" / "weights.pth", store=store)
    np.testing.assert_allclose(found(windows), ImageGenre(folder, store=store)(windows), atol=1e-5)


def test_weights_of_another_network_are_refused(tmp_path, store, windows):
    tiny_models.save_picture_network(tmp_path / "a", LABELS)
    with pytest.raises(errors.ModelRefused):
        ImageGenre(tmp_path / "a", architecture="mobilenetv3_small_100", store=store)(windows)
    with pytest.raises(errors.ModelUnavailable):
        ImageGenre(tmp_path / "a", architecture="no_such_network", store=store)(windows)


def test_a_folder_without_what_it_needs(tmp_path):
    with pytest.raises(errors.ModelUnavailable, match="holds no weights"):
        ImageGenre(tmp_path)
    (tmp_path / "w.safetensors").write_bytes(b"")
    with pytest.raises(errors.ModelUnavailable, match="no labels beside"):
        ImageGenre(tmp_path)


# transformers' audio classifiers


AUDIOSET = ("Speech", "Music", *(name for genre, below in AUDIOSET_GENRES.values() for name in (genre, *below)))


def test_an_ast_with_audiosets_labels(tmp_path, store, rng):
    pytest.importorskip("transformers")
    model = tiny_models.save_spectrogram_transformer(tmp_path / "ast", labels=AUDIOSET)
    expert = load_genre_expert(tmp_path / "ast", store=store)
    assert isinstance(expert, AudioClassifier)
    assert (expert.sample_rate, expert.window_seconds) == (16_000, 10.0)
    assert not expert.taxonomy.exclusive
    assert expert.threshold == 0.2
    window = 0.1 * rng.standard_normal(16_000).astype(np.float32)
    from transformers import ASTFeatureExtractor

    inputs = ASTFeatureExtractor.from_pretrained(tmp_path / "ast")(window, sampling_rate=16_000, return_tensors="pt")
    with torch.inference_mode():
        wanted = torch.sigmoid(model(inputs["input_values"]).logits)[0].numpy()
    np.testing.assert_allclose(expert([window, window])[1], wanted, atol=1e-5)
    verdict = expert.taxonomy.decide(wanted)
    assert verdict.genre in AUDIOSET_GENRES


def test_a_wav2vec2_of_genres_with_its_own_hierarchy(tmp_path, store, rng):
    labels = ("house", "techno", "punk", "jazz")
    folder = tiny_models.save(tiny_models.audio_classifier(labels=labels), tmp_path / "genres")
    config = json.loads((folder / "config.json").read_text())
    config["genres"] = {"electronic": ["house", "techno"], "rock": ["punk"]}
    (folder / "config.json").write_text(json.dumps(config))
    expert = AudioClassifier(folder, store=store)
    assert expert.taxonomy.genres == ("electronic", "electronic", "rock", "jazz")
    assert expert.taxonomy.subgenres == ("house", "techno", "punk", None)
    windows = [0.1 * rng.standard_normal(n).astype(np.float32) for n in (8000, 12_000, 8000)]
    found = expert(windows)
    np.testing.assert_allclose(found[2], expert([windows[2]])[0], atol=1e-5)
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-5)


# what labels mean


def test_audiosets_table_holds_each_label_once():
    names = [name for genre, below in AUDIOSET_GENRES.values() for name in (genre, *below)]
    assert len(names) == len(set(names)) == 50  # outputs 216 to 265 of the released labels
    assert is_audioset(AUDIOSET)
    assert not is_audioset(["rock", "Music", "Speech"])
    found = audioset_taxonomy(["Speech", "Music of Bollywood", "House music", "Electronic music"])
    assert found.genres == (None, "asian", "electronic", "electronic")
    assert found.subgenres == (None, "bollywood", "house", None)
    verdict = found.decide(np.array([0.99, 0.1, 0.5, 0.4]))
    assert (verdict.genre, verdict.score, verdict.subgenres) == ("electronic", 0.5, ("house",))


def test_subgenres_are_named_where_they_have_a_quarter_of_the_score():
    taxonomy = Taxonomy.of_labels(["e > a", "e > b", "e > c", "e > d", "rock"])
    assert taxonomy.decide(np.array([0.4, 0.22, 0.15, 0.03, 0.2])).subgenres == ("a", "b")
    assert taxonomy.decide(np.array([0.25, 0.25, 0.25, 0.25, 0.0])).subgenres == ("a", "b", "c")
    assert taxonomy.decide(np.array([0.1, 0.1, 0.0, 0.0, 0.8])).subgenres == ()


@pytest.mark.parametrize(
    ("labels", "hierarchy", "message"),
    [
        (["a"], {"x": ["b"]}, "the labels do not"),
        (["a"], {"x": ["a"], "y": ["a"]}, "twice"),
    ],
)
def test_hierarchies_that_do_not_fit(labels, hierarchy, message):
    with pytest.raises(errors.ParameterError, match=message):
        Taxonomy.of_labels(labels, hierarchy=hierarchy)


def test_a_taxonomy_without_genres_is_refused():
    with pytest.raises(errors.ParameterError, match="None of the 2 labels"):
        audioset_taxonomy(["Speech", "Dog"])
    with pytest.raises(errors.ParameterError, match="2 labels and scores"):
        Taxonomy.of_labels(["a", "b"]).decide(np.zeros(3))


def test_labels_from_text_and_json(tmp_path):
    (tmp_path / "a.txt").write_text("rock\n\n pop \n")
    assert read_labels(tmp_path / "a.txt") == (["rock", "pop"], {})
    (tmp_path / "a.json").write_text('{"labels": ["x", "y"], "window_seconds": 3}')
    assert read_labels(tmp_path / "a.json") == (["x", "y"], {"window_seconds": 3})
    with pytest.raises(errors.ModelUnavailable):
        read_labels(tmp_path / "none.json")
