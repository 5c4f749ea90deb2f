/** Throughput, time waited and plans on one clock: pictures that fill their width, figures that are text. */

import { make } from "../kit/dom.js";
import { clock, decimalsFor, floor, max, niceStep } from "../kit/units.js";
import { amount, area, axisTop, highest, line, percent, pieces, planLabel, workers } from "./curves.js";

/** @typedef {import("./curves.js").History} History */

const NAMES = "http://www.w3.org/2000/svg";

/** @param {string} name @param {string} title @param {[string, string][]} legend @param {string[]} curves */
function lane(name, title, legend, curves) {
	const svg = document.createElementNS(NAMES, "svg"), axis = make("div", "scale", { "aria-hidden": "true" }), words = make("span", "far");
	svg.setAttribute("viewBox", "0 0 1000 100");
	svg.setAttribute("preserveAspectRatio", "none");
	svg.setAttribute("role", "img");
	const paths = curves.map((curve) => {
		const path = document.createElementNS(NAMES, "path");
		path.setAttribute("class", `ak-${curve}`);
		svg.append(path);
		return path;
	});
	const heading = make("div", "heading", {}, [...(title ? [title] : []), ...legend.map(([key, text]) => make("span", `legend ${key}`, {}, [text])), words]);
	const strip = make("div", `strip ${name}`, {}, [svg, axis]);
	return { root: make("div", "", {}, [heading, strip]), svg, axis, strip, words, paths };
}

/** Figures beside a lane. @param {HTMLElement} axis @param {[number, string][]} ticks fraction from below, and text */
function scale(axis, ticks) {
	axis.replaceChildren(...ticks.map(([fraction, text]) => {
		const mark = make("span", "", {}, [text]);
		mark.style.bottom = `${100 * fraction}%`;
		return mark;
	}));
}

export class Plot {
	constructor() {
		this.rates = lane("rates", "items a second", [["took", "training took"], ["made", "workers could make"]], ["made", "took"]);
		this.waits = lane("waits", "", [["waited", "share of its time that training waited"]], ["fill", "waited"]);
		this.plans = lane("plans", "", [["plan", "plan in use, processes × threads"]], ["threads", "processes", "plan"]);
		this.labels = make("div", "labels", { "aria-hidden": "true" });
		this.plans.strip.append(this.labels);
		this.nothing = make("div", "nothing");
		this.rates.strip.append(this.nothing);
		this.ticks = make("div", "ticks", { "aria-hidden": "true" });
		this.over = make("div", "over");
		this.root = make("div", "plot", {}, [this.rates.root, this.waits.root, this.plans.root, this.ticks, this.over]);
	}
	/** @param {History} history @param {string} nothing what is said while there is no reading */
	draw(history, nothing) {
		const { time, took, made, waited, plans } = history, end = history.end || 1, top = axisTop(took, made), most = max(...plans.map((plan) => workers(plan.slice(1))));
		const { rates, waits } = this, empty = !time.length;
		rates.paths[0].setAttribute("d", line(pieces(time, made, end, top)));
		rates.paths[1].setAttribute("d", line(pieces(time, took, end, top)));
		scale(rates.axis, empty ? [] : [[0, "0"], [0.5, amount(top / 2)], [1, amount(top)]]);
		rates.words.textContent = highest(made) > top ? `(up to ${amount(highest(made))}, beyond this axis)` : "";
		rates.svg.setAttribute("aria-label", empty ? nothing : `Items a second: training took ${amount(took[took.length - 1])} in the end, workers could make ${amount(made[made.length - 1])}`);
		const shares = pieces(time, waited, end, 1), last = waited[waited.length - 1];
		waits.paths[0].setAttribute("d", area(shares));
		waits.paths[1].setAttribute("d", line(shares));
		scale(waits.axis, empty ? [] : [[0, "0"], [0.5, "50"], [1, "100 %"]]);
		waits.svg.setAttribute("aria-label", empty ? nothing : `Time that training waited: ${percent(last)} in the end`);
		this.drawPlans(plans, end, most);
		this.nothing.textContent = empty ? nothing : "";
		this.drawTicks(history.end);
	}
	/** @param {number[][]} steps @param {number} end @param {number} most */
	drawPlans(steps, end, most) {
		const wide = this.plans.strip.clientWidth || 600;
		let path = "";
		const fills = ["", ""]; // threads alone, and processes
		const labels = steps.map(([start, ...plan], i) => {
			const from = (1000 * start) / end, to = (1000 * (steps[i + 1]?.[0] ?? end)) / end, y = 100 * (1 - workers(plan) / most);
			path += `M${from.toFixed(2)} ${i ? 100 : y}V${y}H${to.toFixed(2)}`; // an edge even where as many are at work
			fills[plan[0] ? 1 : 0] += `M${from.toFixed(2)} 100V${y}H${to.toFixed(2)}V100z`;
			const room = ((to - from) * wide) / 1000, text = planLabel(plan);
			const label = make("span", "", {}, [text.length * 6.3 + 8 < room ? text : ""]);
			label.style.left = `${from / 10}%`;
			if (y > 55) label.style.bottom = `calc(${100 - y}% + 2px)`; // a low step has no room below its line
			return label;
		});
		[...fills, path].forEach((text, i) => this.plans.paths[i].setAttribute("d", text));
		this.plans.svg.setAttribute("aria-label", `Plan in use: ${planLabel(steps[steps.length - 1].slice(1))}, after ${steps.length} in all`);
		this.labels.replaceChildren(...labels.filter((label) => label.textContent));
		scale(this.plans.axis, [[0, "0"], [1, String(most)]]);
	}
	/** @param {number} end seconds */
	drawTicks(end) {
		const step = niceStep(end || 1, max(2, floor((this.ticks.clientWidth || 600) / 90))), digits = decimalsFor(step);
		this.ticks.replaceChildren(...Array.from({ length: 1 + floor(end / step + 1e-6) }, (_, i) => {
			const mark = make("span", "", {}, [end >= 60 ? clock(i * step, digits) : `${(i * step).toFixed(end && digits)} s`]);
			mark.style.left = `${(100 * i * step) / (end || 1)}%`;
			return mark;
		}));
	}
}
