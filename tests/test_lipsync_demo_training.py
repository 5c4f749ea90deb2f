"""The demo's networks are trained by one command, in pieces or at once, to the same weights."""

from __future__ import annotations

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")
pytest.importorskip("espeakng_loader")

from torch import nn  # noqa: E402

from audiokit.lipsync.demo import train  # noqa: E402
from audiokit.lipsync.demo.course import Course  # noqa: E402


def line(seed=0):
    torch.manual_seed(seed)
    return nn.Linear(3, 1)


def loss_of(network):
    def loss(step):
        generator = np.random.default_rng(step)
        found = generator.standard_normal((16, 3)).astype(np.float32)
        wanted = found @ np.array([0.3, -0.4, 0.2], np.float32)
        return (network(torch.from_numpy(found))[:, 0] - torch.from_numpy(wanted)).square().mean()

    return loss


def test_it_learns(tmp_path):
    network, said = line(), []
    before = loss_of(network)(1000).item()
    assert Course(tmp_path, 60, said.append).learn("line", network, loss_of(network), 200, weight_decay=0.0)
    assert loss_of(network)(1000).item() < 0.3 * before
    assert not network.training
    assert len(said) == 8
    assert said[0].startswith("line 25/200: ")


def test_in_pieces_it_learns_the_same(tmp_path):
    whole = line()
    assert Course(tmp_path / "whole", 60, print).learn("line", whole, loss_of(whole), 7, weight_decay=1e-2)
    for piece in range(7):
        network = line(seed=piece)  # a process that begins anew
        done = Course(tmp_path / "pieces", 0, print).learn("line", network, loss_of(network), 7, weight_decay=1e-2)
        assert done == (piece == 6)
    assert torch.equal(network.weight, whole.weight)
    assert torch.equal(network.bias, whole.bias)


def test_what_is_done_is_not_done_again(tmp_path):
    network = line()
    course = Course(tmp_path, 60, print)
    assert course.learn("line", network, loss_of(network), 5, weight_decay=1e-2)
    again = line(seed=1)
    assert course.learn("line", again, lambda _: pytest.fail("it was done"), 5, weight_decay=1e-2)
    assert torch.equal(network.weight, again.weight)


@pytest.mark.slow
def test_the_command_in_miniature(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(train, "_CHECKED", 2)
    monkeypatch.setattr(train, "_PICTURES", 80)
    threads = torch.get_num_threads()
    arguments = ["--folder", str(tmp_path / "kept"), "--output", str(tmp_path / "out"), "--utterances", "2"]
    arguments += ["--encoder-steps", "2", "--generator-steps", "2"]
    try:
        assert train.main([*arguments, "--most-seconds", "0"]) == 3  # the time is up
        assert not (tmp_path / "out").exists()
        assert train.main(arguments) == 0
    finally:
        torch.set_num_threads(threads)
    for name in ("encoder", "generator"):
        card = json.loads((tmp_path / "out" / f"demo_{name}.json").read_text())
        assert (card["licence"], card["steps"], card["utterances"]) == ("Apache-2.0", 2, 2)
        assert card["onnx_difference"] <= 1e-4
        assert (tmp_path / "out" / f"demo_{name}.onnx").stat().st_size > 10_000
    assert "exported within" in capsys.readouterr().out
