"""Text from sound, and sound from text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.speech.alignment import AlignedWord as AlignedWord
    from audiokit.speech.alignment import Alignment as Alignment
    from audiokit.speech.alignment import align as align
    from audiokit.speech.cascade import Cascade as Cascade
    from audiokit.speech.cascade import transcribe_cascade as transcribe_cascade
    from audiokit.speech.coverage import Coverage as Coverage
    from audiokit.speech.coverage import Covered as Covered
    from audiokit.speech.enhancing import enhance_speech as enhance_speech
    from audiokit.speech.normalising import WrittenOut as WrittenOut
    from audiokit.speech.normalising import normalise_text as normalise_text
    from audiokit.speech.scoring import WordErrors as WordErrors
    from audiokit.speech.scoring import word_errors as word_errors
    from audiokit.speech.speaker_vectors import SpeakerVector as SpeakerVector
    from audiokit.speech.speaker_vectors import speaker_vector as speaker_vector
    from audiokit.speech.speaking import speak as speak
    from audiokit.speech.speaking import speak_stream as speak_stream
    from audiokit.speech.splitting import sentences_of as sentences_of
    from audiokit.speech.spoken_audio import SpokenAudio as SpokenAudio
    from audiokit.speech.stream_event import StreamEvent as StreamEvent
    from audiokit.speech.streaming_transcriber import StreamingTranscriber as StreamingTranscriber
    from audiokit.speech.transcribing import transcribe as transcribe
    from audiokit.speech.transcribing import transcribe_file as transcribe_file
    from audiokit.speech.transcribing import transcribe_many as transcribe_many
    from audiokit.speech.transcript import Passage as Passage
    from audiokit.speech.transcript import Transcript as Transcript
    from audiokit.speech.transcript import Word as Word
    from audiokit.speech.voice_bank import VoiceBank as VoiceBank
    from audiokit.speech.voice_check import VoiceCheck as VoiceCheck
    from audiokit.speech.voice_check import check_voice as check_voice
    from audiokit.speech.voices import EngineState as EngineState
    from audiokit.speech.voices import Voice as Voice
    from audiokit.speech.voices import espeak_voices as espeak_voices
    from audiokit.speech.voices import voice_engines as voice_engines

__all__ = [
    "AlignedWord",
    "Alignment",
    "Cascade",
    "Coverage",
    "Covered",
    "EngineState",
    "Passage",
    "SpeakerVector",
    "SpokenAudio",
    "StreamEvent",
    "StreamingTranscriber",
    "Transcript",
    "Voice",
    "VoiceBank",
    "VoiceCheck",
    "Word",
    "WordErrors",
    "WrittenOut",
    "align",
    "check_voice",
    "enhance_speech",
    "espeak_voices",
    "normalise_text",
    "sentences_of",
    "speak",
    "speak_stream",
    "speaker_vector",
    "transcribe",
    "transcribe_cascade",
    "transcribe_file",
    "transcribe_many",
    "voice_engines",
    "word_errors",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "AlignedWord": ".alignment",
        "Alignment": ".alignment",
        "align": ".alignment",
        "Cascade": ".cascade",
        "transcribe_cascade": ".cascade",
        "Coverage": ".coverage",
        "Covered": ".coverage",
        "Passage": ".transcript",
        "StreamEvent": ".stream_event",
        "StreamingTranscriber": ".streaming_transcriber",
        "Transcript": ".transcript",
        "EngineState": ".voices",
        "SpeakerVector": ".speaker_vectors",
        "SpokenAudio": ".spoken_audio",
        "Voice": ".voices",
        "VoiceBank": ".voice_bank",
        "VoiceCheck": ".voice_check",
        "check_voice": ".voice_check",
        "Word": ".transcript",
        "WordErrors": ".scoring",
        "WrittenOut": ".normalising",
        "enhance_speech": ".enhancing",
        "espeak_voices": ".voices",
        "normalise_text": ".normalising",
        "sentences_of": ".splitting",
        "speak": ".speaking",
        "speak_stream": ".speaking",
        "speaker_vector": ".speaker_vectors",
        "transcribe": ".transcribing",
        "transcribe_file": ".transcribing",
        "transcribe_many": ".transcribing",
        "voice_engines": ".voices",
        "word_errors": ".scoring",
    },
)
