"""One live control over a picture, which is a plain picture wherever nothing runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from audiokit.errors import ParameterError

__all__ = ["Live", "live"]


class Live:
    """A picture with controls; see `live`.

    Parameters
    ----------
    draw : callable
        Returns something that a notebook displays.
    controls : dict
        A range for each argument of ``draw`` that can be turned.
    """

    def __init__(self, draw: Callable[..., Any], controls: dict[str, Any]) -> None:
        known = inspect.signature(draw).parameters
        for name in controls:
            if name not in known or known[name].default is inspect.Parameter.empty:
                raise ParameterError(
                    f"The control {name!r} wants an argument of that name with a default; draw has {', '.join(known)}.",
                    cure=f"Write def draw({name}=...): ...",
                )
        self.draw = draw
        self.sliders = {name: _slider(name, known[name].default, controls[name]) for name in controls}

    @property
    def values(self) -> dict[str, Any]:
        """What the controls stand at."""
        return {name: slider.value for name, slider in self.sliders.items()}

    def __repr__(self) -> str:
        return f"Live({', '.join(f'{name}={value}' for name, value in self.values.items())})"

    def _ipython_display_(self) -> None:
        import ipywidgets
        from IPython.display import display

        # Not `ipywidgets.interactive`: its Output widget makes whoever executes the notebook talk back to the kernel in
        # the middle of a cell, and with ipykernel 7.4 and nbclient 0.11 the cell's reply was lost now and then: a hang.
        controls = ipywidgets.HBox(list(self.sliders.values()))
        bundle = controls._repr_mimebundle_() or {}
        display({**bundle, "text/html": "", "text/plain": repr(self)}, raw=True)
        picture = display(self.draw(**self.values), display_id=True)

        def redraw(_change: object) -> None:
            picture.update(self.draw(**self.values))

        for slider in self.sliders.values():
            slider.observe(redraw, names="value")


def _slider(name: str, value: Any, given: Any) -> Any:
    import ipywidgets

    if isinstance(given, ipywidgets.ValueWidget):
        return given
    options: dict[str, Any] = {"value": value, "description": name.replace("_", " ")}
    options["style"] = {"description_width": "initial"}
    if isinstance(given, list):
        return ipywidgets.Dropdown(options=given, **options)
    if not (isinstance(given, tuple) and len(given) in (2, 3)):
        raise ParameterError(f"The control {name!r} wants (low, high), (low, high, step) or a list, got {given!r}.")
    options |= dict(zip(("min", "max", "step"), given, strict=False)) | {"continuous_update": False}
    whole = all(isinstance(number, int) for number in (value, *given))
    return (ipywidgets.IntSlider if whole else ipywidgets.FloatSlider)(**options)


def live(draw: Callable[..., Any], **controls: Any) -> Live:
    """Show what ``draw()`` returns, with controls for its arguments where there is a kernel.

    Two outputs are made: the controls, which show nothing where no kernel runs, and the picture for the arguments'
    defaults, which is redrawn in its place when a control moves.

    Parameters
    ----------
    draw : callable
        Arguments that can be turned have a default; returns a chart or anything else that displays itself.
    **controls
        For each of those arguments ``(low, high)``, ``(low, high, step)``, a list of choices, or an ipywidgets widget.

    Returns
    -------
    Live
        To be the last line of a cell.

    Raises
    ------
    ParameterError
        If a control names no argument with a default, or is no range.

    Examples
    --------
    >>> live(lambda gain_db=2: f"{gain_db} dB", gain_db=(0, 10))
    Live(gain_db=2)
    """
    return Live(draw, controls)
