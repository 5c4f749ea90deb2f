/** Gives the element its source: embedded bytes, a file that the Jupyter server gives out, or pieces from the kernel. */

import { hashOf, jupyterBase } from "./notebook_file.js";
import { clamp } from "./numbers.js";
import { streaming } from "./stream.js";

/** @typedef {import("../kit/types.js").Model} Model */
/** @typedef {{ model: Model, asks: ReturnType<typeof import("./asks.js").asking>, carrier: ReturnType<typeof import("./carrier.js").carrying>,
 *   audio: HTMLAudioElement, signal: AbortSignal, say: (message: string) => void }} Setting */

/** The address of the file itself, if the server behind this page gives out these very bytes. @param {Model} model */
async function servedUrl(model) {
	const { path, base_url, size_bytes, head_bytes, head_digest } = model.get("served");
	const url = `${jupyterBase() || base_url}files/${path}`;
	const answer = await fetch(url, { headers: { Range: `bytes=0-${head_bytes - 1}` }, cache: "no-store" });
	const same = answer.status === 206 && answer.headers.get("Content-Range")?.endsWith(`/${size_bytes}`);
	return same && (await hashOf(new Uint8Array(await answer.arrayBuffer()))) === head_digest ? url : "";
}

/** A WAV file of 16 bits. @param {Float32Array[]} channels @param {number} rate */
export function wav(channels, rate) {
	const count = channels.length, frames = channels[0].length, size = 2 * count * frames, body = new Int16Array(count * frames);
	const head = Uint32Array.of(0x46464952, size + 36, 0x45564157, 0x20746d66, 16, 1 + (count << 16), rate, 2 * count * rate, 2 * count + (16 << 16), 0x61746164, size);
	channels.forEach((samples, c) => {
		for (let i = 0; i < frames; i++) body[i * count + c] = clamp(samples[i] * 32768, -32768, 32767);
	});
	return new Blob([head, body], { type: "audio/wav" });
}

/** @param {Setting} setting */
export async function open(setting) {
	const { model, carrier, audio, signal, say } = setting, delivery = model.get("delivery");
	const served = delivery === "served" && (await servedUrl(model).catch(() => ""));
	let tried = !served;
	audio.addEventListener("error", () => {
		if (tried) return say(`This browser cannot play this sound. ${audio.error?.message ?? ""}`);
		tried = true;
		streaming(setting);
	}, { signal });
	if (served) audio.src = served;
	else if (delivery !== "embedded") streaming(setting);
	else {
		// no browser seeks in an MP3 to the sample: what is a preview is decoded once, and played as it comes out
		const bytes = await carrier.get(), mime = model.get("mime_type"), samples = mime === "audio/mpeg" && (await carrier.samples());
		const url = URL.createObjectURL(samples ? wav(samples, model.get("sample_rate")) : new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], { type: mime }));
		signal.addEventListener("abort", () => URL.revokeObjectURL(url));
		say("");
		audio.src = url;
	}
}
