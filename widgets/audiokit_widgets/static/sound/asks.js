/** Questions to the kernel, and whether there is one. */

import { bytesOf } from "../kit/bell.js";

/** @typedef {{ content: any, data: Uint8Array[] }} Answer */

/** The kernel said no; anything else that goes wrong is silence. */
export class Refusal extends Error {}

/** @param {import("../kit/types.js").Model} model @param {(content: any, data: Uint8Array[]) => void} told what comes with a kind, asked for or not */
export function asking(model, told) {
	/** @type {Map<string, (answer: Answer | Error) => void>} */ const open = new Map();
	const page = Math.random().toString(36).slice(2); // answers reach every page that shows the sound
	let count = 0;
	const asks = {
		/** Whether the last question was answered; null before the first. @type {boolean | null} */
		alive: null,
		/** @param {any} content @param {number} patience milliseconds @returns {Promise<Answer>} */
		ask: (content, patience) => new Promise((resolve, reject) => {
			const id = `${page}-${++count}`;
			open.set(id, (answer) => (open.delete(id), answer instanceof Error ? reject(answer) : resolve(answer)));
			setTimeout(() => {
				if (open.has(id)) asks.alive = false;
				open.get(id)?.(new Error());
			}, patience);
			model.send({ ...content, id });
		}),
	};
	model.on("msg:custom", (content, buffers) => {
		const { id, error, gone } = content, data = (buffers ?? []).map(bytesOf);
		if (id) asks.alive = !gone; // a host without a kernel says so
		if (content.kind) told(content, data);
		open.get(id)?.(gone ? new Error(gone) : error ? new Refusal(error) : { content, data });
	});
	return asks;
}
