"""Run a notebook with parameters and write its page."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audiokit import errors
from audiokit.config import load_config
from audiokit.decode import info
from audiokit.decode.source import printable
from audiokit.report.frozen import Failure, freeze
from audiokit.report.metrics import metrics_of
from audiokit.report.notebooks import find_notebook
from audiokit.report.parameters import check_parameters, read_parameters

__all__ = ["Report", "run"]

_SOURCE_PARAMETER = "audio"  # by convention: the one recording that a notebook is about
_LONGEST_STEM = 120


@dataclass(frozen=True)
class Report:
    """What a run left behind.

    Parameters
    ----------
    page : Path
        The self-contained HTML page.
    notebook : Path
        The executed copy, with outputs and widget state.
    metrics : dict
        What the notebook recorded.
    summary : tuple of str
        A few lines, as the notebook wrote them.
    """

    page: Path
    notebook: Path
    metrics: dict[str, Any]
    summary: tuple[str, ...]


def run(
    name: str | Path,
    *,
    reports_folder: str | Path | None = None,
    cell_timeout_seconds: int | None = None,
    progress: bool = True,
    **parameters: object,
) -> Report:
    """Execute a notebook under papermill and freeze it into one page.

    Parameters
    ----------
    name : str or Path
        A notebook of the package (``"00_tour"``, or ``"tour"``), or the path of any ``.ipynb``.
    reports_folder : path, optional
        Where the page goes; ``reports`` unless configured.
    cell_timeout_seconds : int, optional
        Longest time for one cell.
    progress : bool
        Show a progress bar on standard error.
    **parameters
        Values for the notebook's parameters, checked against their types before anything runs. A parameter named
        ``audio`` is the path of a recording.

    Returns
    -------
    Report
        Paths, metrics and summary.

    Raises
    ------
    ParameterError
        An unknown or ill-typed parameter, or a folder in which the executed notebook would replace this one; nothing
        has run.
    InputError
        The recording cannot be used; no page is left behind, nor what an earlier run left under its name.
    ReportFailed
        A cell failed; the page is there, marked as failed, and says which cell and why.
    """
    config = load_config(
        reports_folder=None if reports_folder is None else str(reports_folder),
        cell_timeout_seconds=cell_timeout_seconds,
    )
    template = find_notebook(name)
    values = check_parameters(template, parameters)
    folder = Path(config.reports_folder)
    label = _label(values)
    stem = f"{template.stem}-{label}" if label else template.stem
    _check_folder(folder)
    _check_not_itself(template, folder / f"{stem}.ipynb")
    for ending in ("html", "ipynb", "json"):  # should this run fail, what an earlier one left must not claim success
        _remove(folder / f"{stem}.{ending}")
    _check_recording(values)
    with tempfile.TemporaryDirectory(prefix="audiokit-") as scratch:
        _make_path_writable_as_text(values, Path(scratch))
        executed, failure = _execute(template, values, Path(scratch), config.cell_timeout_seconds, progress=progress)
    metrics = metrics_of(executed)
    if failure and _blames_the_recording(failure):
        raise errors.InputError(failure.message)  # and no page shall claim otherwise
    return _write(folder, stem, executed, metrics, failure)


def _blames_the_recording(failure: Failure) -> bool:
    """Whether a cell found the file unusable; a wrong argument is the notebook's fault, and its page says where."""
    found = failure.error_class
    return found is not None and issubclass(found, errors.InputError) and not issubclass(found, errors.ParameterError)


def _label(values: dict[str, Any]) -> str:
    """Return what names the page beside the notebook: the recording's name, fit for every file system."""
    given = values.get(_SOURCE_PARAMETER)
    if not isinstance(given, str) or not given:
        return ""
    stem = re.sub(r'[\\/:*?"<>|\x00-\x1f\ufffd]+', "_", printable(Path(given).stem)).strip(". ")
    return stem[:_LONGEST_STEM] or "recording"


def _check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be written to before anything runs; it is made when there is a page."""
    existing = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    if not existing.is_dir():
        raise errors.ParameterError(
            f"{printable(existing)} is not a folder, so no page can be written there.", cure="Name another: --output."
        )
    if not os.access(existing, os.W_OK | os.X_OK):
        raise errors.ParameterError(
            f"{printable(existing)}: writing there is not permitted.", cure="Name another folder: --output."
        )


def _check_not_itself(template: Path, executed: Path) -> None:
    """Refuse to write what was executed over the notebook that is executed."""
    if executed.exists() and executed.samefile(template):
        raise errors.ParameterError(
            f"{printable(executed)} is the notebook itself, which the executed one would replace.",
            cure="Name another folder: --output.",
        )


def _remove(left: Path) -> None:
    try:
        left.unlink(missing_ok=True)
    except OSError as error:
        raise errors.ParameterError(
            f"{printable(left)} is in the way and cannot be removed ({error.strerror}).", cure="Remove or rename it."
        ) from error


def _check_recording(values: dict[str, Any]) -> None:
    """Look at the recording before a kernel starts."""
    given = values.get(_SOURCE_PARAMETER)
    if isinstance(given, str) and given:
        info(given)
        values[_SOURCE_PARAMETER] = os.path.abspath(given)  # noqa: PTH100 - resolve() follows links and so renames


def _make_path_writable_as_text(values: dict[str, Any], scratch: Path) -> None:
    """Give a file whose name is not UTF-8, which a notebook has to be, a link with a printable name."""
    given = values.get(_SOURCE_PARAMETER)
    if not isinstance(given, str):
        return
    try:
        given.encode("utf-8")
    except UnicodeEncodeError:
        link = scratch / printable(Path(given).name)
        link.symlink_to(given)
        values[_SOURCE_PARAMETER] = str(link)


def _execute(
    template: Path, values: dict[str, Any], scratch: Path, cell_timeout_seconds: int, *, progress: bool
) -> tuple[dict[str, Any], Failure | None]:
    try:
        import nbformat
        import papermill
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    except ImportError as error:
        raise errors.LibraryUnavailable(
            f"Reports need {error.name}, which is not installed.", cure='Run: pip install "audiokit[report]"'
        ) from error
    # papermill formats its paths with str.format: names with braces must not reach it.
    source, target = scratch / "notebook.ipynb", scratch / "executed.ipynb"
    shutil.copyfile(template, source)
    _check_notebook(source, printable(template))
    crash: BaseException | None = None
    try:
        papermill.execute_notebook(
            str(source),
            str(target),
            parameters=values,
            kernel_name="python3",
            progress_bar={"file": sys.stderr, "desc": template.stem} if progress else False,
            cwd=str(Path.cwd()),
            execution_timeout=cell_timeout_seconds,
            store_widget_state=True,
            config=_kernel_settings(),
        )
    except papermill.PapermillExecutionError as error:
        crash = error
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        crash = error
    executed = json.loads(target.read_text(encoding="utf-8")) if target.is_file() else None
    if executed is None:
        raise errors.ReportFailed(f"{template.stem} did not start: {crash}.") from crash
    nbformat.validate(executed)
    executed["cells"] = [
        c for c in executed["cells"] if "papermill-error-cell-tag" not in c["metadata"].get("tags", [])
    ]
    return executed, _failure(executed, crash) if crash is not None else None


def _check_notebook(source: Path, shown: str) -> None:
    """Refuse what papermill would trip over: it takes any JSON with cells for a notebook."""
    import nbformat

    try:
        parsed = nbformat.read(source, as_version=nbformat.NO_CONVERT)
        reason = "" if parsed.get("nbformat") == 4 else "its format is not version 4"
        nbformat.validate(parsed)
    except (nbformat.ValidationError, ValueError, KeyError, AttributeError, TypeError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
    if reason:
        raise errors.ParameterError(
            f"{shown}: this is not a valid Jupyter notebook ({reason}).", cure="Open and save it in Jupyter."
        )


def _kernel_settings() -> Any:
    """Encrypt what goes between this process and the kernel, where the libraries can (it crosses loopback TCP)."""
    import zmq
    from traitlets.config import Config

    return Config({"KernelManager": {"transport_encryption": "auto"}} if zmq.has("curve") else {})


def _failure(executed: dict[str, Any], crash: BaseException) -> Failure:
    code_cells = [(i, cell) for i, cell in enumerate(executed["cells"]) if cell["cell_type"] == "code"]
    for index, cell in code_cells:
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                error_class = getattr(errors, output["ename"], None)
                return Failure(index, output["ename"], output["evalue"], error_class)
    running = [i for i, cell in code_cells if cell["metadata"].get("papermill", {}).get("status") != "completed"]
    return Failure(running[0] if running else 0, type(crash).__name__, str(crash).strip().splitlines()[0], None)


def _write(
    folder: Path, stem: str, executed: dict[str, Any], metrics: dict[str, Any], failure: Failure | None
) -> Report:
    page, notebook = folder / f"{stem}.html", folder / f"{stem}.ipynb"
    frozen = freeze(executed, title=stem, failure=failure)
    if failure:  # whoever reads the metrics alone must see it too
        place = {"cell": failure.cell_number, "error": failure.error_name, "message": failure.message}
        metrics = {**metrics, "failure": place}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        notebook.write_text(json.dumps(executed, ensure_ascii=False, indent=1), encoding="utf-8")
        (folder / f"{stem}.json").write_text(json.dumps(metrics, ensure_ascii=False, indent=2), encoding="utf-8")
        page.write_text(frozen, encoding="utf-8")
    except OSError as error:  # a full disk leaves half a page, which must not stay
        with contextlib.suppress(OSError):
            page.unlink(missing_ok=True)
        raise errors.ReportFailed(
            f"{stem} ran, but its page cannot be written to {printable(folder)} ({error.strerror}).",
            cure="Make room, or name another folder: --output.",
        ) from error
    if failure:
        raise errors.ReportFailed(
            f"{stem} stopped at cell {failure.cell_number}: {failure.error_name}: {failure.message}",
            cure=f"The page is marked as failed: {page}",
        )
    return Report(page, notebook, metrics, tuple(metrics.get("summary", ())))


def parameters_table(name: str | Path) -> list[tuple[str, str, str, str]]:
    """(name, type, default, help) of each parameter of a notebook."""
    found = read_parameters(find_notebook(name))
    return [(p.name, p.type, repr(p.default), p.help) for p in found.values()]
