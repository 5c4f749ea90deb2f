"""The inspector's static view: a picture that is where the values are, tables, and labels that are text."""

import math
from html.parser import HTMLParser

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from inspector_parts import EVIL, SPANS, inspector

from audiokit import Segment
from audiokit_widgets import Curve, Matrix
from audiokit_widgets.lanes_picture import column_extremes, draw_lanes, matrix_columns


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_the_static_view_holds_sound_picture_and_tables_and_labels_are_text():
    view = inspector({EVIL: [Segment(0, 1, EVIL)], "curve": Curve([0.0, 1.0], hop_seconds=2)}, title=EVIL)
    bundle = view._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    tags = Tags()
    tags.feed(bundle["text/html"])
    assert all("onerror" not in attrs for _, attrs in tags.tags)
    pictures = [attrs["src"] for tag, attrs in tags.tags if tag == "img"]
    assert len(pictures) == 1
    assert pictures[0].startswith("data:image/png;base64,")
    assert any(tag == "audio" for tag, _ in tags.tags)
    assert bundle["text/html"].count("&lt;img src=x") >= 3
    assert "(1 span), 'curve' (curve)" in bundle["text/plain"]
    assert "<table>" not in inspector(table=False).static_html()


def pixels(png):
    import io

    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_the_picture_holds_every_lane_that_is_shown():
    view = inspector({"a": SPANS, "m": Matrix(np.eye(4), hop_seconds=1)})
    both, without = pixels(view.picture()), None
    view.hidden_lanes = ["m"]
    without = pixels(view.picture())
    assert both.shape[1] == without.shape[1] == 1640
    assert both.shape[0] == without.shape[0] + 30 + 180 + 14
    lane = both[-40 - 14 - 180 : -40 - 14, 108 : 1640 - 24]
    # the diagonal: bright at frame i, band i, the first band at the bottom
    for frame in range(4):
        at = lane[180 - 45 * frame - 22, int((frame + 0.5) / 4 * lane.shape[1])]
        assert at.sum() > 600
    assert lane[20, 100].sum() < 60


def test_a_curve_in_a_picture_is_where_its_values_are():
    rising = draw_lanes({"c": Curve(np.linspace(0, 1, 50_000), hop_seconds=4 / 50_000)}, duration_seconds=4.0)
    lane = pixels(rising)[30:140, 108 : 1640 - 24]
    inked = lane[:, :, 2] - lane[:, :, 0] > 100
    tops = inked.argmax(axis=0)
    assert inked.any(axis=0).mean() > 0.99
    assert tops[20] > 100
    assert tops[-20] < 10
    assert (np.diff(tops.astype(int)) <= 1).all()


@given(
    count=st.integers(1, 500),
    columns=st.integers(1, 80),
    hop=st.floats(0.001, 0.1),
    start=st.floats(-1, 1),
)
def test_columns_of_a_curve_equal_the_obvious_ones(count, columns, hop, start):
    values = np.sin(np.arange(count) * 1.7).astype(np.float32)
    curve = Curve(values, hop_seconds=hop, start_seconds=start)
    found = column_extremes(curve, 2.0, columns)
    wanted = np.full((columns, 2), np.nan, dtype=np.float32)
    for time, value in zip(curve.times_seconds, values, strict=True):
        if 0 <= time <= 2.0:
            at = min(math.floor(time / 2.0 * columns), columns - 1)
            wanted[at] = [np.fmin(wanted[at, 0], value), np.fmax(wanted[at, 1], value)]
    np.testing.assert_array_equal(found, wanted)


def test_no_frame_is_skipped_where_columns_are_wide():
    values = np.zeros((1000, 2), dtype=np.float32)
    values[777, 1] = -5
    wide = Matrix(values, hop_seconds=0.01, frame_axis=0, colours="diverging", keep_extremes=True)
    assert matrix_columns(wide, 10.0, 50).min() == -5
    assert np.isnan(matrix_columns(wide, 20.0, 50)[26:]).all()
    close = matrix_columns(wide, 0.05, 50)
    assert close.shape == (50, 2)
    assert not np.isnan(close).any()


# what `show` makes of it
