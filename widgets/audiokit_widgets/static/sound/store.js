/** What was computed, kept up to a number of bytes; and what is wanted, the latest first. */

const AT_ONCE = 4, MOST_WANTED = 64, REST_MS = 40;

/** @typedef {{ data: ArrayBufferView, partial?: boolean }} Held `partial` of a sound that is still being looked at */

/**
 * The least recently used goes first.
 * @template T
 */
export class Store {
	/** @param {(request: T) => Promise<Held>} fetch @param {() => void} told something came @param {number} most bytes */
	constructor(fetch, told, most = 16e6) {
		this.fetch = fetch;
		this.told = told;
		this.most = most;
		this.bytes = 0;
		/** @type {Map<string, Held>} */ this.held = new Map();
		/** @type {Map<string, T>} */ this.wanted = new Map();
		/** @type {Set<string>} */ this.flying = new Set();
		/** @type {any} */ this.timer = 0;
	}
	/** @param {string} key */
	peek(key) {
		const held = this.held.get(key);
		if (held) {
			this.held.delete(key);
			this.held.set(key, held);
		}
		return held;
	}
	/** What is there; asked for where it is not. @param {string} key @param {() => T} request */
	get(key, request) {
		const held = this.peek(key);
		if (held || this.flying.has(key)) return held;
		this.wanted.delete(key);
		this.wanted.set(key, request());
		for (const old of this.wanted.keys()) if (this.wanted.size > MOST_WANTED) this.wanted.delete(old);
		this.timer ||= setTimeout(() => this.pump(), REST_MS);
	}
	/** @param {string} key @param {Held} held */
	put(key, held) {
		this.drop(key);
		this.held.set(key, held);
		this.bytes += held.data.byteLength;
		for (const old of this.held.keys()) {
			if (this.bytes <= this.most || old === key) break;
			this.drop(old);
		}
	}
	/** @param {string} key */
	drop(key) {
		this.bytes -= this.held.get(key)?.data.byteLength ?? 0;
		this.held.delete(key);
	}
	/** What was computed from a part of the sound is computed again when it is next asked for. */
	refresh() {
		for (const [key, { partial }] of [...this.held]) if (partial) this.drop(key);
	}
	pump() {
		this.timer = 0;
		const keys = [...this.wanted.keys()].reverse();
		for (const key of keys.slice(0, AT_ONCE - this.flying.size)) {
			const request = /** @type {T} */ (this.wanted.get(key));
			this.wanted.delete(key);
			this.flying.add(key);
			const landed = () => {
				this.flying.delete(key);
				if (this.wanted.size) this.pump();
			};
			this.fetch(request).then((held) => {
				this.put(key, held);
				landed();
				this.told();
			}, landed);
		}
	}
}
