"""``python -m audiokit.experts content|emotion --corpus FOLDER``: train an embedded expert again, and pack it."""

# ruff: noqa: T201 - it is a command
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from audiokit.errors import AudiokitError
from audiokit.experts.soundfont import find_soundfont
from audiokit.experts.training_run import TrainingRun

_PACKAGE = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Train one expert.

    Parameters
    ----------
    arguments : list of str, optional
        The command line's by default.

    Returns
    -------
    int
        0, or 2 where something that is needed is not there.
    """
    parser = argparse.ArgumentParser(prog="python -m audiokit.experts", description=__doc__)
    parser.add_argument("expert", choices=("content", "emotion"))
    parser.add_argument("--corpus", type=Path, required=True, help="folder of recordings with MANIFEST.csv")
    parser.add_argument("--weights", type=Path, default=_PACKAGE / "models" / "weights", help="where ONNX and card go")
    parser.add_argument(
        "--cards", type=Path, default=None, help="where the Markdown goes: docs/model-cards, or WEIGHTS"
    )
    parser.add_argument(
        "--soundfont", type=Path, default=None, help="a SoundFont to play the music with; found if absent"
    )
    parser.add_argument("--cache", type=Path, default=None, help="keep here what takes long, for another run")
    parser.add_argument("--workers", type=int, default=2, help="processes that make training data")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    soundfont = options.soundfont or find_soundfont()
    if soundfont is None:
        print("No SoundFont: music is played by our own instruments alone, and the card will say so. The packed models "
              "were made with one too: `apt-get install fluidsynth fluid-soundfont-gm`.", file=sys.stderr)  # fmt: skip
    run = TrainingRun(options.corpus, options.weights, soundfont, options.cache, options.workers, _say, options.expert)
    try:
        if options.expert == "content":
            from audiokit.experts.train_content import ContentSettings, train_content

            card = train_content(run, ContentSettings(seed=options.seed))
        else:
            from audiokit.experts.train_emotion import EmotionSettings, train_emotion

            card = train_emotion(run, EmotionSettings(seed=options.seed))
    except AudiokitError as error:
        print(error, file=sys.stderr)
        return 2
    except ImportError as error:
        print(f'{error}. Training wants more than running: `pip install "audiokit[train,tts]"`.', file=sys.stderr)
        return 2
    from audiokit.experts.model_cards import write_model_card

    docs = _PACKAGE.parent / "docs"
    print(write_model_card(card, options.cards or (docs / "model-cards" if docs.is_dir() else options.weights)))
    return 0


def _say(what: str) -> None:
    print(what, flush=True)  # into a file too, while it goes on


if __name__ == "__main__":
    sys.exit(main())
