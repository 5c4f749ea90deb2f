"""What measures a page sees what is there: long tasks, pictures, memory, what plays."""

import pytest


@pytest.mark.browser
class TestInChromium:
    @pytest.fixture
    def page(self, chromium):
        from audiokit_widgets.figures.probe import WATCH

        context = chromium.new_context()
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto("data:text/html,<div class=view style='--ak-wave: rgb(1, 2, 3)'></div>")
        yield page
        context.close()

    def test_a_long_task_is_seen(self, page):
        page.evaluate(
            """() => new Promise((done) => setTimeout(() => {
              for (const end = performance.now() + 120; performance.now() < end; );
              setTimeout(done, 300);
            }))"""
        )
        assert max(page.evaluate("window.longTasks.map(([, length]) => length)")) >= 120

    def test_the_processor_time_of_a_task_is_told_from_waiting(self, page):
        from audiokit_widgets.figures.gestures import longest_processor_ms

        chromium = page.context.browser
        chromium.start_tracing(page=page, categories=["toplevel"])
        page.evaluate(
            """() => new Promise((done) => setTimeout(() => {
              for (const end = performance.now() + 400; performance.now() < end; );
              setTimeout(done, 50);
            }))"""
        )
        found = longest_processor_ms(chromium.stop_tracing())
        assert 15 < found < 410  # of 400 ms, what others left to it

    def test_a_blank_canvas_is_no_picture(self, page):
        page.evaluate(
            """() => {
              const canvas = document.createElement("canvas");
              document.querySelector(".view").append(canvas);
              window.watchFor(".view");
            }"""
        )
        page.wait_for_timeout(200)
        assert page.evaluate("window.seen") == {}
        page.evaluate(
            "() => { const g = document.querySelector('canvas').getContext('2d'); g.fillStyle = 'red'; g.fillRect(0, 0, 50, 50); }"
        )
        page.wait_for_function("window.seen.picture")
        page.wait_for_timeout(200)
        assert "wave" not in page.evaluate("window.seen")
        page.evaluate(
            "() => { const g = document.querySelector('canvas').getContext('2d'); g.fillStyle = 'rgb(1, 2, 3)'; g.fillRect(0, 0, 50, 50); }"
        )
        page.wait_for_function("window.seen.wave")

    def test_memory_of_the_renderers_grows_with_what_a_page_holds(self, page):
        from audiokit_widgets.figures.browser import renderer_bytes

        before = renderer_bytes(page)
        page.evaluate("() => { window.held = new Uint8Array(60e6).fill(7); }")
        held = renderer_bytes(page)
        page.evaluate("() => { window.held = null; }")
        after = renderer_bytes(page)
        assert held - before > 55e6  # and more where other pages of the suite's browser grow at the same time
        assert held - after > 45e6  # what is not held any more was collected

    def test_what_is_shown_offline(self, page, tmp_path):
        from audiokit_widgets.figures.pages import shown_offline

        path = tmp_path / "a.html"
        path.write_text(
            "<div class=ak-widget><canvas></canvas></div><div class=ak-widget><canvas id=drawn></canvas></div>"
            "<img src='http://127.0.0.1:9/x'><script>document.getElementById('drawn').getContext('2d').fillRect(0, 0, 9, 9)</script>"
        )
        found = shown_offline(page.context.browser, path)
        assert found == {"canvases": 1, "sounds": 0, "asked": 1}
