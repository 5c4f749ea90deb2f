"""Sections about training's input: they run alone, have tables and bars, and are told as JSON."""

import json

import pytest
from plain_loader import PlainLoader, TimedLoader

from audiokit.bench import TrainingFiles, suite, training_sections
from audiokit.bench.equality import RowState
from audiokit.bench.loader import OURS, SAMPLES, SPDL, TORCHCODEC, USUAL, WARM, LoaderComparison
from audiokit.bench.loader_augmented import OURS_BATCHED, OURS_OWN, OURS_THEIRS, USUAL_THEIRS
from audiokit.bench.loader_floor import FLOOR
from audiokit.bench.race import RaceRow
from audiokit.bench.tables import section_notes, section_table
from audiokit.bench.timing import Timing
from audiokit.bench.tuning import measure_tuner

pytest.importorskip("torch")

SIZES = suite.Sizes(repeats=1, training=(TrainingFiles("WAV", 4, 0.2, 2), TrainingFiles("FLAC", 1, 200.0, 1)))
ONLY = ("loader", "stretch", "tuner", "reading", "overlap")


def raced(*names):
    def compare(files, kind, *, repeats, after_each):
        after_each()
        rows = [RaceRow(name, RowState.OK, "why", timing=Timing(name, (1.0,) * repeats), ratio=1.0) for name in names]
        return LoaderComparison(str(kind), len(files), tuple(rows))

    return compare


def test_sections_run_alone_and_are_told(tmp_path, monkeypatch):
    def tuned(make, kind, **options):
        return measure_tuner(
            lambda plan=None: TimedLoader(plan), kind, **{**options, "seconds": 0.0, "batches": 1}, patience_seconds=0.0
        )

    def overlap(make, augmentations, kind, **options):
        assert len(augmentations) == 3
        small = {**options, "seconds": 0.0, "batches": 1, "shares": (0.5, 2.0)}
        return training_sections_overlap(
            lambda augmentations: TimedLoader(seconds=lambda plan: 0.001), [1], kind, **small
        )

    training_sections_overlap = training_sections.compare_overlap
    everybody = (OURS, WARM, SAMPLES, USUAL, TORCHCODEC, SPDL, FLOOR)
    monkeypatch.setattr(training_sections, "compare_loaders", raced(*everybody))
    stretching = (OURS_THEIRS, OURS_OWN, OURS_BATCHED, USUAL_THEIRS)
    monkeypatch.setattr(training_sections, "compare_augmented_loaders", raced(*stretching))
    monkeypatch.setattr(training_sections, "measure_tuner", tuned)
    monkeypatch.setattr(training_sections, "compare_overlap", overlap)
    monkeypatch.setattr(training_sections, "open_loader", PlainLoader)
    steps = []
    found = suite.run(tmp_path, SIZES, only=ONLY, step=lambda: steps.append(1))
    tables = found.tables()
    assert tuple(tables) == ONLY
    assert [len(tables[name]) for name in ONLY] == [14, 4, 6, 1, 2]  # 200 s are neither stretched nor kept whole
    assert len(tables["tuner"]["situation"].unique()) == 2
    for name, table in tables.items():
        assert section_table(name, table).row_count == len(table)
    assert any("WAV, 4 of 0.2 s, FLAC" in line for line in section_notes(tables["loader"]))
    told = json.loads(found.to_json(SIZES, "a machine"))
    assert told["sizes"]["training"][0] == {"codec": "WAV", "count": 4, "seconds": 0.2, "batch_size": 2}
    assert len(told["bars"]) == len(found.bars()) > 10
    assert steps
