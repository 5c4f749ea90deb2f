"""Features against librosa, in torch and in NumPy."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest
from augmentation_checks import RATE, voice
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit.training.features import FeatureOptions, feature_options, features_for

torch = pytest.importorskip("torch")
librosa = pytest.importorskip("librosa")

TOLERANCE = 1e-4  # of the greatest magnitude in librosa's answer, which is computed from float64 samples
SPECTRAL = [
    {"n_fft": 512, "hop_length": 160},
    {"n_fft": 400, "hop_length": 160, "center": False},
    {"n_fft": 512, "hop_length": 128, "win_length": 400},
    {"n_fft": 1024, "hop_length": 333, "power": 1.0},
    {"n_fft": 255, "hop_length": 100, "power": 1.5},
    {"n_fft": 2048, "hop_length": 512, "win_length": 1001},
]
MEL = [
    {},
    {"n_mels": 40, "fmin": 50.0, "fmax": 7000.0},
    {"n_mels": 128, "htk": True},
    {"n_mels": 23, "norm": None, "fmin": 20.0},
    {"n_mels": 64, "htk": True, "norm": None, "fmax": 4000.0},
]
LOG = [{}, {"top_db": None}, {"top_db": 40.0, "amin": 1e-5}]
CEPSTRAL = [
    {"n_mfcc": 13},
    {"n_mfcc": 40, "n_mels": 80},
    {"n_mfcc": 20, "dct_type": 3},
    {"n_mfcc": 20, "dct_type": 1, "dct_norm": None},
    {"n_mfcc": 20, "dct_type": 2, "dct_norm": None, "lifter": 22.0},
    {"n_mfcc": 20, "dct_type": 1},
]
GRID = [
    *[("spectrogram", spectral) for spectral in SPECTRAL],
    *[("mel", {**spectral, **mel}) for spectral in SPECTRAL for mel in MEL],
    *[("log_mel", {**spectral, **MEL[k % len(MEL)], **log}) for k, spectral in enumerate(SPECTRAL) for log in LOG],
    *[("mfcc", {**spectral, **cepstral}) for spectral in SPECTRAL for cepstral in CEPSTRAL],
]


def by_librosa(name, samples, options):
    o = feature_options(name, **options)
    common = {"n_fft": o.n_fft, "hop_length": o.hop_length, "win_length": o.win_length, "center": o.center}
    samples = samples.astype(np.float64)
    if name == "spectrogram":
        return np.abs(librosa.stft(samples, **common)) ** o.power
    mel = librosa.feature.melspectrogram(
        y=samples, sr=o.sample_rate, power=o.power, n_mels=o.n_mels, fmin=o.fmin, fmax=o.fmax, htk=o.htk, norm=o.norm,
        **common,
    )  # fmt: skip
    if name == "mel":
        return mel
    log = librosa.power_to_db(mel, amin=o.amin, top_db=o.top_db)
    if name == "log_mel":
        return log
    return librosa.feature.mfcc(S=log, n_mfcc=o.n_mfcc, dct_type=o.dct_type, norm=o.dct_norm, lifter=o.lifter)


def apart(got, wanted):
    assert got.shape == wanted.shape
    return np.abs(got - wanted).max() / np.abs(wanted).max()


@pytest.mark.filterwarnings("ignore:Empty filters", "ignore:n_fft=")
@pytest.mark.parametrize(("name", "options"), GRID)
def test_equal_to_librosa(name, options):
    module, arrays = features_for(name, **options), features_for(name, backend="numpy", **options)
    for seconds in (1.0, 0.3333):
        samples = voice(seconds)[0]
        wanted = by_librosa(name, samples, options)
        assert module(torch.from_numpy(samples)[None])[0].numpy().dtype == np.float32
        assert apart(module(torch.from_numpy(samples)[None])[0].numpy(), wanted) < TOLERANCE
        assert arrays(samples).dtype == np.float32
        assert apart(arrays(samples), wanted) < TOLERANCE
        assert wanted.shape == (module.options.bands, module.frames_of(samples.size))


@pytest.mark.parametrize("sample_rate", [8000, 22_050, 44_100])
def test_librosas_own_mfcc_in_one_call(sample_rate):
    samples = voice(0.7, sample_rate)[0]
    wanted = librosa.feature.mfcc(y=samples, sr=sample_rate, n_mfcc=25, n_fft=1024, hop_length=256, n_mels=60)
    ours = features_for("mfcc", sample_rate=sample_rate, n_mfcc=25, n_fft=1024, hop_length=256, n_mels=60)
    assert apart(ours(torch.from_numpy(samples)[None])[0].numpy(), wanted) < TOLERANCE


@given(
    lengths=st.lists(st.integers(1, 2500), min_size=1, max_size=4),
    name=st.sampled_from(["spectrogram", "mel", "log_mel", "mfcc"]),
    center=st.booleans(),
    n_fft=st.sampled_from([64, 200, 255]),
    hop_length=st.integers(1, 300),
)
def test_an_item_in_a_padded_batch_is_as_it_is_alone(lengths, name, center, n_fft, hop_length):
    lengths = lengths if center else [length + n_fft for length in lengths]
    options = {"n_fft": n_fft, "hop_length": hop_length, "center": center, "n_mels": 24}
    module, arrays = features_for(name, **options), features_for(name, backend="numpy", **options)
    generator = np.random.default_rng(sum(lengths))
    batch = generator.standard_normal((len(lengths), max(lengths))).astype(np.float32)  # noise beyond the lengths too
    made = module(torch.from_numpy(batch), lengths).numpy()
    for row, item, length in zip(made, batch, lengths, strict=True):
        frames = module.frames_of(length)
        alone = module(torch.from_numpy(item[None, :length]))[0].numpy()
        assert alone.shape[1] == frames == arrays(item[:length]).shape[1]
        assert np.abs(row[:, :frames] - alone).max() <= 1e-4 * max(np.abs(alone).max(), 1e-3)
        assert np.abs(row[:, :frames] - arrays(item[:length])).max() <= 1e-4 * max(np.abs(alone).max(), 1e-3)
        assert not row[:, frames:].any()


def test_silence_and_constants_are_finite():
    for name in ("spectrogram", "mel", "log_mel", "mfcc"):
        for value in (0.0, 1.0):
            samples = np.full(3000, value, np.float32)
            made = features_for(name)(torch.from_numpy(samples)[None])[0].numpy()
            assert np.isfinite(made).all()
            assert np.allclose(
                made, features_for(name, backend="numpy")(samples), atol=1e-3 + 1e-4 * np.abs(made).max()
            )


def test_modules_move_save_and_learn():
    module = features_for("mfcc", n_mfcc=13)
    assert dict(module.state_dict()) == {}, "constants are not weights"
    assert {name for name, _ in module.named_buffers()} == {"window", "filters", "cosines"}
    assert module.double().filters.dtype == torch.float64
    again = pickle.loads(pickle.dumps(features_for("mfcc", n_mfcc=13)))
    samples = torch.from_numpy(voice(0.3)).requires_grad_()
    again(samples).sum().backward()
    assert bool(samples.grad.isfinite().all())
    assert float(samples.grad.abs().max()) > 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch.cuda.is_available() is False: no GPU to compare on")
def test_equal_on_cuda():
    samples = torch.from_numpy(voice(1.0))
    for name in ("spectrogram", "mel", "log_mel", "mfcc"):
        module = features_for(name)
        wanted = module(samples).numpy()
        assert apart(module.to("cuda")(samples.cuda()).cpu().numpy(), wanted) < TOLERANCE


def test_names_and_options_are_checked():
    assert features_for(None) is None
    for wrong in (
        lambda: features_for("cepstrum"),
        lambda: features_for("mel", n_mel=3),
        lambda: features_for(None, n_mels=3),
        lambda: features_for("mel", backend="jax"),
        lambda: features_for("mfcc", n_mfcc=81),
        lambda: features_for("mfcc", dct_type=4),
        lambda: features_for("mfcc", dct_norm="slaney"),
        lambda: features_for("mel", fmax=9000.0),
        lambda: features_for("mel", hop_length=0),
        lambda: features_for("mel", n_fft=1),
        lambda: features_for("mel", win_length=600),
        lambda: features_for("mel", power=0),
        lambda: features_for("log_mel", top_db=-1.0),
        lambda: FeatureOptions("mel", sample_rate=0),
        lambda: features_for("mel")(torch.zeros(5)),
        lambda: features_for("mel")(torch.zeros(1, 0)),
        lambda: features_for("mel")(torch.zeros(2, 500), [500]),
        lambda: features_for("mel")(torch.zeros(2, 500), [500, 501]),
        lambda: features_for("mel", center=False)(torch.zeros(1, 500)),
        lambda: features_for("mel", center=False, backend="numpy")(np.zeros(500)),
        lambda: features_for("mel", backend="numpy")(np.zeros((2, 500))),
    ):
        with pytest.raises(ParameterError) as caught:
            wrong()
        assert len(str(caught.value)) > 20


def test_workers_need_no_torch():
    program = (
        "import sys, numpy as np, audiokit.training as t\n"
        "assert t.features_for('mfcc', backend='numpy', n_mfcc=40)(np.zeros(16000, np.float32)).shape == (40, 101)\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_rate_of_the_tests_is_the_default():
    assert FeatureOptions("mel").sample_rate == RATE
