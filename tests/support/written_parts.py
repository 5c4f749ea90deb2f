"""What is heard in a written file, and how far it is from what went in."""

from __future__ import annotations

import io

import numpy as np
import soundfile


def heard(path_or_file) -> tuple[np.ndarray, int]:
    """Decode with the libraries themselves, cutting what the file says is to be cut: (channels, time)."""
    data = path_or_file.read_bytes() if hasattr(path_or_file, "read_bytes") else path_or_file.getvalue()
    if data[4:8] != b"ftyp":
        samples, rate = soundfile.read(io.BytesIO(data), always_2d=True)
        return samples.T, rate
    import av

    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.audio[0]
        parts = [frame.to_ndarray() for frame in container.decode(stream)]
        assert stream.start_time == 0
        length = stream.duration * stream.time_base * stream.sample_rate
        assert length.denominator == 1
        return np.concatenate(parts, axis=1)[:, : int(length)], stream.sample_rate
