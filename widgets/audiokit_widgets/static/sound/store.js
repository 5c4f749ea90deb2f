/** What was computed, kept up to a number of bytes; and what is wanted, the latest first. */

// Few wait: what the view has left must not keep the kernel from what it plays, and a draw asks again for what it needs
const ABREAST = 4, MOST_ASKS = 20, REST_MS = 40;

/** @typedef {{ data: Uint8Array | Float32Array, partial?: boolean }} Held `partial` of a sound that is still being looked at */

/**
 * The least recently used goes first.
 * @template T
 * @param {(request: T) => Promise<Held>} fetch @param {() => void} told something came @param {number} most bytes
 */
export function storing(fetch, told, most = 16e6) {
	/** @type {Map<string, Held>} */ const held = new Map();
	/** @type {Map<string, T>} */ const wanted = new Map();
	/** @type {Set<string>} */ const flying = new Set();
	let bytes = 0, timer = 0;
	/** @param {string} key */
	const drop = (key) => {
		bytes -= held.get(key)?.data.byteLength ?? 0;
		held.delete(key);
	};
	/** What is there. @param {string} key */
	const peek = (key) => {
		const found = held.get(key);
		if (found && held.delete(key)) held.set(key, found);
		return found;
	};
	/** @param {string} key @param {Held} value */
	const put = (key, value) => {
		drop(key);
		held.set(key, value);
		bytes += value.data.byteLength;
		for (const old of held.keys()) if (bytes > most && old !== key) drop(old);
	};
	const pump = () => {
		timer = 0;
		for (const [key, request] of [...wanted].reverse().slice(0, ABREAST - flying.size)) {
			wanted.delete(key);
			flying.add(key);
			const landed = () => {
				flying.delete(key);
				if (wanted.size) pump();
			};
			fetch(request).then((value) => {
				put(key, value);
				landed();
				told();
			}).catch(landed);
		}
	};
	return {
		peek,
		/** What is there; asked for where it is not. @param {string} key @param {T} request */
		get(key, request) {
			const found = peek(key);
			if (found || flying.has(key)) return found;
			wanted.delete(key);
			wanted.set(key, request);
			if (wanted.size > MOST_ASKS) wanted.delete([...wanted.keys()][0]);
			timer ||= /** @type {any} */ (setTimeout(pump, REST_MS));
		},
		/** What was computed from a part of the sound is computed again when it is next asked for. */
		refresh() {
			for (const [key, { partial }] of held) if (partial) drop(key);
		},
	};
}
