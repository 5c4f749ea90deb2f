"""What a person does with each widget who has a keyboard alone."""

import pytest
from everywhere_hands import plays, seconds_shown
from jupyter_page import CURRENT, wait_until
from monitor_page import answers_keys


def walk_to(place, root, wanted, most=40):
    """Press Tab until the focus is where it is wanted."""
    for _ in range(most):
        place.page.keyboard.press("Tab")
        if root.evaluate(
            "(root, wanted) => root.contains(document.activeElement) && document.activeElement.matches(wanted)", wanted
        ):
            outline = place.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", "it is not seen where the focus is"
            return
    pytest.fail(f"Tab does not lead to {wanted}.")


def by_keyboard(place, widget):
    """From the page's first key to the widget's own."""
    root, page = place.root(widget), place.page
    place.hush()
    root.evaluate("(root) => { root.tabIndex = -1; root.focus(); root.removeAttribute('tabindex'); }")
    surface = {"Compare": ".ak-slider", "LoaderMonitor": ".ak-readings"}.get(widget, ".ak-surface")
    walk_to(place, root, surface)
    if widget == "LoaderMonitor":
        answers_keys(root)
        return
    page.keyboard.press("Home")
    assert seconds_shown(root) == 0
    plays(place, root, key=" ")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert 0 < seconds_shown(root) <= 1
    if widget == "Compare":
        page.keyboard.press("2")
        assert root.get_by_role("radio").nth(1).is_checked()
        page.keyboard.press("1")
        return
    page.keyboard.press("?")
    assert root.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert root.get_by_role("dialog").count() == 0
    if widget == "AudioPlayer":
        page.keyboard.press("]")
        assert root.locator(".ak-selection").is_visible()
        page.keyboard.press("Escape")
        assert root.locator(".ak-selection").is_hidden()
    elif widget == "Inspector":
        walk_to(place, root, ".ak-grid")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        chosen = root.locator(".ak-body .ak-row.ak-chosen").inner_text()
        page.keyboard.press("ArrowDown")
        assert root.locator(".ak-body .ak-row.ak-chosen").inner_text() != chosen
        page.keyboard.press("Enter")
        wait_until(page, f"{CURRENT} > 0 && window.element.paused === false")
        root.evaluate("(root) => { root.tabIndex = -1; root.focus(); root.removeAttribute('tabindex'); }")
        walk_to(place, root, ".ak-flow")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert root.locator(".ak-flow .ak-piece").nth(1).get_attribute("aria-selected") == "true"
        place.hush()
        page.keyboard.press("Shift+Enter")
        wait_until(page, f"{CURRENT} > 0 && window.element.paused === false")
    elif widget == "TranscriptDiff":
        walk_to(place, root, ".ak-flow")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert root.locator(".ak-piece").nth(1).get_attribute("aria-selected") == "true"
        place.hush()
        page.keyboard.press("n")
        wait_until(page, f"{CURRENT} > 0 && window.element.paused === false")
        assert root.locator(".ak-error.ak-chosen").count() == 1
    elif widget == "WhatTheModelSaw":
        shown = root.locator(".ak-told .ak-title").inner_text()
        page.keyboard.press(".")
        assert root.locator(".ak-told .ak-title").inner_text() != shown
    elif widget == "TagCard":
        walk_to(place, root, ".ak-went summary")
        page.keyboard.press("Enter")
        assert root.locator(".ak-waterfall li").first.is_visible()
        page.keyboard.press("Enter")
    else:
        rows = root.locator("tbody tr").count()
        page.keyboard.press("n")
        page.keyboard.press("3")
        assert root.locator("tbody tr").count() == rows + 1
        page.keyboard.press("e")
        page.keyboard.type("by keyboard")
        page.keyboard.press("Enter")
        labels = root.locator("tbody [aria-label^='Label of']").evaluate_all("(all) => all.map((field) => field.value)")
        assert "by keyboard" in labels
        page.keyboard.press("Delete")
        assert root.locator("tbody tr").count() == rows
