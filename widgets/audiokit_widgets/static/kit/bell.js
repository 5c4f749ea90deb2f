/** Listeners by name, and bytes as hosts hand them over. */

/** Bytes as a host hands them over. @param {DataView | Uint8Array | ArrayBuffer} view @returns {Uint8Array<ArrayBuffer>} */
export function bytesOf(view) {
	const { buffer = view, byteOffset, byteLength } = /** @type {any} */ (view);
	return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Listeners by name. */
export class Bell {
	constructor() {
		/** @type {Map<string, Set<() => void>>} */
		this.listeners = new Map();
	}
	/** @param {string} name @param {() => void} listener */
	on(name, listener) {
		const set = this.listeners.get(name) ?? new Set();
		this.listeners.set(name, set.add(listener));
		return () => void set.delete(listener);
	}
	/** @param {string} name */
	ring(name) {
		for (const listener of [...(this.listeners.get(name) ?? [])]) listener();
	}
}
