"""Notebooks as reports: run one with typed parameters, and freeze it into one page that needs nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.report.facts import describe as describe
    from audiokit.report.frozen import freeze as freeze
    from audiokit.report.metrics import record as record
    from audiokit.report.notebooks import find_notebook as find_notebook
    from audiokit.report.notebooks import list_notebooks as list_notebooks
    from audiokit.report.parameters import Parameter as Parameter
    from audiokit.report.parameters import read_parameters as read_parameters
    from audiokit.report.runner import Report as Report
    from audiokit.report.runner import run as run
    from audiokit.report.sample import built_in_sample as built_in_sample
    from audiokit.report.sections import SECTIONS as SECTIONS
    from audiokit.report.sections import Section as Section
    from audiokit.report.stopwatch import Stopwatch as Stopwatch

__all__ = [
    "SECTIONS",
    "Parameter",
    "Report",
    "Section",
    "Stopwatch",
    "built_in_sample",
    "charts",
    "describe",
    "find_notebook",
    "freeze",
    "list_notebooks",
    "read_parameters",
    "record",
    "run",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Parameter": ".parameters",
        "Report": ".runner",
        "SECTIONS": ".sections",
        "Section": ".sections",
        "Stopwatch": ".stopwatch",
        "built_in_sample": ".sample",
        "charts": "",
        "describe": ".facts",
        "find_notebook": ".notebooks",
        "freeze": ".frozen",
        "list_notebooks": ".notebooks",
        "read_parameters": ".parameters",
        "record": ".metrics",
        "run": ".runner",
    },
)
