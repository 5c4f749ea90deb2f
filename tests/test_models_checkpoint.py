"""Files of weights are read as tensors and never run: pickles, programs, what is no checkpoint."""

from __future__ import annotations

import pickle
import socket
import zipfile

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

import tiny_models as tiny  # noqa: E402

from audiokit.errors import ModelRefused  # noqa: E402
from audiokit.models.audit import load_audited  # noqa: E402
from audiokit.models.checkpoint import imports_in_pickle, read_tensors, refuse_pickled_code, tensor_shapes  # noqa: E402

AUTO = "AutoModelForAudioClassification"


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("a network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


class Evil:
    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("where", ["weights", "beside"])
def test_a_pickle_that_would_run_something_is_refused_unread(tmp_path, legacy, where):
    tiny.save(tiny.audio_classifier(), tmp_path, pickled=True)
    ran = tmp_path / "ran"
    tensors = torch.load(tmp_path / "pytorch_model.bin", weights_only=True)
    evil = {**tensors, "x": Evil(ran)} if where == "weights" else {"state_dict": tensors, "args": Evil(ran)}
    torch.save(evil, tmp_path / "pytorch_model.bin", _use_new_zipfile_serialization=not legacy)
    with pytest.raises(
        ModelRefused, match=r"pickle beyond tensors: reading it would call (io\.open|builtins\.open|_io)"
    ):
        load_audited(tmp_path, AUTO)
    with pytest.raises(ModelRefused, match="beyond tensors"):
        read_tensors([tmp_path / "pytorch_model.bin"])
    assert not ran.exists()


def test_what_a_pickle_imports_is_listed_without_running_it(tmp_path):
    ordinary = {
        "a": torch.zeros(2),
        "b": torch.nn.Parameter(torch.zeros(1, dtype=torch.float16)),
        "c": torch.zeros(1, dtype=torch.int64),
    }
    for legacy in (False, True):
        torch.save(ordinary, tmp_path / "a.pt", _use_new_zipfile_serialization=not legacy)
        assert set(imports_in_pickle(tmp_path / "a.pt")) <= {
            "collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter",
            "torch.FloatStorage", "torch.HalfStorage", "torch.LongStorage",
        }  # fmt: skip
        refuse_pickled_code(tmp_path / "a.pt")
        assert set(read_tensors([tmp_path / "a.pt"])) == set("abc")
        assert tensor_shapes([tmp_path / "a.pt"]) == {"a": (2,), "b": (1,), "c": (1,)}
    for protocol in (2, 4):
        torch.save({"a": torch.zeros(1), "evil": Evil(tmp_path / "ran")}, tmp_path / "b.pt", pickle_protocol=protocol)
        with pytest.raises(ModelRefused, match="open"):
            refuse_pickled_code(tmp_path / "b.pt")
    # a name that is put together on the stack is not guessed at
    (tmp_path / "c.pt").write_bytes(b"\x80\x04\x8c\x02os\x94\x8c\x06system\x940h\x00h\x01\x93." * 5)
    with pytest.raises(ModelRefused, match="beyond tensors"):
        refuse_pickled_code(tmp_path / "c.pt")


def test_a_torchscript_program_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("x/data.pkl", pickle.dumps({}, protocol=2))
        archive.writestr("x/constants.pkl", pickle.dumps((), protocol=2))
    with pytest.raises(ModelRefused, match="TorchScript"):
        refuse_pickled_code(tmp_path / "a.pt")


@pytest.mark.parametrize("content", [b"", b"\x80", b"\x80\x02", b"PK\x03\x04 cut", b"hello", b"\x80\x02}q\x00."])
def test_what_is_no_checkpoint_is_refused(tmp_path, content):
    (tmp_path / "a.pt").write_bytes(content)
    with pytest.raises(ModelRefused):
        read_tensors([tmp_path / "a.pt"])


def test_tensors_among_other_things_are_refused(tmp_path):
    torch.save({"a": torch.zeros(1), "epoch": 3}, tmp_path / "a.pt")
    with pytest.raises(ModelRefused, match="other than named tensors"):
        read_tensors([tmp_path / "a.pt"])
    torch.save({"state_dict": {"a": torch.zeros(1)}, "epoch": 3}, tmp_path / "a.pt")
    assert set(read_tensors([tmp_path / "a.pt"])) == {"a"}
    with pytest.raises(ModelRefused, match="once more"):
        read_tensors([tmp_path / "a.pt", tmp_path / "a.pt"])
