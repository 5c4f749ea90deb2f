/** Which part of a sound is seen: zoom and pan, in seconds and pixels. */

import { clamp, max, min } from "./units.js";

export class Viewport {
	/** @param {number} duration seconds @param {number} rate Hz; at the closest, ten samples fill the view */
	constructor(duration, rate) {
		this.duration = max(duration, 1e-9);
		this.shortest = min(this.duration, 10 / rate);
		this.start = 0;
		this.end = this.duration;
		this.left = 0;
		this.width = 1;
	}
	get span() {
		return this.end - this.start;
	}
	get whole() {
		return this.span >= this.duration * (1 - 1e-9);
	}
	/** @param {number} start @param {number} end */
	show(start, end) {
		if (!(Number.isFinite(start) && Number.isFinite(end))) return;
		const span = clamp(end - start, this.shortest, this.duration);
		this.start = clamp(start, 0, this.duration - span);
		this.end = this.start + span;
	}
	/** @param {number} factor above 1 comes closer @param {number} about seconds that stay where they are */
	zoom(factor, about) {
		const span = clamp(this.span / factor, this.shortest, this.duration);
		const part = clamp((about - this.start) / this.span, 0, 1);
		this.show(about - part * span, about - part * span + span);
	}
	/** @param {number} seconds */
	pan(seconds) {
		this.show(this.start + seconds, this.start + seconds + this.span);
	}
	/** Turn the page when playback leaves it. @param {number} seconds @returns {boolean} whether it moved */
	follow(seconds) {
		if (this.whole || (seconds >= this.start && seconds < this.end)) return false;
		const before = this.start;
		const start = seconds >= this.end && seconds < this.end + this.span ? this.end - 0.05 * this.span : seconds - 0.05 * this.span;
		this.show(start, start + this.span);
		return this.start !== before;
	}
	/** @param {number} seconds */
	xOf(seconds) {
		return this.left + ((seconds - this.start) / this.span) * this.width;
	}
	/** @param {number} x pixels from the stage's left edge */
	timeOf(x) {
		return clamp(this.start + ((x - this.left) / this.width) * this.span, 0, this.duration);
	}
}
