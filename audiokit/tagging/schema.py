"""The JSON Schema of a result, as it is published in the package."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

__all__ = ["result_schema"]


def result_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 2020-12) that `TagResult.to_dict` keeps to.

    Returns
    -------
    dict
        Read from ``tag_result.schema.json`` beside this module; yours to change.

    Examples
    --------
    >>> result_schema()["required"]
    ['audio_analysis']
    """
    text = resources.files("audiokit.tagging").joinpath("tag_result.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
