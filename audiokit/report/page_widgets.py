"""The widgets of a page: where each stands, and their models, code and sounds stored once each."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from audiokit.report.page_bytes import packed, packed_text
from audiokit.report.page_pictures import Pictures

__all__ = ["Widgets"]

_STATE_MIME = "application/vnd.jupyter.widget-state+json"
_REFERENCE = "anywidget:"  # what anywidget.WidgetTrait writes before a model's number
_AUDIO = re.compile(r'<audio\b[^>]*?\bsrc="data:[^;"]*;base64,([^"]*)"[^>]*>(?:\s*</audio>)?')
_EMBEDDED = re.compile(r'<(?:audio|img)\b[^>]*?\bsrc="data:[^;"]*;base64,([^"]*)"')


class Widgets:
    """The anywidget models of a notebook, stored once each."""

    def __init__(self, notebook: Mapping[str, Any]) -> None:
        saved = notebook.get("metadata", {}).get("widgets", {}).get(_STATE_MIME, {}).get("state", {})
        self._models: dict[str, Any] = {k: v for k, v in saved.items() if "_esm" in v.get("state", {})}
        states = [model["state"] for model in self._models.values()]
        asked = [digest for state in states for digest in (state.get("digest_bytes"), *(state.get("digests") or ()))]
        self._digests = {str(digest) for digest in asked if digest}
        self._standing: set[str] = set()
        self._used: dict[str, dict[str, Any]] = {}
        self._shown: set[str] = set()
        self._code: dict[str, str] = {}
        self._pictures = Pictures(())

    def look_at(self, outputs: Iterable[str]) -> None:
        """Take all outputs of the page, as HTML, before any is placed: what two of them share is stored once."""
        held = {b["data"].replace("\n", "") for model in self._models.values() for b in model.get("buffers", [])}
        self._pictures = Pictures(outputs, held)

    def definitions(self) -> str:
        """HTML that holds what outputs share."""
        return self._pictures.definitions()

    def knows(self, model_id: str) -> bool:
        """Whether the model can run in a page."""
        return model_id in self._models

    def mount(self, model_id: str, static: str) -> str:
        """HTML that shows the static view, and where the host puts the live one."""
        static = self._marked(self._pictures.placed(static), once=True)
        if model_id in self._shown:  # its sound is in the page already, but where cells ran in another order
            static = f"<p>The same widget as above.</p>{''.join(found[0] for found in _AUDIO.finditer(static))}"
        self._shown.add(model_id)
        self._take(model_id, static)
        return f'<div class="widget" data-model="{html.escape(model_id)}"><div class="static">{static}</div></div>'

    def placed(self, static: str) -> str:
        """HTML of an output that is no widget's."""
        return self._marked(self._pictures.placed(static), once=False)

    def _marked(self, static: str, *, once: bool) -> str:
        """Write at each ``<audio>`` whose bytes a model asks for by their hash what that hash is.

        With `once`, what stands further up already is referred to: the live view takes it from there.
        """

        def mark(found: re.Match[str]) -> str:
            digest = hashlib.sha256(base64.b64decode(found[1])).hexdigest()
            if digest not in self._digests:
                return found[0]
            name = f"sound-{digest[:16]}"
            if digest in self._standing:
                return f'<p>The sound is <a href="#{name}">above</a>.</p>' if once else found[0]
            self._standing.add(digest)
            return found[0].replace("<audio", f'<audio id="{name}" data-sha256="{digest}"', 1)

        return _AUDIO.sub(mark, static) if self._digests else static

    def _take(self, model_id: str, static: str = "") -> None:
        """Store a model, and those that it refers to, unless they are stored already."""
        if model_id in self._used or model_id not in self._models:
            return
        self._used[model_id] = self._pack(self._models[model_id], static)
        for other in _references(self._used[model_id]["state"]):
            self._take(other)

    def _pack(self, saved: Mapping[str, Any], static: str) -> dict[str, Any]:
        state = {
            key: value for key, value in saved["state"].items() if _is_plain(value) and key not in ("_esm", "_css")
        }
        code = {key: self._store(saved["state"].get(key) or "") for key in ("_esm", "_css")}
        embedded = _EMBEDDED.findall(static)
        # What the widget says that it makes again of a sound, where the page holds that
        remade = saved["state"].get("remade") or () if saved["state"].get("digest_bytes") in self._standing else ()
        buffers = []
        for buffer in saved.get("buffers", []):
            data = buffer["data"].replace("\n", "")
            if buffer["path"][0] in remade:
                data = ""
            # The very bytes of an <audio> or <img> of the static view are not written a second time.
            held = {"element": embedded.index(data)} if data in embedded else packed(base64.b64decode(data))
            buffers.append({"path": buffer["path"], **held})
        return {"state": state, "buffers": buffers, **code}

    def _store(self, text: str) -> str:
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
        self._code[key] = text
        return key

    def scripts(self) -> str:
        """Write the models and their code, as data."""
        if not self._used:
            return ""
        return "".join(
            f'<script type="application/json" id="{name}">{_json(content)}</script>\n'
            for name, content in (
                ("audiokit-models", self._used),
                ("audiokit-code", packed_text(json.dumps(self._code))),  # at once: modules have much in common
            )
        )


def _references(value: object) -> Iterator[str]:
    """Find the models that a state refers to."""
    if isinstance(value, str) and value.startswith(_REFERENCE):
        yield value.removeprefix(_REFERENCE)
    elif isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _references(item)


def _is_plain(value: object) -> bool:
    """Leave out references to other models (a layout), which a page has no manager for."""
    return not (isinstance(value, str) and value.startswith("IPY_MODEL_"))


def _json(content: object) -> str:
    # In a script element, "</" would end it and "<!--" would change how it is read.
    return json.dumps(_finite(content), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _finite(value: Any) -> Any:
    """Give null for NaN and infinity: Python writes them, JSON has no such numbers, and no browser reads them."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value
