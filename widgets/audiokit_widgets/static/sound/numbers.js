/** The few numbers' names that the sound's modules share: `kit/units.js` would bring all that views need. */

export const { abs, ceil, floor, log2, max, min, round } = Math;

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => min(max(value, low), high);
