/** Keys, while the widget has the focus; what is not listed here, and all with ctrl, alt or meta, goes on to the page. */

import { make } from "./dom.js";
import { button } from "./icons.js";

/** @typedef {{ keys: string[], shown: string, says: string, then: (event: KeyboardEvent) => void }} Binding */

/**
 * @param {{ stage: import("./stage.js").Stage, bar: import("./bar.js").Bar, help: () => void, onselect: (range: number[]) => void }} parts
 * @returns {Binding[]}
 */
export function playerKeys({ stage, bar, help, onselect }) {
	const { sound, viewport: view } = stage, { transport } = sound;
	/** @param {number} seconds */
	const step = (seconds) => stage.seek(transport.position + seconds, true);
	const small = () => Math.min(1, view.span / 20);
	/** @param {number} side */
	const mark = (side) => {
		const at = Math.round(transport.position * 1e4) / 1e4, range = stage.selection.length ? [...stage.selection] : side ? [view.start, at] : [at, view.end];
		range[side] = at;
		if (range[0] < range[1]) onselect(range);
	};
	return [
		{ keys: [" ", "k"], shown: "space, K", says: "play or pause", then: () => transport.toggle() },
		{ keys: ["ArrowLeft", "ArrowDown"], shown: "←", says: "back by a second (a twentieth of the view when close)", then: (e) => step(e.shiftKey ? -5 : -small()) },
		{ keys: ["ArrowRight", "ArrowUp"], shown: "→", says: "on by as much; with shift, 5 s", then: (e) => step(e.shiftKey ? 5 : small()) },
		{ keys: ["j"], shown: "J", says: "back 10 s", then: () => step(-10) },
		{ keys: ["l"], shown: "L", says: "on 10 s", then: () => step(10) },
		{ keys: ["L"], shown: "shift+L", says: "repeat the selection, or all", then: () => bar.toggleLoop() },
		{ keys: ["Home"], shown: "Home", says: "to the start", then: () => stage.seek(0, true) },
		{ keys: ["End"], shown: "End", says: "to the end", then: () => stage.seek(sound.facts.duration, true) },
		{ keys: ["+", "="], shown: "+", says: "closer", then: () => stage.zoom(2) },
		{ keys: ["-"], shown: "−", says: "wider", then: () => stage.zoom(0.5) },
		{ keys: ["0"], shown: "0", says: "show all", then: () => stage.zoom(0) },
		{ keys: ["PageUp"], shown: "Page up", says: "look back", then: () => (view.pan(-view.span * 0.9), stage.moved()) },
		{ keys: ["PageDown"], shown: "Page down", says: "look on", then: () => (view.pan(view.span * 0.9), stage.moved()) },
		{ keys: ["["], shown: "[", says: "selection starts here", then: () => mark(0) },
		{ keys: ["]"], shown: "]", says: "selection ends here", then: () => mark(1) },
		{ keys: ["Escape"], shown: "Esc", says: "no selection", then: () => onselect([]) },
		{ keys: ["?"], shown: "?", says: "these keys", then: help },
	];
}

/** @param {HTMLElement} root @param {Binding[]} bindings @param {AbortSignal} signal */
export function bindKeys(root, bindings, signal) {
	root.addEventListener("keydown", (event) => {
		const target = /** @type {HTMLElement} */ (event.target);
		if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || target.closest("input:not([type=range]), textarea, select, [contenteditable]")) return;
		if ([" ", "Enter"].includes(event.key) && target.closest("button, summary")) return; // those are pressed by it
		if (event.key.startsWith("Arrow") && target.closest("input")) return; // the volume
		const bound = bindings.find(({ keys }) => keys.includes(event.key)) ?? bindings.find(({ keys }) => !event.shiftKey && keys.includes(event.key.toLowerCase()));
		if (!bound) return;
		bound.then(event);
		event.preventDefault();
		event.stopPropagation();
	}, { signal });
}

/** A list of the keys, over the widget. @param {Binding[]} bindings @param {() => void} onclose @param {string[]} more lines about the mouse */
export function helpPanel(bindings, onclose, more) {
	const rows = bindings.map(({ shown, says }) => make("div", "key", {}, [make("kbd", "", {}, [shown]), make("span", "", {}, [says])]));
	const close = button("tool", "Close", ["Close"]);
	close.addEventListener("click", onclose);
	const panel = make("div", "keys", { role: "dialog", "aria-label": "Keys" }, [make("div", "keylist", {}, rows), ...more.map((line) => make("p", "", {}, [line])), close]);
	panel.addEventListener("keydown", (event) => {
		if (event.key !== "Escape" && event.key !== "?") return;
		onclose();
		event.stopPropagation();
		event.preventDefault();
	});
	return { panel, close };
}
