/** Levels and frequencies as people read them; `wording.py` writes them the same way. */

import { log10, round } from "./units.js";

/** @param {number} amplitude */
export const decibels = (amplitude) => 20 * log10(amplitude);

/** An amplitude in dBFS. @param {number} amplitude */
export function dbfs(amplitude) {
	return `${amplitude > 0 ? decibels(amplitude).toFixed(1).replace("-", "−") : "−∞"} dBFS`;
}

/** @param {number} hz */
export const hertz = (hz) => (hz >= 1000 ? `${+(hz / 1000).toPrecision(3)} kHz` : `${round(hz)} Hz`);

/** Slaney's mel scale. @param {number} hz */
export const hzToMel = (hz) => (hz < 1000 ? (hz * 3) / 200 : 15 + (27 * Math.log(hz / 1000)) / Math.log(6.4));

/** @param {number} mel */
export const melToHz = (mel) => (mel < 15 ? (mel * 200) / 3 : 1000 * Math.exp(((mel - 15) / 27) * Math.log(6.4)));
