/** Sounds that stand in the notebook's file or in its page, known by their hash. */

/**
 * SHA-256 in hexadecimal; empty where the browser has none, which is a page that comes by plain http from another machine.
 * @param {Uint8Array} bytes
 */
export async function hashOf(bytes) {
	const hash = await crypto.subtle?.digest("SHA-256", /** @type {Uint8Array<ArrayBuffer>} */ (bytes));
	return Array.from(new Uint8Array(hash ?? 0), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Where the server begins, as its page says; empty outside of Jupyter. */
export function jupyterBase() {
	const config = document.getElementById("jupyter-config-data");
	return config ? JSON.parse(config.textContent || "{}").baseUrl || "/" : "";
}

/** The file of the notebook in this page, as text. */
export async function notebookText() {
	const base = jupyterBase(), path = base && /\/(?:tree|notebooks)\/(.+)$/.exec(location.pathname.slice(base.length - 1));
	const answer = path && (await fetch(`${base}files/${path[1]}`, { cache: "no-store" }));
	return answer && answer.ok ? answer.text() : "";
}

/** Sound of this hash in `data:` addresses. @param {string} text @param {string} digest @param {number} size bytes, if that is known: what is shorter need not be hashed */
export async function soundIn(text, digest, size = 0) {
	for (const [, base64] of text.matchAll(/data:audio\/[\w.+-]+;base64,([\w+/]+=*)/g)) {
		if (base64.length < size) continue;
		const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
		if ((await hashOf(bytes)) === digest) return bytes;
	}
}
