"""Write a model's card for people: Markdown and a picture of what it confuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_model_card"]


def write_model_card(card: dict[str, Any], folder: Path) -> Path:
    """Write ``NAME.md`` and, where the card holds a confusion matrix, ``NAME_confusion.svg``.

    Parameters
    ----------
    card : dict
        As training wrote it beside the weights.
    folder : pathlib.Path
        Made if absent.

    Returns
    -------
    pathlib.Path
        The Markdown file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    measured = dict(card.get("measured", {}))
    table = measured.pop("confusion", None)
    lines = [f"# {card['name']}", "", f"*{card['origin']}.* Version {card['version']}, trained {card['trained']} with "
             f"`python -m audiokit.experts {card['task']} --corpus FOLDER` (seed {card['seed']}, "
             f"{card['training_seconds'] / 60:.0f} minutes{_earlier(card)}).", ""]  # fmt: skip
    lines += [
        f"- Input: {card['input']}.", f"- Output: probabilities of {', '.join(card['labels'])}.",
        f"- Networks: {card['architecture']}.",
        f"- Weights: `audiokit/models/weights/{card['name']}.onnx`, {card['size_bytes'] / 1e6:.2f} MB, SHA-256 "
        f"`{card['sha256'][:16]}…`, licence {card['licence']}.",
    ]  # fmt: skip
    if "temperature" in card:
        lines.append(f"- Temperature {card['temperature']:g}; below {card['threshold']:g} it abstains.")
    if "thresholds" in card:
        lines.append(
            "- Thresholds: " + ", ".join(f"{name} {value:g}" for name, value in card["thresholds"].items()) + "."
        )
    lines += ["", "## What it cannot do", "", *(f"- {limit}" for limit in card["limits"])]
    if measured:
        lines += ["", "## Measured", ""]
        if "how" in measured:
            lines += [f"How: {measured.pop('how')}.", ""]
    if table is not None:
        picture = folder / f"{card['name']}_confusion.svg"
        picture.write_text(_confusion_svg(table, card["labels"]), encoding="utf-8")
        lines += [f"![Of each row, the share that was taken for each column]({picture.name})", ""]
        lines += _matrix(table, card["labels"])
    for name, value in measured.items():
        lines += ["", *_section(name, value)]
    lines += ["", "## Data", "", "| what | licence | used for | seconds |", "|---|---|---|---|"]
    lines += [
        f"| {row['what']} | {row['licence']} | {row['used']} | {row.get('seconds', '')} |" for row in card["data"]
    ]
    path = folder / f"{card['name']}.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _earlier(card: dict[str, Any]) -> str:
    said = f" in {card['sittings']} sittings" if card.get("sittings", 1) > 1 else ""
    return said + (", not counting parts that earlier runs had kept" if card.get("parts_from_cache") else "")


_HEADS = {
    "speech_by_kind": ("kind", "taken for speech, window by window", "fit for mood, smoothed", "windows"),
    "risk_and_coverage": ("threshold", "kept of acted speech", "right of these", "kept of ordinary speech"),
    "abstention_by_group": ("ordinary speech", "abstained", "windows"),
}


def _section(name: str, value: Any) -> list[str]:
    title = name.replace("_", " ")
    if isinstance(value, dict) and value:
        rows = [[key, *(entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else [entry])]
                for key, entry in value.items()]  # fmt: skip
        first = next(iter(value.values()))
        heads = _HEADS.get(name) or ("", *(first if isinstance(first, dict) else ("value",)))
    elif isinstance(value, list) and value:
        rows, heads = value, _HEADS.get(name, ("",) * len(value[0]))
    else:
        return [f"- {title}: {_shown(value)}"]
    return [f"### {title}", "", f"| {' | '.join(str(h).replace('_', ' ') for h in heads)} |", "|" + "---|" * len(heads),
            *(f"| {' | '.join(_shown(cell) for cell in row)} |" for row in rows)]  # fmt: skip


def _shown(value: Any) -> str:
    return "none kept" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _matrix(table: list[list[int]], labels: list[str]) -> list[str]:
    lines = [f"| is \\ taken for | {' | '.join(labels)} |", "|---|" + "---|" * len(labels)]
    return lines + [f"| {label} | {' | '.join(map(str, row))} |" for label, row in zip(labels, table, strict=True)]


def _confusion_svg(table: list[list[int]], labels: list[str]) -> str:
    import altair as alt
    import pandas as pd
    import vl_convert

    cells = pd.DataFrame(
        [
            {"is": labels[row], "taken for": labels[column], "share": count / max(sum(counts), 1)}
            for row, counts in enumerate(table)
            for column, count in enumerate(counts)
        ]
    )
    base = alt.Chart(cells).encode(
        x=alt.X("taken for:N", sort=labels, axis=alt.Axis(labelAngle=0, orient="top")), y=alt.Y("is:N", sort=labels)
    )
    fill = base.mark_rect().encode(
        color=alt.Color("share:Q", scale=alt.Scale(scheme="blues", domain=[0, 1]), legend=None)
    )
    ink = base.mark_text(fontSize=14).encode(
        text=alt.Text("share:Q", format=".1%"),
        color=alt.condition("datum.share > 0.55", alt.value("white"), alt.value("#222")),
    )
    chart = (fill + ink).properties(width=90 * len(labels), height=60 * len(labels))
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    svg: str = vl_convert.vegalite_to_svg(chart.to_dict(), vl_version=version)
    return svg
