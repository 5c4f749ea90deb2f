"""What all augmentations have in common: drawn, applied, replayed."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import subprocess
import sys

import numpy as np
import pytest
from augmentation_checks import RATE, sounds, voice
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit.training.augment import (
    AUGMENTATIONS,
    AddNoise,
    CodecDegradation,
    Compose,
    Drawn,
    FrequencyMask,
    ImpulseResponse,
    PitchShift,
    SpeedPerturbation,
    TimeMask,
    TimeStretch,
    VolumeAdjust,
    describe,
    replay,
)
from audiokit.training.randomness import item_generator

ROOM = (np.random.default_rng(5).standard_normal(900) * np.exp(-np.arange(900) / 150)).astype(np.float32)
EVERY = {
    "stretch": TimeStretch(0.8, 1.2),
    "pitch": PitchShift(-2, 2),
    "white": AddNoise(snr_db=(5, 20)),
    "pink": AddNoise(snr_db=10, kind="pink", measured_over="whole"),
    "volume": VolumeAdjust(-12, 12),
    "speed": SpeedPerturbation(0.9, 1.1),
    "choices": SpeedPerturbation(choices=[0.9, 1.0, 1.1]),
    "room": ImpulseResponse([ROOM, ROOM[:30]], response_rate=8000),
    "room kept": ImpulseResponse([ROOM, ROOM[:30]], response_rate=RATE, normalise=False, align=False, tail="keep"),
    "mp3": CodecDegradation("mp3"),
    "opus": CodecDegradation("opus"),
    "telephone": CodecDegradation("telephone"),
    "time mask": TimeMask(max_frames=50),
    "frequency mask": FrequencyMask(max_bands=3, fill=0.0),
    "chain": Compose([TimeStretch(0.9, 1.1, probability=0.5), AddNoise(snr_db=15), VolumeAdjust(-3, 3)]),
    "chain of chains": Compose([Compose([SpeedPerturbation()], probability=0.5), TimeStretch(0.9, 1.1)]),
    "seldom": VolumeAdjust(-6, 6, probability=0.3),
}


def draw(augmentation, samples, index=0, epoch=0, seed=0):
    return augmentation.draw(
        item_generator(seed, epoch, index), sample_rate=RATE, frames=samples.shape[1], channels=samples.shape[0]
    )


def test_every_augmentation_is_under_test():
    def classes(augmentation):
        inner = augmentation.links if isinstance(augmentation, Compose) else ()
        return {type(augmentation).__name__}.union(*map(classes, inner))

    public = {
        name
        for name in AUGMENTATIONS
        if not name.startswith("_") and AUGMENTATIONS[name].__module__.startswith("audiokit.training.")
    }
    assert set().union(*map(classes, EVERY.values())) == public


@pytest.mark.parametrize("name", EVERY)
@given(samples=sounds(), index=st.integers(0, 1000))
def test_any_sound_gives_finite_sound_of_the_length_foretold_and_replays_to_the_bit(name, samples, index):
    augmentation = EVERY[name]
    before = samples.copy()
    drawn = draw(augmentation, samples, index)
    made = augmentation.apply(samples, RATE, drawn)
    assert made.dtype == np.float32
    assert made.shape == (samples.shape[0], augmentation.frames_after(drawn, samples.shape[1]))
    assert np.isfinite(made).all()
    assert np.array_equal(samples, before), "the input was written to"
    text = json.dumps(json.loads(drawn.to_json()))
    assert np.array_equal(replay(text, samples, RATE), made)
    assert np.array_equal(augmentation(samples, RATE, item_generator(0, 0, index)), made)
    if not samples.any() and augmentation.domain == "samples":
        assert np.abs(made).max() <= (1e-4 if name == "opus" else 0), "sound out of silence"  # Opus hisses below -90 dB


@pytest.mark.parametrize("name", EVERY)
def test_draws_differ_between_items_epochs_and_seeds_and_agree_between_runs(name):
    samples = np.tile(voice(0.5), (40, 1)) if EVERY[name].domain == "features" else voice(0.5)
    keys = [(index, epoch, seed) for index in range(4) for epoch in range(2) for seed in range(2)]
    drawn = [draw(EVERY[name], samples, *key) for key in keys]
    assert drawn == [draw(EVERY[name], samples, *key) for key in keys]
    different = len({one.to_json() for one in drawn})
    few = {"choices": 3, "mp3": 3, "opus": 3, "room": 2, "room kept": 2, "telephone": 1}  # all there is to choose
    assert different == few[name] if name in few else different > len(keys) / 4


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(name, bad):
    samples = np.zeros((2, 300), np.float32)
    samples[1, 17] = bad
    augmentation = EVERY[name]
    with pytest.raises(ParameterError, match=r"finite samples, got -?(nan|inf) in channel 1 at sample 17"):
        augmentation.apply(samples, RATE, draw(augmentation, samples))


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros(10, np.float32), "channels, time"),
        (np.zeros((1, 10), np.int16), "floating-point"),
        (np.zeros((1, 0), np.float32), "at least one sample"),
        (np.zeros((0, 10), np.float32), "channels, time"),
    ],
)
def test_what_is_no_sound_is_refused(samples, said):
    with pytest.raises(ParameterError, match=said):
        VolumeAdjust().apply(samples, RATE, Drawn("VolumeAdjust", {"gain_db": 0.0}))


@pytest.mark.parametrize("name", EVERY)
def test_it_can_be_pickled_and_compared(name):
    again = pickle.loads(pickle.dumps(EVERY[name]))
    samples = voice(0.2)
    assert again == EVERY[name]
    assert draw(again, samples, 3) == draw(EVERY[name], samples, 3)


def _in_child(augmentation, samples, index):
    drawn = draw(augmentation, samples, index)
    return drawn.to_json(), augmentation.apply(samples, RATE, drawn)


def test_a_spawned_process_gives_the_same(tmp_path):
    """A fresh interpreter, as a worker on Windows is: the same draws, the same samples, and no torch."""
    samples = voice(0.3)
    kept = tmp_path / "given.pickle"
    kept.write_bytes(pickle.dumps((list(EVERY.values()), samples)))
    program = (
        "import pickle, sys, numpy as np\n"
        "from audiokit.training.randomness import item_generator\n"
        f"every, samples = pickle.load(open({str(kept)!r}, 'rb'))\n"
        "made = []\n"
        "for index, one in enumerate(every):\n"
        f"    drawn = one.draw(item_generator(0, 0, index), sample_rate={RATE}, frames=samples.shape[1], channels=1)\n"
        f"    made.append((drawn.to_json(), one.apply(samples, {RATE}, drawn)))\n"
        "assert 'torch' not in sys.modules, 'torch was imported'\n"
        f"pickle.dump(made, open({str(tmp_path / 'made.pickle')!r}, 'wb'))\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
    made = pickle.loads((tmp_path / "made.pickle").read_bytes())
    for index, (augmentation, (text, theirs)) in enumerate(zip(EVERY.values(), made, strict=True)):
        mine_text, mine = _in_child(augmentation, samples, index)
        assert text == mine_text
        assert np.array_equal(theirs, mine)
    assert multiprocessing.active_children() == []


def test_probability_is_how_often_it_is_applied_and_changes_nothing_else():
    samples = np.ones((1, 10), np.float32)
    seldom, always = VolumeAdjust(-6, 6, probability=0.3), VolumeAdjust(-6, 6)
    drawn = [draw(seldom, samples, index) for index in range(2000)]
    applied = [one for one in drawn if one.applied]
    assert 0.25 < len(applied) / 2000 < 0.35
    assert all(one == draw(always, samples, i) for i, one in enumerate(drawn) if one.applied)
    left = next(one for one in drawn if not one.applied)
    assert np.array_equal(seldom.apply(samples, RATE, left), samples)
    assert describe(left) == "VolumeAdjust left out"


def test_a_chain_draws_for_the_length_that_the_link_before_it_gives():
    chain = Compose([TimeStretch(0.5, 0.5), AddNoise()])
    samples = voice(0.5)
    drawn = draw(chain, samples)
    assert chain.frames_after(drawn, samples.shape[1]) == 2 * samples.shape[1]
    by_hand = samples
    for step in drawn.parameters["steps"]:
        by_hand = replay(step, by_hand, RATE)
    assert np.array_equal(chain.apply(samples, RATE, drawn), by_hand)


def test_samples_and_features_do_not_mix():
    with pytest.raises(ParameterError, match="two chains"):
        Compose([TimeStretch(), TimeMask()])
    assert Compose([TimeMask()]).domain == "features"
    assert Compose([]).domain == "samples"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TimeStretch(1.2, 0.8),
        lambda: TimeStretch(0, 1),
        lambda: TimeStretch(float("nan"), 1),
        lambda: PitchShift(-2, float("inf")),
        lambda: AddNoise(snr_db="loud"),
        lambda: AddNoise(snr_db=(1, 2, 3)),
        lambda: AddNoise(snr_db=500),
        lambda: AddNoise(measured_over="half"),
        lambda: AddNoise(kind="/no/such/folder"),
        lambda: VolumeAdjust(3, -3),
        lambda: VolumeAdjust(probability=1.5),
        lambda: SpeedPerturbation(choices=[]),
        lambda: SpeedPerturbation(choices=[0.0]),
        lambda: ImpulseResponse([]),
        lambda: ImpulseResponse([ROOM]),
        lambda: ImpulseResponse([], response_rate=RATE),
        lambda: ImpulseResponse([np.zeros(10)], response_rate=RATE),
        lambda: ImpulseResponse([ROOM], response_rate=RATE, tail="some"),
        lambda: CodecDegradation("wax"),
        lambda: CodecDegradation(()),
        lambda: draw(CodecDegradation("mp3", bit_rates_bps=[17]), np.zeros((1, 5))),
        lambda: TimeMask(max_frames=0),
        lambda: TimeMask(count=0),
        lambda: TimeMask(fill=float("nan")),
        lambda: TimeMask(max_share=0),
        lambda: FrequencyMask(max_bands=-1),
        lambda: Compose([len]),
        lambda: Drawn("x", {"a": object()}),
        lambda: Drawn("x", {"a": float("nan")}),
        lambda: Drawn.from_json("[]"),
        lambda: Drawn.from_json("{"),
        lambda: Drawn.from_json("{}"),
        lambda: replay(Drawn("Nobody"), np.zeros((1, 3)), RATE),
        lambda: replay(Drawn("VolumeAdjust"), np.zeros((1, 3)), RATE),
        lambda: VolumeAdjust().apply(np.zeros((1, 3)), RATE, Drawn("TimeStretch", {"rate": 1.0})),
        lambda: item_generator(0, -1, 0),
        lambda: item_generator(0.5, 0, 0),
    ],
)
def test_nonsense_is_refused_with_an_error_for_people(wrong):
    with pytest.raises((ParameterError, FileNotFoundError)) as caught:
        wrong()
    assert len(str(caught.value)) > 20


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        (Drawn("TimeStretch", {"rate": 1.134}), "1.13 times as fast, same pitch"),
        (Drawn("PitchShift", {"semitones": -1.5}), "1.50 semitones lower, same speed"),
        (Drawn("AddNoise", {"kind": "pink", "snr_db": 12.34}), "pink noise, signal-to-noise ratio 12.3 dB"),
        (Drawn("SpeedPerturbation", {"sample_rate": 16000, "resampled_rate": 8000}), "2.000 times as fast, pitch +12.00 semitones"),
        (Drawn("CodecDegradation", {"kind": "opus", "bit_rate_bps": 8000}), "through Opus at 8 kbit/s"),
        (Drawn("TimeMask", {"spans": [[3, 5], [7, 7]]}), "frames 3 to 4 hidden"),
        (Drawn("FrequencyMask", {"spans": [[7, 7]]}), "bands none hidden"),
        (Drawn("Compose", {"steps": []}), "nothing"),
        (
            Drawn("Compose", {"steps": [Drawn("VolumeAdjust", {"gain_db": 2.0}).as_dict(), Drawn("AddNoise", applied=False).as_dict()]}),
            "2.0 dB louder, then AddNoise left out",
        ),
    ],
)  # fmt: skip
def test_what_was_drawn_reads_well(drawn, said):
    assert describe(drawn) == said


def test_an_augmentation_of_ones_own_is_replayed_too():
    from dataclasses import dataclass

    from audiokit.training.augment import Augmentation

    @dataclass(frozen=True)
    class Reverse(Augmentation):
        def _draw(self, generator, sample_rate, frames, channels):
            return {}

        @classmethod
        def _render(cls, samples, sample_rate, parameters):
            return samples[:, ::-1]

        @classmethod
        def _describe(cls, parameters):
            return "backwards"

    try:
        samples = voice(0.1)
        assert np.array_equal(replay(draw(Reverse(), samples).to_json(), samples, RATE), samples[:, ::-1])
    finally:
        del AUGMENTATIONS["Reverse"]


def test_generators_are_those_that_were_agreed():
    wanted = np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence([7, 2, 31]))).random(5)
    assert np.array_equal(item_generator(7, 2, 31).random(5), wanted)
