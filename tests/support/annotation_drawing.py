"""Documents drawn by hypothesis, with labels that formats trip over."""

from __future__ import annotations

from hypothesis import strategies as st

from audiokit.annotations import Annotations, Tier
from audiokit.results import Segment

# One of everything that ends a field, a line or a text somewhere, looks like an escape, or cannot be seen
NASTY = "\t\n\r \"'%\\<>&;,|!-=[]\u2028\u2029\x85\x0b\x0c\x1c\x00\ufeff\u3000\u200f😀אب2Fé"
labels = (
    st.text(max_size=12)
    | st.text(NASTY, max_size=8)
    | st.sampled_from(
        [
            "",
            "<NA>",
            "%20",
            '"',
            "two words",
            "-->",
            "1\n00:00:01,000 --> 00:00:02,000\nx",
            '"ooTextFile" "TextGrid"',
            "SPEAKER",
            "WEBVTT\n",
        ]
    )
)
seconds = (
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 5000).map(lambda n: n / 1000) | st.floats(0, 1e4)
)
scores = st.none() | st.floats(allow_nan=False, allow_infinity=False)
titles = st.sampled_from(
    ["low_hz", "high_hz", "channel", "orthography", "lookahead", "voice", "cue_id", "note", "text", ""]
)


@st.composite
def tiers(
    draw, name=labels, label=labels, time=seconds, score=scores, title=titles, value=labels, kinds=("interval", "point")
):
    kind = draw(st.sampled_from(kinds))
    bounds = draw(st.lists(st.tuples(time, time), max_size=6))
    segments = [
        Segment(min(pair), min(pair) if kind == "point" else max(pair), draw(label), draw(score)) for pair in bounds
    ]
    columns = draw(st.lists(title, unique=True, max_size=2)) if title is not None else []
    return Tier(draw(name), segments, kind, {column: [draw(value) for _ in segments] for column in columns})


documents = st.builds(
    Annotations,
    st.lists(tiers(), max_size=3),
    st.none() | st.floats(0, 1e5),
    st.sampled_from(["", "a b", ";;", "SPEAKER", "WEBVTT", "1"]),
)


def as_read(annotations: Annotations, name: str) -> Annotations:
    """What reading gives for annotations of which nothing is lost, by what the formats' modules promise."""
    held = list(annotations.tiers)
    recording, duration = "", None
    if name == "textgrid":
        duration = max([annotations.duration_seconds or 0.0, *(s.end_seconds for s in annotations.segments)])
    elif name in ("csv", "tsv"):
        columns = {title for tier in held for title in tier.extra}
        held = [
            Tier(t.name, t.segments, t.kind, {c: t.extra.get(c, [""] * len(t.segments)) for c in columns}) for t in held
        ]
    else:
        (tier,) = held or [Tier()]
        extra = dict(tier.extra)
        if name == "audacity":
            extra = {c: ["" if v == "-1.000000" else v for v in values] for c, values in extra.items()}
            if any(any(values) for values in extra.values()):
                extra = {c: extra.get(c, [""] * len(tier.segments)) for c in ("low_hz", "high_hz")}
        if name in ("rttm", "ctm"):
            recording = (annotations.recording or "recording") if tier.segments else ""
        held = [
            Tier(
                "labels",
                tier.segments,
                tier.kind,
                {
                    c: v
                    for c, v in extra.items()
                    if any(x != ("1" if c == "channel" and name in ("rttm", "ctm") else "") for x in v)
                },
            )
        ]
    return Annotations(held, duration, recording)
