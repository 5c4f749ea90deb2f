/** A lane with its name above it, which can be hidden, and whose presses are told. */

/** @typedef {import("../kit/types.js").Lane} Lane @typedef {import("../kit/types.js").Box} Box */

const TITLE = 16;

export class TitledLane {
	/** @param {Lane & { drawScale?: (g: CanvasRenderingContext2D, right: number, middle: number, look: import("../kit/types.js").Look) => number }} lane @param {string} name @param {string} title @param {(seconds: number, y: number, box: Box) => void} [onpress] */
	constructor(lane, name, title, onpress) {
		this.lane = lane;
		this.name = name;
		this.title = title;
		this.onpress = onpress;
		this.hidden = false;
	}
	get height() {
		return this.hidden ? 0 : (this.lane.height || 10) + TITLE;
	}
	/** @param {Box} box */
	inner(box) {
		return { ...box, top: box.top + TITLE, height: box.height - TITLE };
	}
	/** @param {CanvasRenderingContext2D} g @param {Box} box @param {import("../kit/types.js").Look} look */
	draw(g, box, look) {
		const right = box.left + box.width, middle = box.top + TITLE / 2 - 1;
		g.textBaseline = "middle";
		const end = this.lane.drawScale?.(g, right, middle, look) ?? right;
		g.textAlign = "left";
		g.fillStyle = look.ink("ink");
		g.save();
		g.beginPath();
		g.rect(box.left, box.top, end - box.left - 8, TITLE);
		g.clip();
		g.fillText(this.title, box.left + 4, middle);
		g.restore();
		this.lane.draw(g, this.inner(box), look);
	}
	/** @param {number} seconds @param {number} y @param {Box} box */
	describe(seconds, y, box) {
		return y < box.top + TITLE ? [this.title] : (this.lane.describe?.(seconds, y, this.inner(box)) ?? []);
	}
	/** @param {number} seconds @param {number} y @param {Box} box */
	press(seconds, y, box) {
		this.onpress?.(seconds, y, this.inner(box));
		return false; // and the stage seeks
	}
	/** @param {number} seconds @param {number} y @param {Box} box */
	snap(seconds, y, box) {
		return this.lane.snap?.(seconds, y, this.inner(box)) ?? seconds;
	}
}
