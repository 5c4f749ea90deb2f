"""`transcribe`: from any sound to a transcript that says what ran, why, and what became of every second of speech."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from audiokit.audio import Audio
from audiokit.errors import AudiokitError, ParameterError
from audiokit.models.store import default_store
from audiokit.results import Outcome, Status, state_of
from audiokit.speech.choosing import WRITES_ANYTHING, choose
from audiokit.speech.coverage import ledger
from audiokit.speech.hearing import hear, read_if_needed
from audiokit.speech.options import Options
from audiokit.speech.punctuator import find_punctuator
from audiokit.speech.readable import readable as made_readable
from audiokit.speech.transcript import Transcript

if TYPE_CHECKING:
    from audiokit.activity.vad import VadResult
    from audiokit.decode.source import SourceLike
    from audiokit.models.store import ModelStore
    from audiokit.speech.choosing import Choice
    from audiokit.speech.engine import Heard

__all__ = ["transcribe", "transcribe_file", "transcribe_many"]


def transcribe(
    source: Audio | SourceLike,
    model: str | os.PathLike[str] = "auto",
    *,
    device: str = "auto",
    compute_type: str = "auto",
    batch_size: Literal["auto"] | int = "auto",
    language: str | None = None,
    vad: Literal["auto"] | bool = "auto",
    gate: Literal["auto"] | bool = "auto",
    denoise: bool = False,
    word_timestamps: bool = False,
    beam_size: int = 5,
    task: Literal["transcribe", "translate"] = "transcribe",
    initial_prompt: str | None = None,
    hotwords: str | None = None,
    temperatures: Sequence[float] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
    log_probability_threshold: float = -1.0,
    compression_ratio_threshold: float = 2.4,
    no_speech_threshold: float = 0.6,
    min_coverage: float = 0.6,
    repair: bool = True,
    max_new_tokens: int | None = None,
    readable: bool = True,
    punctuator: str | os.PathLike[str] = "auto",
    speech: VadResult | None = None,
    store: ModelStore | None = None,
) -> Transcript:
    """Write down what is said.

    Nothing is ever fetched: ``auto`` takes the best of what is on this machine, and the transcript says which and why.

    Parameters
    ----------
    source : Audio, path, bytes, binary file object or address
        Any rate, channels and length; what `audiokit.read` takes.
    model : str or path
        ``"auto"``; a name of the catalogue (``"faster_whisper_small"``, ``"wav2vec2_base_960h"``, ``"pocketsphinx"``);
        a size of Whisper (``"small"``); or the folder of a Whisper in CTranslate2's form, or of a CTC checkpoint of
        transformers.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:1"``.
    compute_type : str
        Whisper: ``auto`` is int8 on a CPU and float16 on a GPU; or a type of CTranslate2.
    batch_size : "auto" or int
        Whisper: chunks decoded at once; ``auto`` is 8 on a CPU and 16 on a GPU.
    language : str, optional
        Code of what is spoken; Whisper detects it if None.
    vad : {"auto", True, False}
        True: only stretches in which `audiokit.activity.detect_speech` hears speech are decoded. False: everything is,
        and there is no coverage ledger. ``auto``: True beyond 60 s and for engines that write words for any sound; a
        shorter recording goes to Whisper whole, and what it writes where nobody speaks is set aside.
    gate : {"auto", True, False}
        Whether what voice activity detection took for speech, and the content gate for seconds on end takes for music
        or noise beyond doubt, is kept from the engine; the ledger then says which of them it is. ``auto``: for engines
        that write words for any sound, unless `speech` is given. Songs are left out with it; Whisper can write down
        their words.
    denoise : bool
        Whether steady noise is turned down by up to 15 dB before the engine hears the sound
        (`audiokit.dsp.reduce_noise`), learned from where nobody speaks; the transcript says so. It does not make every
        engine better: trained ones know noise.
    word_timestamps : bool
        Whisper: whether words get times (the other engines always give them).
    beam_size : int
        Whisper: hypotheses followed at once.
    task : {"transcribe", "translate"}
        Whisper: ``translate`` gives English.
    initial_prompt, hotwords : str, optional
        Whisper: text that sets the style, and words to expect; 223 tokens at most.
    temperatures : sequence of float
        Whisper: tried in turn where a chunk fails its checks; batches use the first.
    log_probability_threshold, compression_ratio_threshold, no_speech_threshold : float
        Whisper: beyond these a chunk is doubtful.
    min_coverage : float
        Whisper: a chunk of whose speech less than this is within its passages is doubtful.
    repair : bool
        Whisper: whether doubtful chunks of a batch are decoded again one by one, with fallbacks.
    max_new_tokens : int, optional
        Whisper: tokens a chunk at most.
    readable : bool
        Whether the text of an engine without punctuation gets some, and capitals. The transcript says what they come
        from; words stay as they are.
    punctuator : str or path
        For engines that write no punctuation; that of Whisper is its own. ``auto``: a model of the catalogue that is on
        this machine and knows the language, else the speaker's pauses, which ``"pauses"`` takes in any case; or a model
        by its name, as ``hub:owner/name``, or as a folder.
    speech : VadResult, optional
        Where the speech is, if that is already known.
    store : ModelStore, optional
        Where loaded models are kept; the shared one by default.

    Returns
    -------
    Transcript
        ``status`` is ``abstained`` where nothing was said. ``coverage`` accounts for every second of speech.

    Raises
    ------
    ModelUnavailable
        If the model is not on this machine, or the voice activity weights are missing; ``cure`` names the command.
    LibraryUnavailable
        If the engine is not installed; ``cure`` names the command.
    ParameterError
        If an option does not fit, or the engine does not have it: nothing is ignored.
    InputError
        If the source cannot be read.
    """
    options = Options(
        language=language, task=task, vad=vad, gate=gate, denoise=denoise, word_timestamps=word_timestamps,
        beam_size=beam_size, batch_size=batch_size, compute_type=compute_type, initial_prompt=initial_prompt,
        hotwords=hotwords, temperatures=tuple(temperatures), log_probability_threshold=log_probability_threshold,
        compression_ratio_threshold=compression_ratio_threshold, no_speech_threshold=no_speech_threshold,
        min_coverage=min_coverage, repair=repair, max_new_tokens=max_new_tokens, readable=readable,
        punctuator=punctuator,
    )  # fmt: skip
    if speech is not None and vad is False:
        raise ParameterError("vad=False listens everywhere, and speech= says where.", cure="Leave one of them out.")
    choice = choose(model, options, device=device)
    find_punctuator(punctuator, language or "und")  # one that is absent is said before anything works
    audio = read_if_needed(source)
    begun = time.perf_counter()
    heard, notes = hear(audio, options, speech, writes_anything=choice.engine.name in WRITES_ANYTHING)
    store = store or default_store()
    written = choice.engine.write(heard, options, place=choice.place, title=choice.title, device=device, store=store)
    written = made_readable(written, options, device=device, store=store)
    transcript = _transcript(written, heard, choice, options, notes)
    return replace(transcript, processing_seconds=time.perf_counter() - begun)


def transcribe_file(path: SourceLike, model: str | os.PathLike[str] = "auto", **options: Any) -> Transcript:
    """Read a file and write down what is said in it.

    Parameters
    ----------
    path : path, bytes, binary file object or address
        What `audiokit.read` takes; what was damaged in it stands in the transcript's notes.
    model, **options
        As `transcribe`.
    """
    if isinstance(path, Audio):
        raise ParameterError("This is sound already, no file.", cure="transcribe(audio)")
    return transcribe(path, model, **options)


def transcribe_many(
    sources: Iterable[Audio | SourceLike], model: str | os.PathLike[str] = "auto", **options: Any
) -> Iterator[Outcome]:
    """Write down what is said in each of many recordings; the model is loaded once.

    Parameters
    ----------
    sources : iterable
        Of what `transcribe` takes. Taken one by one, so that a generator may feed it.
    model, **options
        As `transcribe`; those that do not fit raise at once, with the first recording.

    Yields
    ------
    Outcome
        In order. Its value is a `Transcript`; a recording that cannot be read or fails has none, and a reason, and
        the others go on.

    Raises
    ------
    ParameterError
        As `transcribe`, for a model or option that fits no recording.
    Unavailable
        If the model is not there.
    """
    asked = Options(**{k: v for k, v in options.items() if k in Options.__slots__})
    choose(model, asked, device=options.get("device", "auto"))
    find_punctuator(asked.punctuator, asked.language or "und")
    for source in sources:
        try:
            found = transcribe(source, model, **options)
        except AudiokitError as error:
            yield Outcome(state_of(error), reason=str(error))
        else:
            has_value = found.status in {Status.OK, Status.ABSTAINED}
            reason = "" if found.status is Status.OK else _why_nothing(found)
            yield Outcome(found.status, found if has_value else None, reason, found.notes)


def _why_nothing(found: Transcript) -> str:
    if found.status is Status.FAILED:
        failed = [entry.reason for entry in found.coverage.entries if entry.state == "failed"] if found.coverage else []
        return "; ".join(dict.fromkeys(failed))
    return "no speech was found" if not found.coverage or not found.coverage.entries else "no words were found"


def _transcript(written: Any, heard: Heard, choice: Choice, options: Options, notes: tuple[str, ...]) -> Transcript:
    coverage = None
    if heard.speech is not None:
        spans = [(segment.start_seconds, segment.end_seconds) for segment in heard.speech.segments]
        coverage = ledger(spans, (*written.claims, *heard.left_out), model=heard.speech.model)
    return Transcript(
        words=written.words,
        text=" ".join(item.text for item in written.passages or written.words),
        language=written.language,
        engine=written.label,
        quality=written.quality,
        audio_seconds=heard.audio_seconds,
        notes=(*notes, *written.notes),
        passages=written.passages,
        language_probability=written.language_probability,
        coverage=coverage,
        rejected=written.rejected,
        punctuation=written.punctuation,
        task=options.task,
        choice=choice.why,
    )
