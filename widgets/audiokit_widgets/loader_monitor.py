"""`LoaderMonitor`: what a loader that tunes itself is doing, while training runs and in pages afterwards."""

from __future__ import annotations

import base64
import math
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from audiokit.errors import ParameterError
from audiokit.training.loader.report import LoaderReport
from audiokit_widgets.loader_readings import decisions, end_seconds, history
from audiokit_widgets.loader_watch import Watch, at_cell_ends, weakly
from audiokit_widgets.loader_words import now
from audiokit_widgets.modules import bundle, style

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LoaderMonitor"]

_EVERY_SECONDS = 0.5
_COLUMNS = 1200  # of the plot: no need to send a curve before it has grown by one of them


class LoaderMonitor(anywidget.AnyWidget):
    """Show what a loader is doing: how fast, what waits for what, which plan it tries and why.

    Follows the loader from a thread of its own, twice a second while something changes, so that it moves while
    training keeps the kernel busy. It does not keep the loader alive, and ends with it. In a page without a kernel it
    is the same view of what was last seen; where no script runs, a picture and tables, renewed whenever a cell ends.

    Parameters
    ----------
    loader : object with ``report()``, or LoaderReport
        `audiokit.AudioDataLoader`, or anything whose ``report()`` gives a `LoaderReport` from any thread. A report
        by itself is shown as it is.
    title : str
        Shown above.
    every_seconds : float
        Between two looks at the loader.

    Attributes
    ----------
    report : LoaderReport
        What is shown.
    following : bool
        Whether the loader is still looked at.
    message : str
        What went wrong when the loader was asked; empty otherwise.

    Raises
    ------
    ParameterError
        If it is neither a report nor a loader that gives one, or the time between two looks is none.

    Examples
    --------
    >>> from audiokit.training.loader.plan import Plan
    >>> from audiokit.training.loader.report import LoaderReport
    >>> nan = float("nan")
    >>> LoaderMonitor(LoaderReport(Plan(0, 2), False, 0, 0, 0, nan, nan, nan, nan))
    LoaderMonitor('Loader', a report)
    2 threads, 2 batches ahead, still searching
    """

    _esm = bundle("loader_monitor.js")
    _css = style("kit/theme.css", "loader_monitor.css")

    title = traitlets.Unicode("").tag(sync=True)
    now = traitlets.Dict(read_only=True).tag(sync=True)
    history = traitlets.Dict(read_only=True).tag(sync=True)
    decisions = traitlets.Dict(read_only=True).tag(sync=True)
    following = traitlets.Bool(default_value=False, read_only=True).tag(sync=True)
    message = traitlets.Unicode("", read_only=True).tag(sync=True)

    _watch: Watch | None = None  # here, because `close` is called for what was refused, too
    _leave_cells: Callable[[], None] | None = None

    def __init__(self, loader: object, *, title: str = "Loader", every_seconds: float = _EVERY_SECONDS) -> None:
        if not (math.isfinite(every_seconds) and every_seconds > 0):
            raise ParameterError(f"every_seconds must be a finite number of seconds above 0, got {every_seconds!r}.")
        self._live = not isinstance(loader, LoaderReport)
        self._report = loader if isinstance(loader, LoaderReport) else _asked(loader)
        self._loader = weakly(loader) if self._live else _nothing
        self._lock = threading.RLock()  # the thread's, and of whoever calls `refresh`
        self._drawn: tuple[LoaderReport | None, float] = (None, -math.inf)
        self._static_of: LoaderReport | None = None
        self._display_id = uuid.uuid4().hex
        # before the comm opens: no page sees the monitor without its data
        self._tell(whole=True)
        self.set_trait("following", self._live)
        super().__init__(title=title)
        if self._live:
            self._watch = Watch(self, LoaderMonitor._follow, every_seconds=every_seconds)

    @property
    def report(self) -> LoaderReport:
        """What is shown."""
        return self._report

    def refresh(self) -> bool:
        """Look at the loader now, and tell the page all of it.

        Returns
        -------
        bool
            Whether something had changed.
        """
        return self.following and self._look(whole=True)

    def close(self) -> None:
        """Stop following the loader, and take the view off the page; `report` stays."""
        self._end()
        leave, self._leave_cells = self._leave_cells, None
        if leave:
            leave()
        super().close()

    def _follow(self) -> bool | None:
        """Look from the thread; None where there is nothing more to see."""
        changed = self._look(whole=False)
        return changed if self.following else None

    def _look(self, *, whole: bool) -> bool:
        """Ask the loader, and tell the page what is new; end with the loader."""
        with self._lock:
            loader = self._loader()
            if loader is None:
                self._tell(whole=True)
                self._end()
                return False
            ended = getattr(loader, "is_closed", False) is True  # first: a report from then on is the last
            try:
                report = _asked(loader)
            except Exception as error:  # noqa: BLE001 - whatever it is, the page says it, and the next look may go well
                self.set_trait("message", f"The loader gave no report: {type(error).__name__}: {error}")
                return False
            changed = _mark(report) != _mark(self._report)
            if changed:
                self._report = report
            self._tell(whole=whole or ended)
            self.set_trait("message", "")
            if ended:
                self._end()
            return changed

    def _tell(self, *, whole: bool) -> None:
        report = self._report
        drawn, at = self._drawn
        if drawn is report:
            return
        self.set_trait("now", now(report))
        made = decisions(report)
        news = made != self.decisions
        self.set_trait("decisions", made)
        # A curve travels as a whole, so it waits until it has grown by what can be seen.
        if whole or news or time.monotonic() - at >= end_seconds(report) / _COLUMNS:
            self.set_trait("history", history(report))
            self._drawn = report, time.monotonic()

    def _end(self) -> None:
        watch, self._watch = self._watch, None
        if watch:
            watch.stop()
        if self.following:
            self.set_trait("following", False)

    # What stays in a notebook

    def __repr__(self) -> str:
        how = "a report" if not self._live else "following its loader" if self.following else "its loader has ended"
        said = f"; {self.message}" if self.message else ""
        return f"LoaderMonitor({self.title!r}, {how}{said})\n{self._report}"

    def picture(self) -> bytes:
        """All curves, the plans and the marks of changes as one PNG.

        Returns
        -------
        bytes
            A palette PNG, 1640 pixels wide.
        """
        from audiokit_widgets.loader_picture import draw_loader

        return draw_loader(self.history, self.decisions)

    def static_html(self) -> str:
        """HTML for where no script runs: figures, the picture, stages and changes; text escaped."""
        from audiokit_widgets.loader_static import loader_html

        return loader_html(
            title=self.title,
            now=self.now,
            decisions=self.decisions,
            picture=base64.b64encode(self.picture()).decode("ascii"),
            message=self.message,
        )

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]]:
        made = super()._repr_mimebundle_(**kwargs)
        data, metadata = made if isinstance(made, tuple) else (made or {}, {})
        self.refresh()
        self._static_of = self._report
        return {**data, "text/plain": repr(self), "text/html": self.static_html()}, metadata

    def _ipython_display_(self) -> None:
        # Under a name of its own, so that what stays in the notebook is renewed when a cell has ended: what was seen
        # while the monitor was shown first is mostly nothing. A closed one is shown as text, which this error asks for.
        if self.comm is None:
            raise NotImplementedError
        from IPython.display import display

        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True, display_id=self._display_id)
        if self.following and self._leave_cells is None:
            self._leave_cells = at_cell_ends(self, LoaderMonitor._renew)

    def _renew(self) -> bool:
        """Put the present picture in the place of the one in the notebook, if there is something new."""
        self.refresh()
        if self._static_of is not self._report and self.comm is not None:
            from IPython.display import update_display

            data, metadata = self._repr_mimebundle_()
            update_display(data, metadata=metadata, raw=True, display_id=self._display_id)
        return bool(self.following)


def _asked(loader: object) -> LoaderReport:
    ask = getattr(loader, "report", None)
    report = ask() if callable(ask) else None
    if not isinstance(report, LoaderReport):
        raise ParameterError(
            f"A LoaderMonitor wants a loader whose report() gives a LoaderReport, or such a report; got "
            f"{type(loader).__name__}{'' if report is None else f', whose report() gives {type(report).__name__}'}.",
            cure="LoaderMonitor(audiokit.AudioDataLoader(...))",
        )
    return report


def _mark(report: LoaderReport) -> tuple[object, ...]:
    """What differs when there is something new; no figure that may be NaN, which differs from itself."""
    last = report.readings[-1].time_seconds if report.readings else None
    counts = (report.items, report.batches, report.failures, len(report.readings), len(report.changes))
    return (*counts, last, report.plan, report.settled)


def _nothing() -> None:
    """Stand for a loader where there was a report."""
