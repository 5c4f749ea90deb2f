"""Augmentations and features that are as small as can be, for tests that spawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import soundfile


@dataclass(frozen=True)
class Parameters:
    name: str
    parameters: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Gain:
    """Louder or softer by a factor."""

    low: float = 0.5
    high: float = 2.0
    domain = "samples"

    def draw(self, generator, *, sample_rate, frames, channels):
        assert frames > 0
        return Parameters("Gain", {"factor": float(generator.uniform(self.low, self.high)), "frames": frames})

    def apply(self, samples, sample_rate, drawn):
        assert samples.ndim == 2
        return samples * np.float32(drawn.parameters["factor"])


@dataclass(frozen=True)
class Speed:
    """Faster or slower; the resampling of the reading can do it."""

    factors: tuple = (0.8, 1.25)
    domain = "samples"

    def draw(self, generator, *, sample_rate, frames, channels):
        return Parameters("Speed", {"factor": float(generator.choice(self.factors))})

    def fused_rate(self, sample_rate, drawn):
        return round(sample_rate / drawn.parameters["factor"])

    def frames_after(self, drawn, frames):
        return max(1, round(frames / drawn.parameters["factor"]))

    def apply(self, samples, sample_rate, drawn):
        from audiokit.dsp import resample

        after = self.frames_after(drawn, samples.shape[1])
        return resample(samples, sample_rate, self.fused_rate(sample_rate, drawn))[:, :after]


@dataclass(frozen=True)
class Mask:
    """One frame of features is emptied."""

    domain = "features"

    def draw(self, generator, *, sample_rate, frames, channels):
        return Parameters("Mask", {"frame": int(generator.integers(frames)), "bands": channels})

    def apply(self, features, sample_rate, drawn):
        out = features.copy()
        out[:, drawn.parameters["frame"]] = 0
        return out


def energies(samples):
    """Two bands, a frame for every 100 samples."""
    blocks = samples[: samples.shape[-1] // 100 * 100].reshape(-1, 100)
    return np.stack([np.abs(blocks).mean(axis=1), np.abs(blocks).max(axis=1)])


def write_sounds(folder, count, *, rate=16_000, seconds=1.0, channels=1, subtype="PCM_16"):
    """Files of noise, each a little longer than the one before, old enough for any epoch."""
    import os

    paths = []
    for number in range(count):
        samples = np.random.default_rng(number).uniform(-0.5, 0.5, (int(rate * seconds) + 100 * number, channels))
        path = folder / f"{number:03d}.wav"
        soundfile.write(path, samples, rate, subtype=subtype)
        os.utime(path, (1_000_000_000, 1_000_000_000))
        paths.append(str(path))
    return paths


def deadly(samples):
    """Features of which one kind of recording ends the process: as a decoder that crashes would."""
    import os
    import signal

    if samples[:10].max() > 0.999:
        os.kill(os.getpid(), signal.SIGKILL)
    return energies(samples)


def slow(samples):
    """Features that take a while, without a processor."""
    import time

    time.sleep(0.05)
    return energies(samples)


def in_two_processes(target, folder, *arguments):
    """Call ``target(rank, address, *arguments, connection)`` in two processes that meet; what each of them sent.

    They are no daemons: those may have no workers of their own.
    """
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    address = (folder / "rendezvous").as_uri()
    pipes = [context.Pipe(duplex=False) for _ in range(2)]
    processes = [context.Process(target=target, args=(rank, address, *arguments, pipes[rank][1])) for rank in range(2)]
    for process in processes:
        process.start()
    try:
        assert all(here.poll(150) for here, _ in pipes)
        return [here.recv() for here, _ in pipes]
    finally:
        for process in processes:
            process.join(30)
            process.kill()
