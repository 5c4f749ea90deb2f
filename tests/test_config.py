from __future__ import annotations

import pytest

from audiokit import errors
from audiokit.config import load_config
from audiokit.decode.cache import DecodeCache, default_cache, set_default_cache


def test_each_layer_wins_over_the_one_before(tmp_path):
    assert load_config(tmp_path, {}).reports_folder == "reports"
    (tmp_path / "audiokit.toml").write_text('reports_folder = "from-file"\ncell_timeout_seconds = 5\n')
    assert load_config(tmp_path, {}).reports_folder == "from-file"
    environment = {"AUDIOKIT_REPORTS_FOLDER": "from-env", "AUDIOKIT_CORPUS": "not a setting", "HOME": "x"}
    found = load_config(tmp_path, environment)
    assert (found.reports_folder, found.cell_timeout_seconds) == ("from-env", 5)
    assert load_config(tmp_path, environment, reports_folder="argument").reports_folder == "argument"
    assert load_config(tmp_path, environment, reports_folder=None).reports_folder == "from-env"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("colour = 1", "colour"),
        ("cell_timeout_seconds = 'soon'", "wants int"),
        ("cell_timeout_seconds = -1", "above 0"),
        ("cell_timeout_seconds = true", "wants int"),
        ("cache_bytes = -1", "0 or more"),
        ("cache_bytes = 1.5", "wants int"),
        ("= 3", "not TOML"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path, content, message):
    (tmp_path / "audiokit.toml").write_text(content)
    with pytest.raises(errors.ParameterError, match=message) as caught:
        load_config(tmp_path, {})
    assert "audiokit.toml" in str(caught.value)


def test_a_bad_environment_is_refused_by_name(tmp_path):
    with pytest.raises(errors.ParameterError, match="AUDIOKIT_CELL_TIMEOUT_SECONDS"):
        load_config(tmp_path, {"AUDIOKIT_CELL_TIMEOUT_SECONDS": "soon"})


def test_the_cache_is_bounded_by_the_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AUDIOKIT_CACHE_BYTES", raising=False)
    assert load_config().cache_bytes is None
    unset = DecodeCache().stats().max_bytes
    assert 0 < unset <= 2 << 30
    (tmp_path / "audiokit.toml").write_text("cache_bytes = 1000000\n")
    assert DecodeCache().stats().max_bytes == 1_000_000
    monkeypatch.setenv("AUDIOKIT_CACHE_BYTES", "2000000")
    assert DecodeCache().stats().max_bytes == 2_000_000
    assert DecodeCache(3_000_000).stats().max_bytes == 3_000_000
    assert load_config(cache_bytes=4_000_000).cache_bytes == 4_000_000
    before = set_default_cache(None)
    try:
        assert default_cache().stats().max_bytes == 2_000_000
        monkeypatch.setenv("AUDIOKIT_CACHE_BYTES", "0")
        assert DecodeCache().stats().max_bytes == 0
        monkeypatch.setenv("AUDIOKIT_CACHE_BYTES", "much")
        with pytest.raises(errors.ParameterError, match="AUDIOKIT_CACHE_BYTES"):
            DecodeCache()
    finally:
        set_default_cache(before)
