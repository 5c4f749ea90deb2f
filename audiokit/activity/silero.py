"""Silero's network on onnxruntime: samples in, a speech probability for each 32 ms out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CONTEXT_LENGTH", "FRAME_LENGTH", "ProbabilityStream", "sequence_probabilities", "stepwise_probabilities"]

# Sample rate -> samples in a frame, and samples before it that the network sees again.
FRAME_LENGTH = {8000: 256, 16000: 512}
CONTEXT_LENGTH = {8000: 32, 16000: 64}

_BLOCK_FRAMES = 512  # 16 s in one call: about 30 MB inside onnxruntime; more is no faster
_STATE_SIZE = 128


def sequence_probabilities(session: Any, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run the sequence export: blocks of frames, the state of the LSTM carried from block to block.

    Memory beyond the result does not grow with the length of the input.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        Inputs ``input`` (frames, 576), ``h`` and ``c`` (1, 1, 128).
    samples : ndarray, shape (time,), float32
        At 16 kHz.

    Returns
    -------
    ndarray, shape (ceil(time / 512),), float32
        Probability of speech in each frame; the last one is filled with zeros.
    """
    frame, context = FRAME_LENGTH[16000], CONTEXT_LENGTH[16000]
    windows = -(-samples.size // frame)
    probabilities = np.empty(windows, dtype=np.float32)
    hidden = np.zeros((1, 1, _STATE_SIZE), dtype=np.float32)
    cell = np.zeros((1, 1, _STATE_SIZE), dtype=np.float32)
    for first in range(0, windows, _BLOCK_FRAMES):
        last = min(first + _BLOCK_FRAMES, windows)
        stretch = _stretch(samples, first * frame - context, last * frame)
        block = np.lib.stride_tricks.sliding_window_view(stretch, context + frame)[::frame]
        values, hidden, cell = session.run(
            ["speech_probs", "hn", "cn"], {"input": np.ascontiguousarray(block), "h": hidden, "c": cell}
        )
        probabilities[first:last] = values.reshape(-1)
    return probabilities


def stepwise_probabilities(
    session: Any,
    samples: NDArray[np.float32],
    sample_rate: int,
) -> NDArray[np.float32]:
    """Run the streaming export, one frame a call: the only one for 8 kHz, and the reference at 16 kHz.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        Inputs ``input`` (1, context + frame), ``state`` (2, 1, 128) and ``sr``.
    samples : ndarray, shape (time,), float32
        The signal.
    sample_rate : {8000, 16000}
        Its rate in Hz.

    Returns
    -------
    ndarray, shape (ceil(time / frame),), float32
        Probability of speech in each frame of 256 samples (8 kHz) or 512 (16 kHz).
    """
    frame, context = FRAME_LENGTH[sample_rate], CONTEXT_LENGTH[sample_rate]
    windows = -(-samples.size // frame)
    probabilities = np.empty(windows, dtype=np.float32)
    state = np.zeros((2, 1, _STATE_SIZE), dtype=np.float32)
    rate = np.array(sample_rate, dtype=np.int64)
    for index in range(windows):
        window = _stretch(samples, index * frame - context, (index + 1) * frame)[np.newaxis, :]
        value, state = session.run(["output", "stateN"], {"input": window, "state": state, "sr": rate})
        probabilities[index] = value[0, 0]
    return probabilities


class ProbabilityStream:
    """Either export, fed as the samples come: the same probabilities, to the bit, as of the whole at once.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        See `sequence_probabilities` and `stepwise_probabilities`.
    sample_rate : {8000, 16000}
        Of the samples, in Hz.
    stepwise : bool
        Which export it is.
    """

    def __init__(self, session: Any, sample_rate: int, *, stepwise: bool) -> None:
        self._session, self._stepwise = session, stepwise
        self._frame, self._context = FRAME_LENGTH[sample_rate], CONTEXT_LENGTH[sample_rate]
        self._rate = np.array(sample_rate, dtype=np.int64)
        self._held = np.zeros(self._context, dtype=np.float32)  # the context, and what does not fill a frame yet
        self._state = np.zeros((2, 1, _STATE_SIZE), dtype=np.float32)
        self._hidden = np.zeros((1, 1, _STATE_SIZE), dtype=np.float32)
        self._cell = np.zeros((1, 1, _STATE_SIZE), dtype=np.float32)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take samples, shape (time,); return the probabilities of the frames that they fill, shape (frames,)."""
        longest = _BLOCK_FRAMES * self._frame
        parts = [self._push(samples[first : first + longest]) for first in range(0, samples.size, longest)]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)

    def finish(self) -> NDArray[np.float32]:
        """Return the probability of the last frame, filled with zeros; nothing where no sample is left over."""
        left = self._held.size - self._context
        return self._push(np.zeros(self._frame - left, dtype=np.float32)) if left else np.empty(0, dtype=np.float32)

    def _push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        held = np.concatenate([self._held, samples])
        frames = (held.size - self._context) // self._frame
        self._held = held[frames * self._frame :].copy()
        if not frames:
            return np.empty(0, dtype=np.float32)
        block = np.lib.stride_tricks.sliding_window_view(held, self._context + self._frame)[:: self._frame][:frames]
        if not self._stepwise:
            values, self._hidden, self._cell = self._session.run(
                ["speech_probs", "hn", "cn"],
                {"input": np.ascontiguousarray(block), "h": self._hidden, "c": self._cell},
            )
            return np.asarray(values.reshape(-1), dtype=np.float32)
        probabilities = np.empty(frames, dtype=np.float32)
        for index, window in enumerate(block):
            inputs = {"input": np.ascontiguousarray(window)[np.newaxis, :], "state": self._state, "sr": self._rate}
            value, self._state = self._session.run(["output", "stateN"], inputs)
            probabilities[index] = value[0, 0]
        return probabilities


def _stretch(samples: NDArray[np.float32], first: int, last: int) -> NDArray[np.float32]:
    """Cut out samples [first, last), with zeros where there are none."""
    inside = samples[max(first, 0) : last]
    if inside.size == last - first:
        return inside
    filled = np.zeros(last - first, dtype=np.float32)
    begin = max(-first, 0)
    filled[begin : begin + inside.size] = inside
    return filled
