"""The loader with a GPU: the same batches there, and training's stream waits for them."""

from __future__ import annotations

import pytest
from training_parts import Gain, write_sounds

import audiokit
from audiokit.training import Plan

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="torch.cuda.is_available() is False: no GPU to send batches to"
)


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    return write_sounds(tmp_path_factory.mktemp("sounds"), 64, seconds=0.3)


def loader_of(files, **options):
    given = {"batch_size": 8, "remember": False, "cache": None, "plan": Plan(0, 2), "seed": 1, **options}
    return audiokit.AudioDataLoader(files, labels=list(range(len(files))), **given)


@pytest.mark.parametrize("features", [None, "mfcc", "log_mel"])
@pytest.mark.parametrize("plan", [Plan(0, 2), Plan(2, 1)], ids=str)
def test_batches_on_the_gpu_are_those_of_the_cpu(sounds, features, plan):
    changes = [Gain(), *([audiokit.TimeMask(max_frames=5)] if features else [])]
    options = {"features": features, "augmentations": changes, "duration_seconds": 0.25}
    with loader_of(sounds, **options) as here, loader_of(sounds, device="cuda", plan=plan, **options) as there:
        for cpu, gpu in zip(here, there, strict=True):
            assert gpu.data.device.type == gpu.labels.device.type == gpu.lengths.device.type == "cuda"
            assert torch.equal(cpu.labels, gpu.labels.cpu())
            assert torch.equal(cpu.lengths, gpu.lengths.cpu())
            assert (cpu.data - gpu.data.cpu()).abs().max() <= 1e-4 * cpu.data.abs().max()


def test_a_busy_stream_sees_whole_batches(sounds):
    """Training's stream has work for a while when a batch is given out, and memory is used again at once."""
    with loader_of(sounds) as here, loader_of(sounds, device="cuda") as there:
        wanted = [batch.data.double().sum().item() for batch in here]
        load, got = torch.randn(2000, 2000, device="cuda"), []
        for batch in there:
            for _ in range(20):
                load = load @ load
                load /= load.norm()
            got.append(batch.data.double().sum())
            del batch
        assert [value.item() for value in got] == pytest.approx(wanted, rel=1e-6)
