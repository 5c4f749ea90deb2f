/** Numbers as people read them; `wording.py` writes them the same way. */

export const { abs, ceil, floor, log10, max, min, round } = Math;

const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => min(max(value, low), high);

/** Seconds as m:ss.cc or h:mm:ss.cc. @param {number} seconds @param {number} decimals */
export function clock(seconds, decimals) {
	const scale = 10 ** decimals;
	const ticks = floor(seconds * scale + 0.5);
	const whole = floor(ticks / scale);
	const pad = (n = 0, digits = 2) => String(n).padStart(digits, "0");
	const hours = floor(whole / 3600), minutes = floor(whole / 60) % 60;
	const text = `${hours ? `${hours}:${pad(minutes)}` : minutes}:${pad(whole % 60)}`;
	return decimals ? `${text}.${pad(ticks % scale, decimals)}` : text;
}

/** The distance between time marks: the smallest round one that gives at most `most` of them. @param {number} seconds @param {number} most */
export function niceStep(seconds, most) {
	let small = 1; // below a millisecond: 1, 2, 5 of each decade
	for (let decade = -6; decade < -3; decade++) {
		for (small of [1, 2, 5]) if (seconds / (small * 10 ** decade) <= most) return small * 10 ** decade;
	}
	return STEPS.find((step) => seconds / step <= most) ?? ceil(seconds / most / 3600) * 3600;
}

/** How many decimals a step of seconds needs. @param {number} step */
export const decimalsFor = (step) => (step >= 1 ? 0 : min(6, ceil(-log10(step) - 1e-9)));

/** @param {number} count @param {string} noun */
export const counted = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
