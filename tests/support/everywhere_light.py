"""Widgets as a stranger first meets them, and what light their pictures are in."""

import io

import numpy as np
from everywhere_hands import duration_shown, seeks
from everywhere_places import WRITE_DOCS
from works_table import DOCUMENT


def shot(root, name, folder):
    """A picture of one widget, and its pixels; in docs/images, when the documents are written."""
    from PIL import Image

    image = Image.open(io.BytesIO(root.screenshot())).convert("RGB")
    small = image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    path = (DOCUMENT.parent / "images" if WRITE_DOCS else folder) / f"widget-{name}.png"
    small.save(path, optimize=True)
    assert path.stat().st_size < 120_000
    return np.asarray(image).astype(float)


def lightness(pixels):
    return pixels @ [0.2126, 0.7152, 0.0722]


def in_a_good_light(place, widget):
    """As a stranger would first meet it."""
    root = place.root(widget)
    place.hush()
    root.scroll_into_view_if_needed()
    if widget == "TranscriptDiff":
        root.locator(".ak-surface").focus()
        place.page.keyboard.press("n")
        place.hush()
    if widget == "WhatTheModelSaw":
        seeks(root, 0.62, duration_shown(root))
    elif widget != "LoaderMonitor":
        root_of_player = root.locator(".ak-player") if widget == "Recorder" else root
        seeks(root_of_player, 0.3, duration_shown(root_of_player))
    if widget == "Annotator":
        root.locator(".ak-surface").focus()
        place.page.keyboard.press(".")
    place.page.mouse.move(0, 0)
    place.page.evaluate("document.activeElement?.blur()")
    place.page.wait_for_timeout(200)
    return root
