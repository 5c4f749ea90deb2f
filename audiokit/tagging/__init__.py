"""Small experts that abstain instead of inventing: whether anybody speaks, in what mood, and the genre of the music."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.tagging.calibration import Calibration as Calibration
    from audiokit.tagging.embedded_emotion import EmbeddedEmotion as EmbeddedEmotion
    from audiokit.tagging.emotion import HubEmotion as HubEmotion
    from audiokit.tagging.expert import GenreExpert as GenreExpert
    from audiokit.tagging.expert import MoodExpert as MoodExpert
    from audiokit.tagging.genre import load_genre_expert as load_genre_expert
    from audiokit.tagging.genre_classifiers import AudioClassifier as AudioClassifier
    from audiokit.tagging.genre_pictures import ImageGenre as ImageGenre
    from audiokit.tagging.many import tag_many as tag_many
    from audiokit.tagging.options import TagOptions as TagOptions
    from audiokit.tagging.pipeline import tag as tag
    from audiokit.tagging.result import TagResult as TagResult
    from audiokit.tagging.result import tags_table as tags_table
    from audiokit.tagging.schema import result_schema as result_schema
    from audiokit.tagging.stages import Stage as Stage
    from audiokit.tagging.taxonomy import Taxonomy as Taxonomy
    from audiokit.tagging.values import Genre as Genre
    from audiokit.tagging.values import Mood as Mood

__all__ = [
    "AudioClassifier",
    "Calibration",
    "EmbeddedEmotion",
    "Genre",
    "GenreExpert",
    "HubEmotion",
    "ImageGenre",
    "Mood",
    "MoodExpert",
    "Stage",
    "TagOptions",
    "TagResult",
    "Taxonomy",
    "load_genre_expert",
    "result_schema",
    "tag",
    "tag_many",
    "tags_table",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "AudioClassifier": ".genre_classifiers",
        "Calibration": ".calibration",
        "EmbeddedEmotion": ".embedded_emotion",
        "Genre": ".values",
        "GenreExpert": ".expert",
        "HubEmotion": ".emotion",
        "ImageGenre": ".genre_pictures",
        "Mood": ".values",
        "MoodExpert": ".expert",
        "Stage": ".stages",
        "TagOptions": ".options",
        "TagResult": ".result",
        "Taxonomy": ".taxonomy",
        "load_genre_expert": ".genre",
        "result_schema": ".schema",
        "tag": ".pipeline",
        "tag_many": ".many",
        "tags_table": ".result",
    },
)
