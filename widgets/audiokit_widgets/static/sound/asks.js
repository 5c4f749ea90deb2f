/** Questions to the kernel, and whether there is one. */

import { bytesOf } from "../kit/bell.js";

/** @typedef {import("../kit/types.js").Model} Model */

/** The kernel said no; anything else that goes wrong is silence. */
export class Refusal extends Error {}

export class Asks {
	/** @param {Model} model @param {(content: any, data: Uint8Array[]) => void} told what comes unasked, or with a kind */
	constructor(model, told) {
		this.model = model;
		/** Whether the last question was answered; null before the first. @type {boolean | null} */
		this.alive = null;
		/** @type {Map<string, { resolve: (answer: { content: any, data: Uint8Array[] }) => void, reject: (error: Error) => void }>} */
		this.open = new Map();
		this.prefix = Math.random().toString(36).slice(2); // answers reach every page that shows the sound
		this.count = 0;
		model.on("msg:custom", (content, buffers) => {
			const data = (buffers ?? []).map(bytesOf), waiting = this.open.get(content.id);
			if (content.id && !content.gone) this.alive = true;
			if (content.kind) told(content, data);
			if (!waiting) return;
			this.open.delete(content.id);
			if (content.gone) this.alive = false;
			if (content.gone || content.error) waiting.reject(new (content.gone ? Error : Refusal)(content.error ?? "no kernel"));
			else waiting.resolve({ content, data });
		});
	}
	/** @param {any} content @param {number} patience milliseconds @returns {Promise<{ content: any, data: Uint8Array[] }>} */
	ask(content, patience) {
		const id = `${this.prefix}-${++this.count}`;
		return new Promise((resolve, reject) => {
			this.open.set(id, { resolve, reject });
			setTimeout(() => {
				if (!this.open.delete(id)) return;
				this.alive = false;
				reject(new Error("no answer"));
			}, patience);
			this.model.send({ ...content, id });
		});
	}
}
