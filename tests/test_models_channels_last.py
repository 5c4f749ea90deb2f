"""The first convolutions with channels at the end: the same numbers, and the network is as it was afterwards."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from audiokit.models.channels_last import channels_last  # noqa: E402 - torch first, or skipped


def tiny(norm, kind="Wav2Vec2", **options):
    config = getattr(transformers, f"{kind}Config")(
        hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, conv_dim=(8, 12, 8),
        conv_kernel=(10, 3, 2), conv_stride=(5, 2, 2), num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=2,
        feat_extract_norm=norm, do_stable_layer_norm=norm == "layer", **options,
    )  # fmt: skip
    torch.manual_seed(0)
    return getattr(transformers, f"{kind}ForSequenceClassification")(config).eval()


@pytest.mark.parametrize("samples", [160, 161, 3000, 4567])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("norm", ["layer", "group"])
def test_the_numbers_are_the_same(norm, bias, samples):
    model = tiny(norm, conv_bias=bias)
    extractor = model.wav2vec2.feature_extractor
    with torch.no_grad():
        for parameter in extractor.parameters():  # norms that do nothing would hide what is wrong with them
            parameter.add_(0.1 * torch.randn_like(parameter))
        sound = torch.randn(2, samples)
        wanted, answer = extractor(sound), model(sound).logits
        with channels_last(model) as changed:
            assert changed == 1
            assert model.wav2vec2.feature_extractor is not extractor
            torch.testing.assert_close(model.wav2vec2.feature_extractor(sound), wanted, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(model(sound).logits, answer, rtol=1e-3, atol=1e-5)
    assert model.wav2vec2.feature_extractor is extractor


@pytest.mark.parametrize("kind", ["Hubert", "WavLM"])
def test_relatives_are_changed_too(kind):
    with channels_last(tiny("layer", kind)) as changed:
        assert changed == 1


def test_others_are_left_alone():
    plain = torch.nn.Sequential(torch.nn.Conv1d(1, 4, 3), torch.nn.ReLU())
    padded = torch.nn.Module()
    padded.encoder = torch.nn.Module()
    layer = torch.nn.Module()
    layer.conv, layer.activation = torch.nn.Conv1d(1, 4, 3, padding=1), torch.nn.ReLU()
    padded.encoder.conv_layers = torch.nn.ModuleList([layer])
    for model in (plain, padded):
        with channels_last(model) as changed:
            assert changed == 0


def test_it_is_put_back_after_an_error():
    model = tiny("layer")
    extractor = model.wav2vec2.feature_extractor
    with pytest.raises(RuntimeError, match="stop"), channels_last(model):
        raise RuntimeError("stop")
    assert model.wav2vec2.feature_extractor is extractor
