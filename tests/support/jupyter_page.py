"""A Jupyter server for the tests, and notebooks opened in it as a person would open them."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

CONFIGURATION = """
from jupyterlab.galata import configure_jupyter_server
configure_jupyter_server(c)
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = {port}
c.ServerApp.allow_root = True
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.news_url = None
c.LabApp.extension_manager = "readonly"
c.JupyterNotebookApp.expose_app_in_browser = True
"""
OUTPUTS = "(index) => window.jupyterapp.shell.currentWidget.model.cells.get(index).outputs.toJSON()"
# What plays: an element that stands in no page, or the comparison's voices
LISTEN = "document.addEventListener('audiokit:play', (event) => (window.element = event.detail))"
CURRENT = "(window.element?.currentTime ?? window.element?.position ?? -1)"


def environment_in(folder):
    """Everything that Jupyter reads or writes, in a folder; and this project before any other of its name."""
    import audiokit
    import audiokit_widgets

    # ipykernel 7.4 starts a thread for widgets' messages that, on a busy machine, now and then never wakes for any: whatever
    # a page says to any widget is lost then. JupyterLab's switch for those threads is off here, and so is that chance.
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "kernels-settings.jupyterlab-settings").write_text(
        '{"commsOverSubshells": "disabled"}', encoding="utf-8"
    )
    roots = [Path(module.__file__).resolve().parent.parent for module in (audiokit, audiokit_widgets)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "IPYTHON"))}
    return environment | {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_GALATA_ROOT_DIR": str(folder / "notebooks"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "IPYTHONDIR": str(folder / "ipython"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PYTHONPATH": os.pathsep.join(str(root) for root in roots),
    }


@contextmanager
def serving(notebooks, environment, folder):
    """JupyterLab (and Notebook 7, where it is installed) on a free port of this machine alone; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "configuration.py").write_text(CONFIGURATION.format(port=port), encoding="utf-8")
    log = folder / "server.log"
    command = [sys.executable, "-m", "jupyterlab", f"--config={folder / 'configuration.py'}"]
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=notebooks, env=environment, stdout=out, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            if server.poll() is not None:
                pytest.fail(f"JupyterLab stopped with {server.returncode}:\n{log.read_text()[-2000:]}")
            try:
                urllib.request.urlopen(f"{address}/api/status", timeout=2).close()
                break
            except OSError:
                time.sleep(0.25)
        else:
            pytest.fail(f"JupyterLab did not answer:\n{log.read_text()[-2000:]}")
        yield address
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def notebook(*cells):
    """A notebook of code cells, not yet run."""
    import nbformat

    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return made


def opened(new_page, lab, name, height=1000, place="lab/tree"):
    """Open a notebook in JupyterLab; with ``place="notebooks"``, in Notebook 7."""
    watched = new_page(width=1200, height=height)
    watched.page.add_init_script(LISTEN)
    watched.page.goto(f"{lab}/{place}/{name}?reset")
    watched.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    return watched


def run(page, index):
    """Execute one cell of the open notebook and wait for its end; what it printed."""
    page.evaluate(
        """async (index) => {
          const panel = window.jupyterapp.shell.currentWidget;
          await panel.sessionContext.ready;
          panel.content.deselectAll();
          panel.content.activeCellIndex = index;
          await window.jupyterapp.commands.execute('notebook:run-cell');
        }""",
        index,
    )
    return page.evaluate(
        """(index) => window.jupyterapp.shell.currentWidget.model.cells.get(index).outputs.toJSON()
             .map((output) => output.text || output.evalue || '').join('')""",
        index,
    )


def asked(page, index, wanted):
    """Ask Python until it has heard: a widget holds its next message back until the last one was handled.

    ``wanted`` says of what the cell printed whether it is right.
    """
    for _ in range(100):
        answer = run(page, index)
        if wanted(answer):
            return answer
        page.wait_for_timeout(100)
    return pytest.fail(f"Python never said what was expected; the last answer was {answer!r}")


def wait_until(page, condition, timeout_ms=10_000):
    """Poll from outside: a frozen page's own policy forbids evaluating strings inside."""
    for _ in range(timeout_ms // 50):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"{condition} did not come true")


def revived(page, selector, name):
    """Wait for a view that comes alive from the saved state, as a person would: see "With no kernel at all" in docs/widgets.md.

    On a busy machine the widget manager of JupyterLab may ask its kernel for the models before it has read the notebook,
    and show "model not found" for every widget: then the notebook is closed without saving, and opened again.
    """
    lost = page.get_by_text("model not found")
    for _ in range(3):
        page.locator(selector).or_(lost).first.wait_for(timeout=60_000)
        page.wait_for_timeout(1000)  # one may be found and the next one lost
        if not lost.count():
            return
        page.evaluate("() => { window.jupyterapp.shell.currentWidget.context.model.dirty = false; }")
        page.evaluate("() => window.jupyterapp.shell.currentWidget.close()")
        page.locator(".jp-Notebook").wait_for(state="detached")
        page.evaluate("(path) => window.jupyterapp.commands.execute('docmanager:open', { path })", name)
    pytest.fail(f"{name} was opened three times, and not all of its widgets' models were found")
