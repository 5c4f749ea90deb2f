"""AudioSet's labels as genres and subgenres.

Names and hierarchy: the AudioSet ontology (Gemmeke et al., "Audio Set: An ontology and human-labeled dataset for audio
events", ICASSP 2017; CC BY-SA 4.0), the branch "Music genre" under "Music", as the 527 labels of the released data name
its nodes. Swing, which stands between country and bluegrass there, is filed under jazz here. Left out: what says when
or where music is heard and not what it is (background music, jingle, wedding music), and instruments and moods.
"""

from __future__ import annotations

from collections.abc import Sequence

from audiokit.tagging.taxonomy import Taxonomy

__all__ = ["AUDIOSET_GENRES", "audioset_taxonomy", "is_audioset"]

# Genre -> (AudioSet's label of the genre itself, labels of its subgenres)
AUDIOSET_GENRES: dict[str, tuple[str, tuple[str, ...]]] = {
    "pop": ("Pop music", ()),
    "hip hop": ("Hip hop music", ("Beatboxing",)),
    "rock": (
        "Rock music",
        ("Heavy metal", "Punk rock", "Grunge", "Progressive rock", "Rock and roll", "Psychedelic rock"),
    ),
    "rhythm and blues": ("Rhythm and blues", ()),
    "soul": ("Soul music", ()),
    "reggae": ("Reggae", ()),
    "country": ("Country", ("Bluegrass",)),
    "funk": ("Funk", ()),
    "folk": ("Folk music", ()),
    "middle eastern": ("Middle Eastern music", ()),
    "jazz": ("Jazz", ("Swing music",)),
    "disco": ("Disco", ()),
    "classical": ("Classical music", ("Opera",)),
    "electronic": (
        "Electronic music",
        (
            "House music",
            "Techno",
            "Dubstep",
            "Drum and bass",
            "Electronica",
            "Electronic dance music",
            "Ambient music",
            "Trance music",
        ),
    ),
    "latin": ("Music of Latin America", ("Salsa music", "Flamenco")),
    "blues": ("Blues", ()),
    "children's": ("Music for children", ()),
    "new age": ("New-age music", ()),
    "vocal": ("Vocal music", ("A capella",)),
    "african": ("Music of Africa", ("Afrobeat",)),
    "christian": ("Christian music", ("Gospel music",)),
    "asian": ("Music of Asia", ("Carnatic music", "Music of Bollywood")),
    "ska": ("Ska", ()),
    "traditional": ("Traditional music", ()),
    "independent": ("Independent music", ()),
}

_ENOUGH = 10  # labels of the table that tell AudioSet's from others
_SHORT = (" music", "Music of ")


def is_audioset(labels: Sequence[str]) -> bool:
    """Whether a classifier's labels are AudioSet's."""
    known = {name for genre, below in AUDIOSET_GENRES.values() for name in (genre, *below)}
    return len(known & set(labels)) >= _ENOUGH and "Music" in labels and "Speech" in labels


def audioset_taxonomy(labels: Sequence[str]) -> Taxonomy:
    """Say which of AudioSet's labels are genres, and which their subgenres; the scores are each for themselves.

    Examples
    --------
    >>> found = audioset_taxonomy(["Speech", "Electronic music", "House music"])
    >>> found.genres, found.subgenres
    ((None, 'electronic', 'electronic'), (None, None, 'house'))
    """
    meaning: dict[str, tuple[str, str | None]] = {}
    for genre, (label, below) in AUDIOSET_GENRES.items():
        meaning[label] = (genre, None)
        meaning.update({name: (genre, _short(name)) for name in below})
    found = [meaning.get(label, (None, None)) for label in labels]
    return Taxonomy(tuple(labels), tuple(f[0] for f in found), tuple(f[1] for f in found), exclusive=False)


def _short(label: str) -> str:
    for part in _SHORT:
        label = label.replace(part, "")
    return label.lower()
