"""Annotations as a pandas DataFrame, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audiokit.annotations.document import (
    DEFAULT_TIER,
    TABLE_COLUMNS,
    Annotations,
    Tier,
    extra_names,
    extra_rows,
    tiers_of_rows,
)
from audiokit.errors import ParameterError
from audiokit.results import Segment

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["table_of", "tiers_of"]


def table_of(annotations: Annotations) -> pd.DataFrame:
    """Make the table that `Annotations.to_dataframe` describes."""
    import pandas as pd

    names = extra_names(annotations.tiers)
    rows = [
        (tier.name, s.start_seconds, s.end_seconds, s.label, s.score, *further)
        for tier in annotations.tiers
        for s, further in zip(tier.segments, extra_rows(tier, names), strict=True)
    ]
    table = pd.DataFrame(rows, columns=[*TABLE_COLUMNS, *names])
    return table.astype({"start_seconds": "float64", "end_seconds": "float64", "score": "float64"})


def tiers_of(table: pd.DataFrame) -> tuple[Tier, ...]:
    """Make the tiers that `Annotations.from_dataframe` describes."""
    missing = [name for name in ("start_seconds", "end_seconds") if name not in table.columns]
    if missing:
        raise ParameterError(f"The table has no column {missing[0]!r}.", cure="Rename the one that holds it.")
    kept = [name for name in table.columns if name not in TABLE_COLUMNS]
    titles = [str(name) for name in kept]
    if not table.columns.is_unique or len(set(titles)) < len(titles):
        raise ParameterError("A column name stands twice in the table.", cure="Rename one of them.")
    columns = [_column(table, name, "") for name in ("start_seconds", "end_seconds", "label")]
    try:
        segments = [
            Segment(float(start), float(end), str(label), None if score is None else float(score))
            for start, end, label, score in zip(*columns, _column(table, "score", None), strict=True)
        ]
    except ParameterError:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        raise ParameterError(f"A time or score in the table is no number ({error}).", cure="Mend it.") from error
    extra = {
        title: [str(value) for value in _column(table, name, "")] for title, name in zip(titles, kept, strict=True)
    }
    tiers = tiers_of_rows([str(name) for name in _column(table, "tier", DEFAULT_TIER)], segments, extra)
    if tiers or "tier" in table.columns:
        return tiers
    return (Tier(DEFAULT_TIER, (), "interval", dict.fromkeys(titles, ())),)


def _column(table: pd.DataFrame, name: Any, default: object) -> list[Any]:
    """Return the values of a column, the default where one is missing, or all are."""
    if name not in table.columns:
        return [default] * len(table)
    values = table[name]
    return [default if gone else value for value, gone in zip(values.tolist(), values.isna().tolist(), strict=True)]
