"""Punctuation by a network that classifies words: which mark follows each. For engines that write none."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from audiokit.errors import ModelRefused, ModelUnavailable, ParameterError
from audiokit.models.catalogue import catalogue
from audiokit.models.places import Located, find, verify_files
from audiokit.speech.torch_devices import present_device

if TYPE_CHECKING:
    from audiokit.models.store import ModelStore

__all__ = ["LANGUAGES", "Punctuator", "find_punctuator", "marks_of"]

LANGUAGES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "fullstop_punctuation_base": frozenset({"en", "de", "fr", "it", "nl"}),
        "fullstop_punctuation_large": frozenset({"en", "de", "fr", "it"}),
    }
)
"""What the catalogue's models know, the one that ``auto`` prefers first: the larger one takes twice the memory."""

_NONE = frozenset({"0", "O"})  # labels that stand for no mark
_MARKS = frozenset(".,?!:;-")
_LONGEST_TOKENS = 510  # of XLM-RoBERTa's 512 positions two are for the ends
_CONTEXT_WORDS = 20  # a word this far from both ends of a window has been read with its surroundings


@dataclass(frozen=True, slots=True)
class Punctuator:
    """A model of punctuation that is on this machine.

    Parameters
    ----------
    title : str
        What it is called.
    place : pathlib.Path
        Its files.
    """

    title: str
    place: Path

    def marks(self, words: Sequence[str], *, device: str, store: ModelStore) -> tuple[str, ...]:
        """Tell the mark after each word; empty for none.

        Parameters
        ----------
        words : sequence of str
            In order, without punctuation.
        device : str
            ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:1"``.
        store : ModelStore
            Where the network is kept.

        Raises
        ------
        ModelRefused
            If the checkpoint cannot be trusted, or its labels are no marks.
        LibraryUnavailable
            If torch or transformers is not installed.
        """
        if not words:
            return ()
        with store.lease(("punctuation", str(self.place.resolve())), self._load, device=device) as network:
            return marks_of(words, network)

    @property
    def random(self) -> bool:
        """Whether its configuration says that the weights were never trained, as those of tests do."""
        try:
            stated = json.loads((self.place / "config.json").read_text(encoding="utf-8"))
            return bool(stated["audiokit_weights"] == "random")
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _load(self, device: str) -> WordClassifier:
        return WordClassifier.loaded(self.place, device)


def find_punctuator(asked: str | os.PathLike[str], language: str) -> Punctuator | None:
    """Find the model that was asked for.

    Parameters
    ----------
    asked : str or path
        ``"auto"``: the first of `LANGUAGES` that is on this machine and knows the language. ``"pauses"``: none. Or a
        name of the catalogue, ``hub:owner/name``, or a folder.
    language : str
        Of the words; ``"und"`` fits whatever is named. A folder and a repository may know any.

    Returns
    -------
    Punctuator or None
        None where nothing was named, and nothing is here.

    Raises
    ------
    ModelUnavailable
        If what was named is not on this machine; ``cure`` names the command.
    ParameterError
        If it is no model of punctuation, or does not know the language.
    """
    if os.fspath(asked) == "pauses":
        return None
    if os.fspath(asked) == "auto":
        runs = all(importlib.util.find_spec(library) for library in ("torch", "transformers"))
        for name, known in LANGUAGES.items():
            if runs and language in known:
                try:
                    return _checked(find(name))
                except ModelUnavailable:
                    continue
        return None
    tasks = {entry.name: entry.task for entry in catalogue()}
    if tasks.get(os.fspath(asked), "punctuation") != "punctuation":
        names = ", ".join(("auto", "pauses", *LANGUAGES))
        raise ParameterError(f"{asked} is no model of punctuation.", cure=f"There are: {names}.")
    if language not in LANGUAGES.get(os.fspath(asked), {language}) | {"und"}:
        raise ParameterError(
            f"{asked} does not know the language {language!r}.",
            cure=f"It knows {', '.join(sorted(LANGUAGES[os.fspath(asked)]))}; 'pauses' asks no model.",
        )
    return _checked(find(asked))


def _checked(found: Located) -> Punctuator:
    verify_files(found)
    return Punctuator(found.path.name if found.origin == "path" else found.name, found.path)


@dataclass(frozen=True)
class WordClassifier:
    """A loaded network, its tokenizer, and the mark of each of its outputs."""

    network: Any
    tokenizer: Any
    marks: tuple[str, ...]
    device: str
    longest_tokens: int

    @classmethod
    def loaded(cls, place: Path, device: str) -> WordClassifier:
        """Load a checkpoint, audited: every tensor in its place, and labels that are marks."""
        from audiokit.models.audit import load_audited

        found = load_audited(place, "AutoModelForTokenClassification", canary=False, device=present_device(device))
        strange = sorted(set(found.report.labels) - _MARKS - _NONE)
        if strange or not found.report.labels:
            raise ModelRefused(
                f"{place} is no model of punctuation: it labels words {strange[:4] or 'nothing'}.",
                cure="Its labels should be marks such as '.', ',' and '?', and '0' for none.",
            )
        from transformers import AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(
                str(place), local_files_only=True, trust_remote_code=False, add_prefix_space=True
            )
        except Exception as error:  # transformers passes on whatever its readers raise
            raise ModelRefused(f"{place}: its tokenizer cannot be read ({error}).", cure="Fetch it again.") from error
        if not tokenizer.is_fast:
            raise ModelRefused(f"{place} has no tokenizer.json, which says where words begin.", cure="Fetch it again.")
        positions = getattr(found.model.config, "max_position_embeddings", _LONGEST_TOKENS + 4)
        marks = tuple("" if label in _NONE else label for label in found.report.labels)
        return cls(found.model, tokenizer, marks, device, max(min(positions - 4, _LONGEST_TOKENS), 8))

    def token_counts(self, words: Sequence[str]) -> list[int]:
        """How many tokens each word makes."""
        encoded = self.tokenizer(list(words), is_split_into_words=True, add_special_tokens=False, verbose=False)
        counts = [0] * len(words)
        for place in encoded.word_ids():
            counts[place] += 1
        return counts

    def window(self, words: Sequence[str]) -> list[str]:
        """Marks after the words of one window: what the network says of the last token of each."""
        import torch

        encoded = self.tokenizer(
            list(words), is_split_into_words=True, truncation=True, max_length=self.longest_tokens + 2,
            return_tensors="pt",
        )  # fmt: skip
        wanted = {name: encoded[name].to(self.device) for name in ("input_ids", "attention_mask") if name in encoded}
        with torch.inference_mode():
            best = self.network(**wanted).logits[0].argmax(dim=-1).cpu().tolist()
        last = {place: token for token, place in enumerate(encoded.word_ids()) if place is not None}
        return [self.marks[best[last[place]]] if place in last else "" for place in range(len(words))]


def marks_of(words: Sequence[str], network: Any) -> tuple[str, ...]:
    """Go through words of any number in windows, each word judged where it has the most context.

    Parameters
    ----------
    words : sequence of str
        In order.
    network : WordClassifier
        Or what has its ``longest_tokens``, ``token_counts`` and ``window``.

    Returns
    -------
    tuple of str
        A mark for each word, empty for none.
    """
    marks: list[str] = []
    for first, last in _windows(network.token_counts(words), network.longest_tokens):
        found = network.window(words[first:last])
        # of what two windows share the first half is judged by the earlier one
        shared = len(marks) - first
        keep_from = shared // 2 if first else 0
        marks = marks[: first + keep_from] + list(found[keep_from:])
    return tuple(marks)


def _windows(counts: Sequence[int], longest: int) -> Iterator[tuple[int, int]]:
    """Spans of words, each as long as the network takes, twenty words or half of it shared with the one before."""
    first = 0
    while first < len(counts):
        last, tokens = first, 0
        while last < len(counts) and (last == first or tokens + counts[last] <= longest):
            tokens += counts[last]
            last += 1
        yield first, last
        if last == len(counts):
            return
        first = max(last - min(2 * _CONTEXT_WORDS, (last - first) // 2), first + 1)
