"""Charts of lip-sync mels: small enough for a page, with axes and units."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError
from audiokit.lipsync.mel import RECIPE

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import NDArray

__all__ = ["mel_chart"]


def mel_chart(
    values: NDArray[np.floating[Any]],
    title: str,
    *,
    low: float = -4.0,
    high: float = 4.0,
    bins: str = "mel bin",
    width: int = 640,
    height: int = 160,
) -> alt.LayerChart:
    """Draw a spectrogram as grey levels, black at `low` and white at `high`.

    The picture is one PNG inside the chart, not a mark for each value: an altair chart holds 5000 rows, and three
    seconds of mel are 19,200 values.

    Parameters
    ----------
    values : ndarray, shape (frames, bins)
        80 frames a second; finite.
    title : str
        What is shown.
    low, high : float
        The values drawn black and white; what lies beyond is drawn as these.
    bins : str
        Title of the vertical axis.
    width, height : int
        Of the picture, in pixels.

    Returns
    -------
    altair.LayerChart

    Raises
    ------
    ParameterError
        If there is nothing to draw, or values are not finite.
    """
    import altair as alt
    from PIL import Image

    if values.ndim != 2 or values.size == 0 or not np.isfinite(values).all():
        raise ParameterError(f"mel_chart wants finite values of shape (frames, bins), got shape {values.shape}.")
    grey = np.interp(values.T[::-1], (low, high), (0, 255)).astype(np.uint8)
    png = io.BytesIO()
    Image.fromarray(grey).resize((width, height), Image.Resampling.BOX).save(png, "PNG", optimize=True)
    url = f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode('ascii')}"
    seconds = len(values) * RECIPE.hop_seconds
    corners = alt.Data(values=[{"seconds": 0, "bin": 0}, {"seconds": seconds, "bin": values.shape[1]}])
    axes = (
        alt.Chart(corners)
        .mark_point(opacity=0)
        .encode(
            x=alt.X("seconds:Q", title="time (s)", scale=alt.Scale(domain=[0, seconds], nice=False)),
            y=alt.Y("bin:Q", title=bins, scale=alt.Scale(domain=[0, values.shape[1]], nice=False)),
        )
    )
    image = (
        alt.Chart(alt.Data(values=[{"url": url}]))
        .mark_image(width=width, height=height, align="left", baseline="top")
        .encode(x=alt.value(0), y=alt.value(0), url="url:N")
    )
    return alt.layer(image, axes).properties(width=width, height=height, title=title)
