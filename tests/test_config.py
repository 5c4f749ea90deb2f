from __future__ import annotations

import pytest

from audiokit import errors
from audiokit.config import load_config


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
