"""``python -m audiokit.lipsync.demo.train``: train the demo's two networks from nothing, and put them into the package.

First the encoder, with a small head that says the mouth's shape, on speech whose sounds are known; then the generator,
on pictures drawn of the shapes that the head says. Checkpoints are kept, so that it can be done in pieces. Wants
espeak-ng (``tts``) and torch, onnx, onnxscript (``ml``); what comes out needs none of them.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch  # noqa: TID253 - a program of its own
from torch import nn  # noqa: TID253

from audiokit.lipsync.demo.avatar import SIZE, WEIGHTS, demo_visual
from audiokit.lipsync.demo.course import Course
from audiokit.lipsync.demo.face import LEFT, TOP, draw_face
from audiokit.lipsync.demo.lessons import OFFSET_MEL_FRAMES, Lessons, augmented, make_lessons
from audiokit.lipsync.demo.mouth import CENTRE_ROW, MouthShape
from audiokit.lipsync.export import export_encoder, export_generator, write_card
from audiokit.lipsync.networks import AudioEncoder, MouthGenerator
from audiokit.lipsync.shapes import EMBEDDING

__all__ = ["main"]

_ENCODER_WIDTH, _GENERATOR_WIDTH = 16, 12
_CHECKED = 24  # utterances that nothing is learnt from
_PICTURES = 900
_SHAPE_WEIGHTS = (2.0, 1.0, 1.0, 1.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train; return 0 when done, 3 when the time was up before."""
    parser = argparse.ArgumentParser(prog="python -m audiokit.lipsync.demo.train", description=main.__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="for checkpoints")
    parser.add_argument("--output", type=Path, default=WEIGHTS, help="where the ONNX files and cards go")
    parser.add_argument("--utterances", type=int, default=240)
    parser.add_argument("--encoder-steps", type=int, default=1000)
    parser.add_argument("--generator-steps", type=int, default=900)
    parser.add_argument(
        "--most-seconds", type=float, default=float("inf"), help="stop in time, and go on when called again"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    course = Course(options.folder, options.most_seconds, lambda line: print(line, flush=True))  # noqa: T201 - a program
    torch.set_num_threads(options.threads)  # several wait for each other where other programs run too
    torch.manual_seed(options.seed)
    lessons = _lessons(course, options.utterances, options.seed)
    encoder, head = AudioEncoder(_ENCODER_WIDTH), nn.Linear(EMBEDDING, 4)
    if not _train_encoder(course, encoder, head, lessons, options.encoder_steps, options.seed):
        return 3
    errors = _checked(encoder, head, _lessons(course, _CHECKED, options.seed + 1000))
    generator = MouthGenerator(SIZE, _GENERATOR_WIDTH)
    apart = _train_generator(course, encoder, head, lessons, generator, options.generator_steps, options.seed)
    if apart is None:
        return 3
    facts = {
        "version": "1",
        "licence": "Apache-2.0",
        "source": "trained by python -m audiokit.lipsync.demo.train on speech of espeak-ng and drawn pictures",
        "utterances": options.utterances,
        "seed": options.seed,
        "window_offset_mel_frames": -OFFSET_MEL_FRAMES,
    }
    options.output.mkdir(parents=True, exist_ok=True)
    paths = {name: options.output / f"demo_{name}.onnx" for name in ("encoder", "generator")}
    differences = {
        "encoder": export_encoder(encoder, paths["encoder"]),
        "generator": export_generator(generator, paths["generator"]),
    }
    steps = {"encoder": options.encoder_steps, "generator": options.generator_steps}
    found: dict[str, dict[str, Any]] = {
        "encoder": {"shape_errors": errors},
        "generator": {"mean_difference_about_the_mouth_of_255": apart, "size": SIZE},
    }
    for name, path in paths.items():
        card = {
            "name": f"demo_{name}",
            **facts,
            "steps": steps[name],
            "onnx_difference": differences[name],
            **found[name],
        }
        write_card(path.with_suffix(".json"), path, card)
    course.say(f"encoder {errors}; generator {apart:.2f} of 255; exported within {max(differences.values()):.1e}")
    return 0


def _lessons(course: Course, utterances: int, seed: int) -> Lessons:
    key = hashlib.sha256(f"{utterances} {seed}".encode()).hexdigest()[:8]
    path = course.folder / f"lessons-{key}.npz"
    if not path.is_file():
        made = make_lessons(utterances, seed)
        np.savez(path, mel=made.mel, shapes=made.shapes, starts=made.starts)
        course.say(f"{utterances} utterances, {len(made.starts)} windows")
    with np.load(path) as kept:
        return Lessons(kept["mel"], kept["shapes"], kept["starts"])


def _train_encoder(
    course: Course, encoder: AudioEncoder, head: nn.Linear, lessons: Lessons, steps: int, seed: int
) -> bool:
    weights = torch.tensor(_SHAPE_WEIGHTS)

    def loss_of(step: int) -> torch.Tensor:
        generator = np.random.default_rng([seed, 1, step])
        at = generator.choice(lessons.starts, 64)
        windows = augmented(lessons.windows(at), generator)
        shapes = lessons.shapes[at].copy()
        silent = generator.random(len(at)) < 0.06
        windows[silent], shapes[silent] = -4.0, 0.0
        found = head(encoder(torch.from_numpy(windows[:, np.newaxis])))
        apart = nn.functional.smooth_l1_loss(found, torch.from_numpy(shapes), beta=0.1, reduction="none")
        return (apart * weights).mean()

    return course.learn("encoder", nn.ModuleList([encoder, head]), loss_of, steps, weight_decay=1e-2)


def _checked(encoder: AudioEncoder, head: nn.Linear, lessons: Lessons) -> dict[str, float]:
    """Mean absolute errors on other words, by what is measured; and how open the mouth is in silence."""
    with torch.no_grad():
        windows = lessons.windows(lessons.starts[::3])[:, np.newaxis]
        found = head(encoder(torch.from_numpy(windows))).numpy()
        silence = head(encoder(torch.full((1, 1, 80, 16), -4.0))).numpy()[0]
    wanted = lessons.shapes[lessons.starts[::3]]
    names = ("open", "spread", "part", "bite")
    errors = {name: round(float(np.abs(found - wanted)[:, place].mean()), 4) for place, name in enumerate(names)}
    correlation = np.corrcoef(found[:, 0], wanted[:, 0])[0, 1]
    return {**errors, "open_correlation": round(float(correlation), 4), "open_in_silence": round(float(silence[0]), 4)}


def _train_generator(
    course: Course,
    encoder: AudioEncoder,
    head: nn.Linear,
    lessons: Lessons,
    network: MouthGenerator,
    steps: int,
    seed: int,
) -> float | None:
    embeddings, pictures = _pictures(course, encoder, head, lessons, seed)
    visual = torch.from_numpy(demo_visual())  # one for all: a drawn face has one look
    visual = visual.to(memory_format=torch.channels_last)
    row, column = np.mgrid[0:SIZE, 0:SIZE]
    near = np.exp(-(((row - CENTRE_ROW - 8) / 24.0) ** 2) - ((column - SIZE / 2) / 34.0) ** 2)
    weights = torch.from_numpy((1.0 + 6.0 * near).astype(np.float32))

    def loss_of(step: int) -> torch.Tensor:
        chosen = np.random.default_rng([seed, 2, step]).integers(0, len(pictures), 8)
        wanted = torch.from_numpy(pictures[chosen].astype(np.float32) / 255.0)
        found = network(visual, torch.from_numpy(embeddings[chosen]))
        return ((found - wanted).abs() * weights).mean()

    if not course.learn("generator", network, loss_of, steps, weight_decay=1e-3, scale=255.0):
        return None
    with torch.no_grad():
        found = network(visual.expand(64, -1, -1, -1), torch.from_numpy(embeddings[-64:])).numpy()
    difference = 255.0 * np.abs(found - pictures[-64:] / 255.0)  # the first ones are silent
    return round(float((difference * near).sum() / (near.sum() * 3 * len(difference))), 3)


def _pictures(course: Course, encoder: AudioEncoder, head: nn.Linear, lessons: Lessons, seed: int) -> tuple[Any, Any]:
    path = course.folder / "pictures.npz"
    if not path.is_file():
        generator = np.random.default_rng([seed, 3])
        at = generator.choice(lessons.starts, _PICTURES)
        windows = augmented(lessons.windows(at), generator)
        windows[: _PICTURES // 12] = -4.0
        with torch.no_grad():
            embeddings = encoder(torch.from_numpy(windows[:, np.newaxis]))
            shapes = head(embeddings).numpy()
        drawn = np.empty((_PICTURES, 3, SIZE, SIZE), np.uint8)
        for place, shape in enumerate(shapes):
            # Cut as the drawing cuts it, and to a hundredth, so that the many silent ones are drawn once
            picture = draw_face(0.0, MouthShape(*(round(float(value), 2) for value in shape)))
            drawn[place] = picture[TOP : TOP + SIZE, LEFT : LEFT + SIZE, :3].transpose(2, 0, 1)
        np.savez(path, embeddings=embeddings.numpy(), pictures=drawn)
        course.say(f"{_PICTURES} pictures")
    with np.load(path) as kept:
        return kept["embeddings"], kept["pictures"]


if __name__ == "__main__":
    sys.exit(main())
