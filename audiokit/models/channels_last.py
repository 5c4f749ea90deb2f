"""Convolutions of speech networks as matrix products over time: the same numbers, which onnxruntime computes sooner.

wav2vec2 and its relatives begin with seven convolutions over the waveform. Where each is followed by a normalisation of
the channels (wav2vec2 XLSR), channels are moved to the end and back seven times; kept at the end they need not be. And
a convolution whose stride is nearly its width is a product with few samples taken twice, which can have weights of
eight bits like all other products.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

__all__ = ["channels_last"]


@contextlib.contextmanager
def channels_last(model: Any) -> Iterator[int]:
    """Let a network's first convolutions run with channels at the end, for as long as the context lasts.

    Parameters
    ----------
    model : torch.nn.Module
        Any network. Changed are parts with ``conv_layers`` that each hold a ``conv`` over time, an ``activation`` and
        perhaps a ``layer_norm``, as those of wav2vec2, HuBERT and WavLM do.

    Yields
    ------
    int
        How many parts were changed; 0 leaves the network as it is.
    """
    import torch

    changed: list[tuple[Any, str, Any]] = []
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if _can_be_changed(torch, child):
                changed.append((parent, name, child))
    for parent, name, child in changed:
        setattr(parent, name, _encoder(torch, child))
    try:
        yield len(changed)
    finally:
        for parent, name, child in changed:
            setattr(parent, name, child)


def _can_be_changed(torch: Any, module: Any) -> bool:
    layers = getattr(module, "conv_layers", None)
    if not isinstance(layers, torch.nn.ModuleList) or not len(layers):
        return False
    return all(_is_plain(torch, layer) for layer in layers) and layers[0].conv.in_channels == 1


def _is_plain(torch: Any, layer: Any) -> bool:
    conv, norm = getattr(layer, "conv", None), getattr(layer, "layer_norm", None)
    parts = {name for name, _ in layer.named_children()}
    if not isinstance(conv, torch.nn.Conv1d) or not parts <= {"conv", "layer_norm", "activation"}:
        return False
    plain = conv.groups == 1 and set(conv.padding) == {0} and set(conv.dilation) == {1}
    by_channel = isinstance(norm, torch.nn.GroupNorm) and norm.num_groups == conv.out_channels
    return plain and (norm is None or by_channel or isinstance(norm, torch.nn.LayerNorm))


def _encoder(torch: Any, original: Any) -> Any:
    class Layer(torch.nn.Module):  # type: ignore[misc]  # torch is not followed
        def __init__(self, layer: Any) -> None:
            super().__init__()
            conv = layer.conv
            self.width, self.stride = conv.kernel_size[0], conv.stride[0]
            # (out, in, width) -> (width * in, out): rows in the order in which windows are laid out below
            self.weight = torch.nn.Parameter(
                conv.weight.detach().permute(2, 1, 0).reshape(-1, conv.out_channels).contiguous(), requires_grad=False
            )
            self.bias = conv.bias
            self.norm, self.activation = getattr(layer, "layer_norm", None), layer.activation

        def forward(self, sound: Any) -> Any:
            count = (sound.shape[1] - self.width) // self.stride + 1
            reach = self.stride * (count - 1) + 1
            taken = [sound[:, start : start + reach : self.stride] for start in range(self.width)]
            out = torch.matmul(torch.cat(taken, dim=2), self.weight)
            if self.bias is not None:
                out = out + self.bias
            if isinstance(self.norm, torch.nn.LayerNorm):
                out = self.norm(out)
            elif self.norm is not None:  # each channel by itself, over time
                out = out - out.mean(dim=1, keepdim=True)
                out = out * torch.rsqrt(out.square().mean(dim=1, keepdim=True) + self.norm.eps)
                out = out * self.norm.weight + self.norm.bias
            return self.activation(out)

    class Encoder(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.ModuleList([Layer(layer) for layer in original.conv_layers])

        def forward(self, samples: Any) -> Any:
            sound = samples.unsqueeze(2)
            for layer in self.layers:
                sound = layer(sound)
            return sound.transpose(1, 2)

    return Encoder().eval()
