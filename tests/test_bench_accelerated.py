"""Training on an accelerator, as far as a machine without one can see; with one, the bar."""

from __future__ import annotations

import math

import pytest
from training_parts import write_sounds

torch = pytest.importorskip("torch")
pytest.importorskip("torchvision")

from audiokit.bench.accelerated import train_on  # noqa: E402
from audiokit.errors import LibraryUnavailable  # noqa: E402


def test_it_runs_wherever_torch_does(tmp_path):
    files = write_sounds(tmp_path, 24, seconds=0.5)
    counted = []
    run = train_on(
        files, "cpu", batch_size=4, duration_seconds=0.5, steps=3, model="squeezenet1_1", after_each=lambda: counted.append(1)
    )  # fmt: skip
    assert run.device == "cpu"
    assert run.steps == 3
    assert len(counted) >= 3
    assert 0 <= run.wait_share < 1
    assert 0 < run.busy_share <= 1
    assert run.busy_share + run.wait_share <= 1.01
    assert run.items_per_second > 0
    assert run.headspace > 0
    assert math.isfinite(run.features_share)
    assert run.to_dataframe().model.tolist() == ["squeezenet1_1, batches of 4 x 0.5 s"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so():
    with pytest.raises(LibraryUnavailable, match="0 GPUs"):
        train_on(["a.wav"], "cuda")
