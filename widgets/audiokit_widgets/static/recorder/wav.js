/** The head of a WAV file of 32-bit floating-point samples, for what must be saved from the page itself. */

/** @param {number} channels @param {number} rate Hz @param {number} frames */
export function wavHead(channels, rate, frames) {
	const view = new DataView(new ArrayBuffer(58));
	const size = frames * channels * 4;
	/** @param {number} at @param {string} text */
	const letters = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
	letters(0, "RIFF");
	view.setUint32(4, 50 + size, true);
	letters(8, "WAVEfmt ");
	view.setUint32(16, 18, true);
	view.setUint16(20, 3, true); // floating point, which wants the extension's size and a "fact"
	view.setUint16(22, channels, true);
	view.setUint32(24, rate, true);
	view.setUint32(28, rate * channels * 4, true);
	view.setUint16(32, channels * 4, true);
	view.setUint16(34, 32, true);
	letters(38, "fact");
	view.setUint32(42, 4, true);
	view.setUint32(46, frames, true);
	letters(50, "data");
	view.setUint32(54, size, true);
	return view.buffer;
}

/** Channel after channel, as frame after frame. @param {Float32Array} data @param {number} channels */
export function interleaved(data, channels) {
	const frames = data.length / channels;
	const out = new Float32Array(data.length);
	for (let c = 0; c < channels; c++) for (let i = 0; i < frames; i++) out[i * channels + c] = data[c * frames + i];
	return out;
}
