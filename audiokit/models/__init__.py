"""Weights: which are known, where they are on this machine, whether they can be trusted, and what runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.models.catalogue import CatalogueEntry as CatalogueEntry
    from audiokit.models.catalogue import catalogue as catalogue
    from audiokit.models.catalogue import entry as entry
    from audiokit.models.embedded import EmbeddedModel as EmbeddedModel
    from audiokit.models.embedded import embedded as embedded
    from audiokit.models.places import find as find
    from audiokit.models.places import locate as locate
    from audiokit.models.sessions import Sessions as Sessions
    from audiokit.models.store import ModelStore as ModelStore
    from audiokit.models.store import default_store as default_store
    from audiokit.models.store import set_default_store as set_default_store
    from audiokit.models.wheels import WeightFile as WeightFile
    from audiokit.models.wheels import silero_vad as silero_vad

# What shares its module's name is imported now: a module that is imported later would take the name from the function.
from audiokit.models.catalogue import catalogue as catalogue
from audiokit.models.embedded import embedded as embedded

__all__ = [
    "CatalogueEntry",
    "EmbeddedModel",
    "ModelStore",
    "Sessions",
    "WeightFile",
    "catalogue",
    "default_store",
    "embedded",
    "entry",
    "find",
    "locate",
    "set_default_store",
    "silero_vad",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "CatalogueEntry": ".catalogue",
        "EmbeddedModel": ".embedded",
        "ModelStore": ".store",
        "Sessions": ".sessions",
        "WeightFile": ".wheels",
        "default_store": ".store",
        "entry": ".catalogue",
        "find": ".places",
        "locate": ".places",
        "set_default_store": ".store",
        "silero_vad": ".wheels",
    },
)
