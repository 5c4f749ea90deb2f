/** A curve: lowest to highest of each column, single points when close. */

import { abs, clamp, max, round } from "../kit/units.js";
import { figure } from "./data.js";

/** @typedef {import("../kit/types.js").Box} Box */

export class CurveLane {
	/** @param {import("./data.js").Levels} levels @param {import("../kit/viewport.js").Viewport} viewport */
	constructor(levels, viewport) {
		this.levels = levels;
		this.viewport = viewport;
		this.height = 58;
	}
	/** @param {CanvasRenderingContext2D} g @param {Box} box @param {import("../kit/types.js").Look} look */
	draw(g, box, look) {
		const { left, width, top, height } = box, { viewport: view, levels } = this, { low, high, hop } = levels.facts;
		const y = (/** @type {number} */ value) => clamp(top + height - 1 - ((value - low) / (high - low)) * (height - 2), top - 1, top + height + 1);
		g.fillStyle = look.ink("lane");
		g.fillRect(left, top, width, height);
		g.fillStyle = look.ink("rule");
		if (low < 0 && high > 0) g.fillRect(left, y(0), width, 1);
		g.fillStyle = look.ink("soft");
		g.textAlign = "right";
		g.textBaseline = "middle";
		g.fillText(figure(high, "", 4), left - 5, top + 6);
		g.fillText(figure(low, "", 4), left - 5, top + height - 6);
		g.save();
		g.beginPath();
		g.rect(left, top, width, height);
		g.clip();
		g.strokeStyle = g.fillStyle = look.ink("wave");
		g.lineWidth = 1.3;
		g.lineJoin = "round";
		const wanted = levels.pick(view.span / levels.pitch / round(width * box.ratio));
		for (const level of [wanted, max(wanted, levels.whole)]) {
			const middle = hop === null ? 0 : (levels.hop(level) - hop) / 2;
			let open = false, last = NaN;
			/** @type {[number, number][]} */ const points = [];
			g.beginPath();
			const all = levels.each(level, levels.rowAt(level, view.start) - 1, levels.rowAt(level, view.end) + 3, (_row, values, at, seconds) => {
				const x = view.xOf(seconds + middle), a = values[at], b = level ? values[at + 1] : a;
				if (Number.isNaN(a)) return void (open = false);
				if (open) g.lineTo(x, y(a));
				else g.moveTo(x, y(a));
				if (a !== b || !open) g.lineTo(x + (open ? 0 : 0.7), y(b)); // a lone point is seen too
				open = true;
				if (!level) points.push([x, y(a)]);
				last = x;
			});
			if (!all) continue;
			g.stroke();
			if ((last - points[0]?.[0]) / (points.length - 1) > 6) for (const [x, at] of points) g.fillRect(x - 1.5, at - 1.5, 3, 3);
			break;
		}
		g.restore();
	}
	/** The value nearest to a time. @param {number} seconds */
	describe(seconds) {
		const { levels } = this, { unit } = levels.facts;
		for (const level of new Set([0, levels.whole])) {
			const row = levels.rowAt(level, seconds);
			let text = "", best = Infinity;
			const all = levels.each(level, row, row + (level ? 1 : 2), (_row, values, at, time) => {
				if (abs(time - seconds) >= best) return;
				best = abs(time - seconds);
				text = level ? `${figure(values[at])} … ${figure(values[at + 1], unit)}` : figure(values[at], unit);
			});
			if (all) return [text];
		}
		return [];
	}
}
