"""A JupyterLab of one's own: started on a free port of this machine alone, stopped at the end with its kernels."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiokit_widgets.figures.figure import Unmeasurable
from audiokit_widgets.figures.notebooks import kernel_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Lab", "execute", "jupyter_lab", "open_notebook", "save", "start_cell"]

_CONFIGURATION = """
from jupyterlab.galata import configure_jupyter_server
configure_jupyter_server(c)
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = {port}
c.ServerApp.allow_root = True
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.news_url = None
c.LabApp.extension_manager = "readonly"
"""
_SETTINGS = {"@jupyter-widgets/jupyterlab-manager/plugin.jupyterlab-settings": {"saveState": True}}
_TRIES, _PAUSE_SECONDS = 240, 0.25


class Lab:
    """Where a running JupyterLab answers, and the folder that it shows.

    Parameters
    ----------
    address : str
        Without a slash at the end.
    notebooks : Path
        Its root.
    """

    def __init__(self, address: str, notebooks: Path) -> None:
        self.address = address
        self.notebooks = notebooks


@contextlib.contextmanager
def jupyter_lab(folder: Path) -> Iterator[Lab]:
    """Start a JupyterLab that saves widgets' state, with all that it reads and writes in a folder.

    Raises
    ------
    Unmeasurable
        If there is no JupyterLab here, or it does not start.
    """
    try:
        import jupyterlab  # noqa: F401
    except ImportError as error:
        raise Unmeasurable("the package jupyterlab is missing") from error
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    notebooks = folder / "notebooks"
    notebooks.mkdir(exist_ok=True)
    home = folder / "jupyter"
    for name, content in _SETTINGS.items():
        path = home / "settings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    (folder / "configuration.py").write_text(_CONFIGURATION.format(port=port), encoding="utf-8")
    environment = kernel_environment(home) | {"JUPYTERLAB_GALATA_ROOT_DIR": str(notebooks)}
    log = folder / "server.log"
    command = [sys.executable, "-m", "jupyterlab", f"--config={folder / 'configuration.py'}"]
    with log.open("wb") as out:
        server = subprocess.Popen(  # noqa: S603 - our own interpreter
            command, cwd=notebooks, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(server, address, log)
        yield Lab(address, notebooks)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    for _ in range(_TRIES):
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError):
            urllib.request.urlopen(  # noqa: S310 - http, of this machine
                f"{address}/api/status", timeout=2
            ).close()
            return
        time.sleep(_PAUSE_SECONDS)
    raise Unmeasurable(f"JupyterLab did not start: {log.read_text(errors='replace')[-400:]}")


def open_notebook(page: Any, lab: Lab, name: str) -> None:
    """Open a notebook of the server's folder, and wait for its kernel."""
    page.goto(f"{lab.address}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.ready")
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'", timeout=60_000
    )


_CHOOSE = """(index) => {
  const panel = window.jupyterapp.shell.currentWidget;
  panel.content.deselectAll();
  panel.content.activeCellIndex = index;
}"""


def start_cell(page: Any, index: int) -> None:
    """Ask for a cell to be executed, without waiting; ``window.askedAt`` is when, by the page's clock in ms."""
    page.evaluate(_CHOOSE, index)
    page.evaluate(
        """() => {
          window.askedAt = performance.now();
          window.executed = null;
          window.jupyterapp.commands.execute('notebook:run-cell').then(() => (window.executed = performance.now()));
        }"""
    )


def execute(page: Any, index: int) -> str:
    """Execute a cell to its end; what it printed, or the error that it raised."""
    start_cell(page, index)
    page.wait_for_function("window.executed !== null", timeout=600_000)
    said = page.evaluate(
        """(index) => window.jupyterapp.shell.currentWidget.model.cells.get(index).outputs.toJSON()
             .map((output) => output.text || output.evalue || '').join('')""",
        index,
    )
    return str(said)


def save(page: Any, lab: Lab, name: str) -> int:
    """Save the open notebook; the bytes of its file."""
    page.evaluate("() => window.jupyterapp.shell.currentWidget.context.save()")
    return (lab.notebooks / name).stat().st_size
