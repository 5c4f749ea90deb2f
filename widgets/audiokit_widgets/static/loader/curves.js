/** From columns of readings to paths and words; `loader_picture.py` and `loader_words.py` draw and write the same way. */

import { abs, floor, log10, max, min, round } from "../kit/units.js";

/** @typedef {(number | null)[]} Values */
/** @typedef {{ time: number[], took: Values, made: Values, waited: Values, plans: number[][], end: number, readings: number }} History */
/** @typedef {{ time: number, epoch: number, batch: number, before: number[], after: number[], reason: string }} Decision */

const FAR = 2.5, ROUND = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The highest of a curve; 0 where it has no value. @param {Values} values */
export const highest = (values) => values.reduce((/** @type {number} */ most, value) => max(most, value ?? 0), 0);

/** The top of the axis of throughput: round, above what training took, and near enough to read that. @param {Values} took @param {Values} made */
export function axisTop(took, made) {
	const most = highest(took), could = highest(made), wanted = max(most, most ? min(could, FAR * most) : could);
	if (wanted <= 0) return 1;
	const scale = 10 ** floor(log10(wanted));
	return scale * /** @type {number} */ (ROUND.find((factor) => factor * scale >= wanted * (1 - 1e-9)));
}

/** A curve's pieces between gaps, as points in thousandths of the width and hundredths of the height. @param {number[]} times @param {Values} values @param {number} end seconds @param {number} top */
export function pieces(times, values, end, top) {
	/** @type {[number, number][][]} */ const all = [];
	let open = false;
	times.forEach((time, i) => {
		const value = values[i];
		if (value === null) return void (open = false);
		if (!open) all.push([]);
		open = true;
		all[all.length - 1].push([+(1000 * time / end).toFixed(2), +(100 * (1 - min(max(value / top, 0), 1))).toFixed(2)]);
	});
	return all;
}

/** A line; a lone point is seen too. @param {[number, number][][]} all */
export const line = (all) => all.map((points) => `M${points.join("L")}${points.length > 1 ? "" : "h1"}`).join("");

/** What lies below a line. @param {[number, number][][]} all */
export const area = (all) => all.map((points) => `M${points[0][0]} 100L${points.join("L")}V100z`).join("");

/** The reading nearest to a time, or -1. @param {number[]} times ascending @param {number} seconds */
export function nearest(times, seconds) {
	let low = 0, high = times.length - 1;
	while (low < high) {
		const middle = floor((low + high) / 2);
		if (times[middle] < seconds) low = middle + 1;
		else high = middle;
	}
	return low > 0 && abs(times[low - 1] - seconds) <= abs(times[low] - seconds) ? low - 1 : high;
}

/** Items that are made at the same time. @param {number[]} plan processes, threads */
export const workers = ([processes, threads]) => max(1, processes) * threads;

/** @param {number[]} plan processes, threads */
export const planLabel = ([processes, threads]) => (processes ? `${processes} × ${threads}` : `${threads} thread${threads === 1 ? "" : "s"}`);

/** What a decision did to the plan. @param {number[]} before @param {number[]} after */
export function planChange(before, after) {
	if (before.every((count, i) => count === after[i])) return `stays ${planLabel(after)}`;
	const ahead = before[2] === after[2] ? "" : `, ${before[2]} → ${after[2]} ahead`;
	return `${planLabel(before) === planLabel(after) ? "" : `${planLabel(before)} → `}${planLabel(after)}${ahead}`;
}

/** The plan in use at a time. @param {number[][]} plans @param {number} seconds */
export const planAt = (plans, seconds) => (plans.findLast(([start]) => start < seconds) ?? plans[0]).slice(1);

/** A figure with the digits that a reader needs. @param {number | null} value */
export function amount(value) {
	if (value === null) return "–";
	const size = abs(value), digits = size >= 100 || !size ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
	return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** @param {number | null | undefined} share */
export const percent = (share) => (share == null ? "–" : `${(100 * share).toFixed(1)} %`);

/** Seconds since the loader began. @param {number} seconds */
export function moment(seconds) {
	const whole = round(seconds);
	return whole < 3600 ? `${seconds.toFixed(1)} s` : `${floor(whole / 3600)} h ${floor(whole / 60) % 60} min ${whole % 60} s`;
}

/** A reading in words. @param {History} history @param {number} at */
export function reading({ time, took, made, waited, plans }, at) {
	return [
		moment(time[at]), `took ${amount(took[at])} items a second`, `could make ${amount(made[at])}`,
		`waited ${percent(waited[at])}`, planLabel(planAt(plans, time[at])),
	];
}

/** Decisions that would stand on one another as one mark. @param {Decision[]} rows oldest first @param {number} apart seconds @returns {Decision[][]} */
export function grouped(rows, apart) {
	/** @type {Decision[][]} */ const groups = [];
	for (const row of rows) {
		const last = groups[groups.length - 1];
		if (last && row.time - last[0].time < apart) last.push(row);
		else groups.push([row]);
	}
	return groups;
}
