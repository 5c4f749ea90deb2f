"""The embedded experts as they are packed: small, hashed, with cards that say what they are."""

from __future__ import annotations

import pytest

from audiokit.activity.content_decisions import CLASSES, ContentThresholds
from audiokit.activity.content_statistics import CONTENT_STATISTICS
from audiokit.dsp.speech_statistics import SPEECH_STATISTICS
from audiokit.models.embedded import embedded, embedded_names

NAMES = ("content_gate", "emotion_emodb")


def test_both_are_there_and_small():
    assert set(NAMES) <= set(embedded_names())
    sizes = {name: embedded(name).path.stat().st_size for name in NAMES}
    assert sum(sizes.values()) <= 4_000_000
    assert sizes["content_gate"] <= 2_000_000


@pytest.mark.parametrize("name", NAMES)
def test_cards_say_what_it_is(name, project_root):
    model = embedded(name)
    card = model.card
    for key in ("licence", "origin", "version", "trained", "data", "limits", "seed", "training_seconds", "measured"):
        assert card[key] not in (None, "", [], {}), key
    assert card["training_seconds"] < 3600
    for row in card["data"]:
        assert "SA" not in row["licence"], row
        assert row["what"]
    confusion = card["measured"]["confusion"]
    assert len(confusion) == len(card["labels"]) == len(confusion[0])
    page = project_root / "docs" / "model-cards" / f"{name}.md"
    if page.is_file():  # not in a wheel
        text = page.read_text(encoding="utf-8")
        assert card["sha256"][:16] in text
        assert card["limits"][0] in text
        assert (page.parent / f"{name}_confusion.svg").is_file()


def test_what_they_were_trained_on_is_what_is_computed():
    gate = embedded("content_gate").card
    assert tuple(gate["labels"]) == CLASSES
    assert tuple(gate["features"]) == CONTENT_STATISTICS
    ContentThresholds(**gate["thresholds"])
    assert tuple(embedded("emotion_emodb").card["features"]) == SPEECH_STATISTICS


def test_measured_where_nobody_was_heard():
    emotion = embedded("emotion_emodb").card["measured"]
    assert emotion["uar"] >= 0.78
    assert emotion["calibration_error"] <= 0.10
    assert emotion["abstention_on_ordinary_speech"] >= 0.95
    gate = embedded("content_gate").card["measured"]
    kinds = gate["speech_by_kind"]
    for kind in ("instrumental", "song", "a cappella", "choir", "chant", "rap"):
        assert kinds[kind][1] <= 0.05, kind
    spoken = [kinds[kind] for kind in ("speech", "speech in noise", "speech over quiet music", "conversation")]
    assert sum(share * count for _, share, count in spoken) / sum(count for *_, count in spoken) >= 0.95
    heard = gate["files"].values()
    assert sum(row["fit_for_mood"] * row["cells"] for row in heard) / sum(row["cells"] for row in heard) >= 0.95
    for verdict in gate["never_heard"].values():
        assert verdict["fit_for_mood"] == 0
