"""One live control over a picture, which is a plain picture wherever nothing runs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

__all__ = ["Live", "live"]


class Live:
    """A picture with controls; see `live`.

    Parameters
    ----------
    draw : callable
        Returns something that a notebook displays.
    controls : dict
        As `ipywidgets.interactive` takes them.
    """

    def __init__(self, draw: Callable[..., Any], controls: dict[str, Any]) -> None:
        self._draw, self._controls = draw, controls

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        import ipywidgets
        from IPython.core.interactiveshell import InteractiveShell
        from IPython.display import display

        picture = self._draw()
        static: dict[str, Any] = {"text/plain": repr(picture)}
        if InteractiveShell.initialized():
            static = InteractiveShell.instance().display_formatter.format(picture)[0]

        @functools.wraps(self._draw)
        def redraw(**values: Any) -> None:
            display(self._draw(**values))

        widget = ipywidgets.interactive(redraw, **self._controls)
        widget.update()
        return {**static, **(widget._repr_mimebundle_() or {}), "text/plain": static["text/plain"]}


def live(draw: Callable[..., Any], **controls: Any) -> Live:
    """Show what ``draw()`` returns, with controls for its arguments where there is a kernel.

    In one output stand the live control and the picture for the arguments' defaults: JupyterLab shows the first, a
    frozen page, an untrusted notebook or a papermill report the second.

    Parameters
    ----------
    draw : callable
        Every argument has a default; returns a chart, a widget or anything else that displays itself.
    **controls
        For each argument what `ipywidgets.interactive` takes, for example ``threshold=(0.0, 1.0, 0.05)``.

    Returns
    -------
    Live
        To be the last line of a cell.

    Examples
    --------
    >>> view = live(lambda gain=2: f"gain {gain}", gain=(0, 10))
    >>> view._repr_mimebundle_()["text/plain"]
    "'gain 2'"
    """
    return Live(draw, controls)
