"""Charts of features: small enough for a page, with axes and units."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    import altair as alt
    from numpy.typing import ArrayLike

__all__ = ["feature_chart"]

_WIDTH, _HEIGHT = 640, 160


def feature_chart(
    features: ArrayLike,
    title: str,
    *,
    hop_seconds: float,
    low: float | None = None,
    high: float | None = None,
    bands: str = "mel band",
) -> alt.LayerChart:
    """Draw a feature as grey levels, black at `low` and white at `high`, as one PNG inside a chart.

    Parameters
    ----------
    features : array_like, shape (bands, frames)
        Finite.
    title : str
        What is shown.
    hop_seconds : float
        From one frame to the next.
    low, high : float, optional
        The values drawn black and white; the least and the greatest of the features by default.
    bands : str
        Title of the vertical axis.

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

    values = np.asarray(features)
    if values.ndim != 2 or values.size == 0 or not np.isfinite(values).all():
        raise ParameterError(f"feature_chart wants finite values of shape (bands, frames), got shape {values.shape}.")
    black = float(values.min()) if low is None else low
    white = float(values.max()) if high is None else high
    grey = np.interp(values[::-1], (black, max(white, black + 1e-9)), (0, 255)).astype(np.uint8)
    png = io.BytesIO()
    Image.fromarray(grey).resize((_WIDTH, _HEIGHT), Image.Resampling.BOX).save(png, "PNG", optimize=True)
    url = f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode('ascii')}"
    count, frames = values.shape
    seconds = frames * hop_seconds
    corners: list[dict[str, Any]] = [{"seconds": 0, "band": 0}, {"seconds": seconds, "band": count}]
    axes = (
        alt.Chart(alt.Data(values=corners))
        .mark_point(opacity=0)
        .encode(
            x=alt.X("seconds:Q", title="time (s)", scale=alt.Scale(domain=[0, seconds], nice=False)),
            y=alt.Y("band:Q", title=bands, scale=alt.Scale(domain=[0, count], nice=False)),
        )
    )
    image = (
        alt.Chart(alt.Data(values=[{"url": url}]))
        .mark_image(width=_WIDTH, height=_HEIGHT, align="left", baseline="top")
        .encode(x=alt.value(0), y=alt.value(0), url="url:N")
    )
    return alt.layer(image, axes).properties(width=_WIDTH, height=_HEIGHT, title=title)
