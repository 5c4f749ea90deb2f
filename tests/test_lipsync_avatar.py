"""An avatar of a picture and somebody's files."""

import numpy as np
import pytest

from audiokit.errors import ParameterError
from audiokit.lipsync import Animator, Box, picture_avatar

pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    from audiokit.lipsync.export import export_encoder, export_generator
    from audiokit.lipsync.networks import AudioEncoder, MouthGenerator

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("files")
    generator = MouthGenerator(32, 4)
    torch.nn.init.normal_(generator.pixels[0].weight)  # as trained: random, and so visible
    export_encoder(AudioEncoder(4), folder / "encoder.onnx")
    export_generator(generator, folder / "generator.onnx")
    return folder


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)


def test_a_picture_speaks(files, picture):
    box = Box(20, 30, 48, 40)
    avatar = picture_avatar(picture, box, files / "encoder.onnx", files / "generator.onnx")
    assert avatar.visual.shape == (1, 6, 32, 32)
    assert (avatar.visual[0, 3:, 16:] == 0).all()
    np.testing.assert_array_equal(avatar.visual[0, 3:, :16], avatar.visual[0, :3, :16])
    frames = [*Animator(avatar).push(np.random.default_rng(1).uniform(-1, 1, 16_000))]
    changed = (frames[0] != picture).any(axis=2)
    assert changed[20:68, 30:70].any()
    changed[20:68, 30:70] = False
    assert not changed.any()
    assert avatar.own().generator is not avatar.generator


def test_a_picture_that_does_not_fit(files, picture):
    for wrong in (picture[..., 0], picture.astype(float), picture.transpose(2, 0, 1)):
        with pytest.raises(ParameterError, match="H, W, 3 or 4"):
            picture_avatar(wrong, Box(0, 0, 8, 8), files / "encoder.onnx", files / "generator.onnx")
    with pytest.raises(ParameterError, match="does not lie within"):
        picture_avatar(picture, Box(60, 0, 48, 40), files / "encoder.onnx", files / "generator.onnx")
