/** Texts that were put in place of others, and the way back. */

/** @typedef {Record<string, string>} Texts by the place of the word; empty: taken away */

export class Revisions {
	/** @param {Texts} texts */
	constructor(texts) {
		this.texts = texts;
		/** @type {Texts[]} */ this.past = [];
		/** @type {Texts[]} */ this.future = [];
	}
	/** @param {Texts} texts @returns {boolean} whether it is something else */
	put(texts) {
		if (same(texts, this.texts)) return false;
		this.past.push(this.texts);
		if (this.past.length > 500) this.past.shift();
		this.future = [];
		this.texts = texts;
		return true;
	}
	/** @param {number} unit @param {string} text @param {string} given what stood there first @returns {boolean} */
	change(unit, text, given) {
		const { [unit]: _before, ...others } = this.texts, lean = text.trim().split(/\s+/).join(" ");
		return this.put(lean === given ? others : { ...others, [unit]: lean });
	}
	/** @param {"past" | "future"} way @returns {boolean} whether there was a way */
	travel(way) {
		const to = this[way].pop();
		if (!to) return false;
		this[way === "past" ? "future" : "past"].push(this.texts);
		this.texts = to;
		return true;
	}
}

/** @param {Texts} a @param {Texts} b */
export function same(a, b) {
	const keys = Object.keys(a);
	return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
