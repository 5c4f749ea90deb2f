/** Gives the element its source: embedded bytes, a file that the Jupyter server gives out, or pieces from the kernel. */

import { hashOf, jupyterBase } from "./carrier.js";
import { Stream } from "./stream.js";

/** @typedef {import("../kit/types.js").Model} Model */
/** @typedef {{ model: Model, asks: import("./asks.js").Asks, carrier: import("./carrier.js").Carrier, audio: HTMLAudioElement, signal: AbortSignal, say: (message: string) => void }} Setting */

/** The address of the file itself, if the server behind this page gives out these very bytes. @param {Model} model */
async function servedUrl(model) {
	const { path, base_url, size_bytes, head_bytes, head_digest } = model.get("served");
	const url = `${jupyterBase() || base_url}files/${path}`;
	const answer = await fetch(url, { headers: { Range: `bytes=0-${head_bytes - 1}` }, cache: "no-store" });
	const whole = answer.headers.get("Content-Range")?.split("/")[1];
	if (answer.status !== 206 || Number(whole) !== size_bytes) throw new Error("another file");
	if ((await hashOf(new Uint8Array(await answer.arrayBuffer()))) !== head_digest) throw new Error("another file");
	return url;
}

/** @param {Setting} setting */
export async function open(setting) {
	const { model, carrier, audio, signal, say } = setting;
	const failed = () => say(`This browser cannot play this sound (${audio.error?.message || model.get("mime_type")}).`);
	if (model.get("delivery") === "embedded") {
		const bytes = await carrier.get();
		const url = URL.createObjectURL(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], { type: model.get("mime_type") }));
		signal.addEventListener("abort", () => URL.revokeObjectURL(url));
		audio.addEventListener("error", failed, { signal });
		say("");
		audio.src = url;
		return;
	}
	const pieces = () => new Stream(setting, failed);
	const url = model.get("delivery") === "served" ? await servedUrl(model).catch(() => "") : "";
	if (!url) return void pieces();
	audio.addEventListener("error", pieces, { signal, once: true });
	audio.src = url;
}
