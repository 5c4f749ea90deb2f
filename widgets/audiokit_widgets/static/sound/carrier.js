/** The sound's bytes: from the kernel, from the page, or from the notebook's file; known by their hash. */

const SEARCH_AFTER_MS = 1500;

/** @typedef {import("../kit/types.js").Model} Model */

/**
 * SHA-256 in hexadecimal; empty where the browser has none, which is a page that comes by plain http from another machine.
 * @param {Uint8Array} bytes
 */
export async function hashOf(bytes) {
	if (!globalThis.crypto?.subtle) return "";
	const hash = await crypto.subtle.digest("SHA-256", /** @type {Uint8Array<ArrayBuffer>} */ (bytes));
	return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Where the server begins, as its page says; empty outside of Jupyter. */
export function jupyterBase() {
	const config = document.getElementById("jupyter-config-data");
	return config ? JSON.parse(config.textContent || "{}").baseUrl || "/" : "";
}

/** The file of the notebook in this page, as text. */
async function notebookText() {
	const base = jupyterBase(), path = base && /\/(?:tree|notebooks)\/(.+)$/.exec(location.pathname.slice(base.length - 1));
	if (!path) return "";
	const answer = await fetch(`${base}files/${path[1]}`, { cache: "no-store" });
	return answer.ok ? answer.text() : "";
}

/** Sound of this hash in `data:` addresses. @param {string} text @param {string} digest @param {number} size bytes */
export async function soundIn(text, digest, size) {
	for (const [, base64] of text.matchAll(/data:(?:audio|video)\/[\w.+-]+;base64,([\w+/]+=*)/g)) {
		if (base64.length !== 4 * Math.ceil(size / 3)) continue; // cheaper than a hash
		const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
		if ((await hashOf(bytes)) === digest) return bytes;
	}
	return null;
}

export class Carrier {
	/** @param {Model} model @param {import("./asks.js").Asks} asks @param {(message: string) => void} say */
	constructor(model, asks, say) {
		this.model = model;
		this.asks = asks;
		this.say = say;
		this.asked = false;
		/** @type {Uint8Array | null} */ this.bytes = null;
		/** @type {(bytes: Uint8Array) => void} */ let give = () => {};
		/** @type {Promise<Uint8Array>} */ this.coming = new Promise((resolve) => (give = resolve));
		/** What comes first stays. @param {Uint8Array} bytes */
		this.take = (bytes) => give((this.bytes ??= bytes));
	}
	/** @returns {Promise<Uint8Array>} for as long as it takes */
	get() {
		if (!this.asked) this.search();
		return this.coming;
	}
	async search() {
		const { asks, model } = this;
		this.asked = true;
		const refusal = this.bytes ? "" : await asks.ask({ kind: "bytes" }, SEARCH_AFTER_MS).then(() => "", (error) => (asks.alive ? error.message : ""));
		if (this.bytes) return;
		const digest = model.get("digest_bytes"), size = model.get("size_bytes");
		const stands = [...document.querySelectorAll("audio")].map((audio) => audio.getAttribute("src") ?? "").join(" ");
		const found = digest && ((await soundIn(stands, digest, size)) ?? (await soundIn(await notebookText().catch(() => ""), digest, size)));
		if (found) this.take(found);
		else if (!this.bytes) this.say(refusal || "The sound is not in this page, and the kernel does not answer: run the cell again.");
	}
}
