/** Buttons and their pictures. */

import { make } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";

/** Shapes of the buttons, in a square of 16. */
export const SHAPES = {
	play: "M4 2.5v11l9.5-5.5z",
	pause: "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z",
	speaker: "M2 6v4h2.5L8 13V3L4.5 6zM10 4.6a4.5 4.5 0 0 1 0 6.8l.9 1a6 6 0 0 0 0-8.8z",
	loop: "M3 7a4 4 0 0 1 4-4h4V1l3 3-3 3V5H7a2 2 0 0 0-2 2zM13 9a4 4 0 0 1-4 4H5v2l-3-3 3-3v2h4a2 2 0 0 0 2-2z",
};

/** @param {string} shape */
export function icon(shape) {
	const svg = document.createElementNS(SVG, "svg");
	svg.setAttribute("viewBox", "0 0 16 16");
	svg.setAttribute("aria-hidden", "true");
	const path = document.createElementNS(SVG, "path");
	path.setAttribute("d", shape);
	svg.append(path);
	return svg;
}

/** A button that says what it does. @param {string} name @param {string} label @param {(Node | string)[]} children @param {Record<string, string>} attributes */
export function button(name, label, children, attributes = {}) {
	return make("button", name, { type: "button", "aria-label": label, title: label, ...attributes }, children);
}
