/** How a view of a sound begins: it waits for the sound and for the code that views share. */

import { make } from "./dom.js";

/** @typedef {import("./types.js").Model} Model @typedef {import("./types.js").Host} Host @typedef {import("./types.js").Sound} Sound @typedef {import("./types.js").Kit} Kit */

/**
 * A view of a sound as a host wants it: `render` that waits for the sound, builds, and says it plainly where that cannot be.
 * @param {(parts: { model: Model, sound: Sound, kit: Kit, signal: AbortSignal, el: HTMLElement, host: Host }) => HTMLElement} build
 * @returns {{ render(parts: { model: Model, el: HTMLElement, host: Host, signal?: AbortSignal }): Promise<() => void> }}
 */
export function soundView(build) {
	return {
		async render({ model, el, host, signal }) {
			const life = new AbortController();
			signal?.addEventListener("abort", () => life.abort());
			try {
				if (!host?.getWidget) throw new Error("this front-end does not let widgets share a sound; anywidget 0.11 or newer does");
				const [sound, stageKit, deckKit] = (await Promise.all(["sound", "stage_kit", "deck_kit"].map((name) => host.getWidget(model.get(name))))).map((child) => child.exports);
				if (!life.signal.aborted) el.append(build({ model, sound, kit: { ...stageKit, ...deckKit }, signal: life.signal, el, host }));
			} catch (error) {
				const reason = error instanceof Error ? error.message : String(error);
				el.append(make("div", "widget", { role: "alert" }, [`The sound cannot be shown: ${reason}. Run the cell again.`]));
			}
			return () => {
				life.abort();
				el.replaceChildren();
			};
		},
	};
}
