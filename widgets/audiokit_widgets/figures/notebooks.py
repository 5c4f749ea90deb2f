"""Notebooks executed without a browser, and how many bytes they take."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import audiokit
from audiokit_widgets.figures.figure import Unmeasurable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["executed", "file_bytes", "growth_bytes", "kernel_environment", "notebook"]

_TIMEOUT_SECONDS = 600


def notebook(*cells: str) -> Any:
    """Make a notebook of code cells, with no outputs."""
    try:
        import nbformat
    except ImportError as error:
        raise Unmeasurable("the package nbformat is missing") from error
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return made


def kernel_environment(folder: Path) -> dict[str, str]:
    """Give a kernel or a server these very sources, and folders of its own for all that Jupyter reads and writes."""
    import audiokit_widgets

    roots = dict.fromkeys(
        str(Path(str(module.__file__)).resolve().parent.parent) for module in (audiokit, audiokit_widgets)
    )
    (folder / "ipython").mkdir(parents=True, exist_ok=True)  # IPython warns of a folder that it has to make
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "IPYTHON"))}
    return kept | {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": os.pathsep.join(roots),
    }


def executed(*cells: str, folder: Path) -> Any:
    """Execute cells as `nbclient` does, and keep the widgets' state.

    Raises
    ------
    Unmeasurable
        If there is no nbclient here.
    """
    try:
        from nbclient import NotebookClient
    except ImportError as error:
        raise Unmeasurable("the package nbclient is missing") from error
    made = notebook(*cells)
    environment = kernel_environment(folder / ".jupyter")
    client = NotebookClient(made, timeout=_TIMEOUT_SECONDS, kernel_name="python3", store_widget_state=True)
    client.execute(cwd=str(folder), env=environment)
    return made


def file_bytes(made: Mapping[str, Any]) -> int:
    """Bytes of the file that a notebook is saved as."""
    import nbformat

    return len(nbformat.writes(made).encode())


def growth_bytes(made: Any) -> int:
    """Bytes by which executing a notebook made its file grow."""
    return file_bytes(made) - file_bytes(notebook(*(cell.source for cell in made.cells)))
