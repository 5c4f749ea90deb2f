/**
 * The stage: lanes above one another on one clock, drawn on a canvas; cursor, selection and loop lie over it, so that playing moves
 * them without drawing. It is a slider for keyboards and screen readers.
 */

import { make } from "./dom.js";
import { abs, clamp, clock, decimalsFor, floor, max, min, niceStep, round } from "./units.js";

/** @typedef {import("./types.js").Lane} Lane @typedef {import("./types.js").Sound} Sound @typedef {import("./viewport.js").Viewport} Viewport */

const GAP = 8, FOOT = 20, MAP = 9;

export class Stage {
	/**
	 * @param {{ sound: Sound, viewport: Viewport, lanes: Lane[], label: string, signal: AbortSignal,
	 *   onview?: () => void, onselect?: (range: number[], done: boolean) => void, onseek?: (done: boolean) => void }} options
	 */
	constructor({ sound, viewport, lanes, label, signal, onview, onselect, onseek }) {
		/** @type {Sound} */ this.sound = sound;
		/** @type {Viewport} */ this.viewport = viewport;
		/** @type {Lane[]} */ this.lanes = lanes;
		this.onview = onview ?? (() => {});
		this.onselect = onselect ?? (() => {});
		this.onseek = onseek ?? (() => {});
		this.signal = signal;
		this.digits = sound.facts.duration < 10 ? 3 : 2;
		/** @type {number[]} */ this.selection = [];
		this.height = 1;
		this.frame = 0;
		this.drawnWidth = 0;
		/** @type {number[]} */ this.tops = [];
		this.canvas = make("canvas", "canvas");
		this.chosen = make("div", "selection");
		this.looped = make("div", "looped");
		this.pointer = make("div", "pointer");
		this.cursor = make("div", "cursor");
		this.chip = make("div", "chip");
		this.map = make("div", "map", { "aria-hidden": "true" }, [(this.thumb = make("div", "thumb"))]);
		this.surface = make("div", "surface", {
			role: "slider", tabindex: "0", "aria-label": `Position in ${label}`, "aria-valuemin": "0", "aria-valuemax": sound.facts.duration.toFixed(2),
		});
		this.root = make("div", "stage", {}, [this.canvas, this.chosen, this.looped, this.pointer, this.cursor, this.surface, this.chip, this.map]);
		this.pointer.hidden = this.chip.hidden = this.map.hidden = true;
		this.g = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
		this.style = getComputedStyle(this.root);
		/** @type {Map<string, string>} */ this.inks = new Map();
		this.listenTo(signal);
	}

	/** Draw again with the next frame. */
	invalidate() {
		if (!this.frame) this.frame = requestAnimationFrame(() => ((this.frame = 0), this.draw()));
	}

	draw() {
		const box = (this.drawnWidth = this.root.clientWidth);
		if (!box) return;
		const { viewport: view, g } = this, narrow = box < 560, ratio = devicePixelRatio || 1;
		for (const lane of this.lanes) if ("narrow" in lane) lane.narrow = narrow;
		view.left = narrow ? 44 : 52;
		view.width = max(box - view.left - 1, 9);
		this.tops = [];
		let top = 0;
		for (const lane of this.lanes) {
			this.tops.push(top);
			if (lane.height) top += lane.height + GAP;
		}
		this.height = top - (top ? GAP - 4 : 0) + FOOT;
		const wide = round(box * ratio), high = round(this.height * ratio);
		if (this.canvas.width !== wide || this.canvas.height !== high) Object.assign(this.canvas, { width: wide, height: high });
		this.canvas.style.height = this.surface.style.height = `${this.height}px`;
		this.surface.style.left = `${view.left}px`;
		g.setTransform(ratio, 0, 0, ratio, 0, 0);
		g.clearRect(0, 0, box, this.height);
		g.font = `11px ${this.style.fontFamily}`;
		const look = { ink: (/** @type {string} */ name) => this.ink(name), font: this.style.fontFamily };
		this.lanes.forEach((lane, i) => lane.height && lane.draw(g, this.boxOf(i), look));
		this.drawTime();
		this.drawMap();
		this.drawRanges();
		this.paint();
	}

	/** A colour of the theme. @param {string} name */
	ink(name) {
		const known = this.inks.get(name) ?? this.style.getPropertyValue(`--ak-${name}`).trim();
		this.inks.set(name, known);
		return known;
	}

	/** @param {number} i @returns {import("./types.js").Box} */
	boxOf(i) {
		return { left: this.viewport.left, width: this.viewport.width, top: this.tops[i], height: this.lanes[i].height, ratio: devicePixelRatio || 1 };
	}

	drawTime() {
		const { g, viewport: view } = this;
		const step = niceStep(view.span, max(2, floor(view.width / (view.span < 0.01 ? 96 : 76)))), decimals = decimalsFor(step);
		const top = this.height - FOOT + 2, right = view.left + view.width;
		g.textBaseline = "top";
		g.textAlign = "center";
		g.fillStyle = this.ink("soft");
		let free = 0;
		for (let i = Math.ceil(view.start / step - 1e-9); i * step <= view.end + step * 1e-9; i++) {
			const x = view.xOf(i * step);
			const text = view.end >= 60 ? clock(i * step, decimals) : `${(i * step).toFixed(decimals)} s`;
			const half = g.measureText(text).width / 2, at = clamp(x, view.left + half - 6, right - half);
			g.fillRect(min(x, right - 1), top - 2, 1, 4);
			if (at - half < free) continue;
			g.fillText(text, at, top + 5);
			free = at + half + 6;
		}
	}

	/** The part that is seen, of the whole. */
	drawMap() {
		const { viewport: view } = this;
		this.map.hidden = view.whole;
		if (view.whole) return;
		Object.assign(this.map.style, { left: `${view.left}px`, width: `${view.width}px`, height: `${MAP}px` });
		const wide = max(14, (view.span / view.duration) * view.width);
		this.thumb.style.width = `${wide}px`;
		this.thumb.style.transform = `translateX(${(view.start / max(view.duration - view.span, 1e-9)) * (view.width - wide)}px)`;
	}

	drawRanges() {
		for (const [node, range] of /** @type {[HTMLElement, number[]][]} */ ([[this.chosen, this.selection], [this.looped, this.sound.transport.loop ?? []]])) {
			const { left, width } = this.viewport;
			const [x0, x1] = range.map((seconds) => clamp(this.viewport.xOf(seconds), left, left + width));
			node.hidden = range.length !== 2 || range[1] < this.viewport.start || range[0] > this.viewport.end;
			if (!node.hidden) Object.assign(node.style, { left: `${x0}px`, width: `${max(x1 - x0, 1)}px`, height: `${this.height - FOOT}px` });
		}
	}

	/** The moving parts. @returns {number} the position, in seconds */
	paint() {
		const { viewport: view, sound } = this, { duration } = sound.facts;
		const at = clamp(sound.transport.position, 0, duration), x = view.xOf(at);
		this.cursor.hidden = x < view.left - 1 || x > view.left + view.width + 1;
		this.cursor.style.transform = `translateX(${x}px)`;
		this.cursor.style.height = `${this.height - FOOT + 2}px`;
		const spoken = sound.transport.playing ? at.toFixed(0) : at.toFixed(2); // a screen reader needs no hundredths on the run
		if (this.surface.getAttribute("aria-valuenow") !== spoken) {
			this.surface.setAttribute("aria-valuenow", spoken);
			this.surface.setAttribute("aria-valuetext", `${spoken} of ${duration.toFixed(2)} seconds`);
		}
		return at;
	}

	/** @param {number[]} range seconds, or empty */
	select(range) {
		this.selection = range;
		this.drawRanges();
	}

	/** @param {number} factor @param {number} [about] seconds; where playback stands, if it is seen */
	zoom(factor, about) {
		const at = this.sound.transport.position, { start, end } = this.viewport;
		this.viewport.zoom(factor, about ?? (at >= start && at <= end ? at : (start + end) / 2));
		this.moved();
	}

	moved() {
		this.pointer.hidden = this.chip.hidden = true; // what stood under the pointer went elsewhere
		this.invalidate();
		this.onview();
	}

	/** @param {number} y pixels from the top @returns {number} the lane there, or -1 */
	laneAt(y) {
		return this.lanes.findIndex((lane, i) => lane.height && y >= this.tops[i] && y < this.tops[i] + lane.height);
	}

	/** @param {AbortSignal} signal */
	listenTo(signal) {
		/** @param {EventTarget} node @param {string} name @param {(event: any) => void} then @param {object} more */
		const listen = (node, name, then, more = {}) => node.addEventListener(name, then, { signal, ...more });
		const { surface, viewport: view } = this;
		/** @type {{ x: number, from: number, selects: boolean, moved: boolean, lane: number } | null} */
		let drag = null;
		/** @param {PointerEvent} event */
		const place = (event) => {
			const box = surface.getBoundingClientRect();
			const x = clamp(event.clientX - box.left, 0, view.width) + view.left;
			return { x, y: event.clientY - box.top, at: view.timeOf(x) };
		};
		listen(surface, "pointerdown", (event) => {
			if (event.button !== 0) return;
			surface.setPointerCapture(event.pointerId);
			const { y, at } = place(event), i = this.laneAt(y), lane = this.lanes[i];
			const taken = i >= 0 && lane.press?.(at, y, this.boxOf(i), event);
			drag = { x: event.clientX, from: at, selects: event.shiftKey, moved: false, lane: taken ? i : -1 };
			if (taken) return;
			this.seek(drag.selects ? at : (lane?.snap?.(at, y, this.boxOf(i)) ?? at), true);
		});
		listen(surface, "pointermove", (event) => {
			const { x, y, at } = place(event);
			this.hover(x, y, at);
			if (!drag) return;
			drag.moved ||= abs(event.clientX - drag.x) > 3;
			if (drag.lane >= 0) this.lanes[drag.lane].drag?.(at, y, this.boxOf(drag.lane), event);
			else if (!drag.moved) return;
			else if (drag.selects) {
				this.select([min(at, drag.from), max(at, drag.from)].map((t) => round(t * 1e4) / 1e4));
				this.onselect(this.selection, false);
			} else this.seek(at, false);
		});
		const drop = (/** @type {PointerEvent} */ event) => {
			if (!drag) return;
			const { y, at } = place(event), done = drag;
			drag = null;
			if (done.lane >= 0) this.lanes[done.lane].release?.(at, y, this.boxOf(done.lane), event);
			else if (done.selects && done.moved) this.onselect(this.selection, true);
			else this.onseek(true);
		};
		listen(surface, "pointerup", drop);
		listen(surface, "pointercancel", drop);
		listen(surface, "pointerleave", () => (this.pointer.hidden = this.chip.hidden = true));
		listen(surface, "wheel", (event) => {
			const lines = event.deltaMode ? 16 : 1;
			if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(-event.deltaY * lines * (abs(event.deltaY) < 40 ? 0.01 : 0.0025)), place(event).at);
			else {
				const sideways = event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX;
				if (view.whole || abs(sideways) <= abs(event.shiftKey ? 0 : event.deltaY)) return; // the page scrolls
				view.pan(((sideways * lines) / view.width) * view.span);
				this.moved();
			}
			event.preventDefault();
		}, { passive: false });
		let grip = NaN; // seconds from the view's start to where the map was gripped
		const slide = (/** @type {PointerEvent} */ event) => {
			const box = this.map.getBoundingClientRect(), at = (clamp((event.clientX - box.left) / box.width, 0, 1)) * view.duration;
			if (Number.isNaN(grip)) grip = at >= view.start && at <= view.end ? at - view.start : view.span / 2;
			view.show(at - grip, at - grip + view.span);
			this.moved();
		};
		listen(this.map, "pointerdown", (event) => {
			this.map.setPointerCapture(event.pointerId);
			slide(event);
		});
		listen(this.map, "pointermove", (event) => !Number.isNaN(grip) && slide(event));
		for (const name of ["pointerup", "pointercancel"]) listen(this.map, name, () => (grip = NaN));
		const sized = new ResizeObserver(() => this.root.clientWidth !== this.drawnWidth && this.draw());
		sized.observe(this.root);
		const themed = new MutationObserver(() => (this.inks.clear(), this.invalidate()));
		for (const node of [document.documentElement, document.body]) themed.observe(node, { attributes: true });
		listen(matchMedia("(prefers-color-scheme: dark)"), "change", () => (this.inks.clear(), this.invalidate()));
		const offs = [
			this.sound.on("data", () => this.invalidate()),
			this.sound.transport.on("change", () => this.drawRanges()),
			this.sound.transport.on("seek", () => this.paint()),
		];
		signal.addEventListener("abort", () => {
			sized.disconnect();
			themed.disconnect();
			cancelAnimationFrame(this.frame);
			for (const off of offs) off();
		});
	}

	/** @param {number} seconds @param {boolean} done */
	seek(seconds, done) {
		this.sound.transport.seek(seconds);
		this.paint();
		this.onseek(done);
	}

	/** @param {number} x @param {number} y @param {number} at */
	hover(x, y, at) {
		const i = this.laneAt(y), lane = this.lanes[i], box = i >= 0 ? this.boxOf(i) : null;
		const fine = this.viewport.span < 1 ? 6 : this.digits;
		const parts = [clock(at, fine), ...(lane && box ? (lane.describe?.(at, y, box) ?? []) : [])];
		this.surface.style.cursor = (lane && box && lane.shape?.(at, y, box)) || "";
		this.chip.textContent = parts.filter(Boolean).join(" · ");
		this.pointer.hidden = this.chip.hidden = false;
		this.pointer.style.transform = `translateX(${x}px)`;
		this.pointer.style.height = `${this.height - FOOT}px`;
		const room = this.root.clientWidth - this.chip.offsetWidth;
		const beside = x + (x + 10 > room ? -this.chip.offsetWidth - 10 : 10);
		this.chip.style.transform = `translate(${clamp(beside, 0, room)}px, ${clamp(y - 24, 2, this.height - 24)}px)`;
	}
}
