/** The loader's monitor: how it is doing now, how it came there, and why. */

import { make } from "./kit/dom.js";
import { Plot } from "./loader/plot.js";
import { Pointing } from "./loader/pointing.js";
import { Decisions, Figures, Stages, say } from "./loader/told.js";

/** @param {{ model: import("./kit/types.js").Model, el: HTMLElement }} parts */
function render({ model, el }) {
	const life = new AbortController();
	const heading = make("span", "title"), summary = make("span", "summary"), live = make("span", "live", { hidden: "" }, ["live"]);
	const verdict = make("span", "verdict", { role: "status" }), trouble = make("div", "status", { role: "status" });
	const figures = new Figures(), plot = new Plot(), pointing = new Pointing(plot.over, life.signal), stages = new Stages(), list = new Decisions((row) => pointing.point(row));
	const root = make("div", "widget monitor", { role: "group" }, [
		make("div", "bar", {}, [make("span", "names", {}, [heading, summary]), live, verdict]),
		figures.root, plot.root, make("div", "below", {}, [stages.root, list.root]), trouble,
	]);
	el.append(root);

	const tell = () => {
		/** @type {import("./loader/told.js").Now} */ const now = model.get("now");
		const title = model.get("title") || "Loader";
		if (root.ariaLabel !== title) root.ariaLabel = title;
		say(heading, title);
		say(summary, now.summary);
		say(verdict, now.verdict);
		verdict.className = `ak-verdict${now.tone ? ` ak-${now.tone}` : ""}`;
		say(trouble, model.get("message"));
		figures.set(now.figures);
		stages.set(now.stages, now.slowest);
		live.hidden = !heard || !model.get("following");
	};
	const draw = () => {
		const { rows, total } = model.get("decisions");
		plot.draw(model.get("history"), model.get("now").verdict);
		pointing.set(model.get("history"), rows);
		list.set(rows, total);
	};
	let heard = false, frame = 0, drawing = false;
	/** What came together is shown together. @param {boolean} curves */
	const later = (curves) => {
		drawing ||= curves;
		frame ||= requestAnimationFrame(() => {
			frame = 0;
			tell();
			if (drawing) draw();
			drawing = false;
		});
	};
	// Whether anybody is there to change a value is known once one has changed.
	const onNow = () => ((heard = true), later(false)), onCurves = () => later(true), onWords = () => later(false);
	const events = /** @type {[string, () => void][]} */ ([
		["change:now", onNow], ["change:history", onCurves], ["change:decisions", onCurves],
		["change:following", onWords], ["change:message", onWords], ["change:title", onWords],
	]);
	for (const [name, then] of events) model.on(name, then);
	const sizes = new ResizeObserver(() => later(true));
	sizes.observe(root);
	tell();
	draw();
	return () => {
		for (const [name, then] of events) model.off(name, then);
		sizes.disconnect();
		cancelAnimationFrame(frame);
		life.abort();
		root.remove();
	};
}

export default { render };
