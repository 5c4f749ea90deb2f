"""A page of an inspector, or of a view of a model's input, and what a person finds on it."""

import pytest
from lane_page import lane_page


class Inspecting:
    def __init__(self, watched):
        self.page = watched.page
        self.watched = watched

    def state(self, name):
        return self.page.evaluate("(name) => model.get(name)", name)

    def rows(self):
        return self.page.locator(".ak-body .ak-row").all_inner_texts()

    def labels(self):
        return [row.split("\n")[4] for row in self.rows()]

    def x(self, seconds):
        area = self.page.locator(".ak-surface").bounding_box()
        return area["x"] + area["width"] * seconds / 12

    def y(self, below):
        return self.page.locator(".ak-stage").bounding_box()["y"] + below

    def colour(self, seconds, below):
        """Red, green and blue of the canvas at a time and so many pixels below its top."""
        return self.page.evaluate(
            """([seconds, y]) => {
              const canvas = document.querySelector(".ak-canvas"), area = document.querySelector(".ak-surface").getBoundingClientRect();
              const ratio = canvas.width / canvas.getBoundingClientRect().width, left = area.left - canvas.getBoundingClientRect().left;
              return [...canvas.getContext("2d").getImageData((left + area.width * seconds / 12) * ratio, y * ratio, 1, 1).data].slice(0, 3);
            }""",
            [seconds, below],
        )


@pytest.fixture
def opened(new_page, tmp_path):
    def make(entry, lanes, state=None, *, duration=12.0, **page):
        path = tmp_path / "page.html"
        text = lane_page(entry, [entry.replace(".js", ".css")], lanes, state, duration=duration)
        path.write_text(text, encoding="utf-8")
        watched = new_page(**page)
        watched.page.goto(path.as_uri())
        watched.page.wait_for_function("window.ready === true", timeout=20_000)
        watched.page.wait_for_timeout(80)
        return Inspecting(watched)

    return make
