/** A WAV file of 32-bit floating-point samples, for what is heard and saved in the page itself. */

/** Its 44 bytes before the samples. @param {number} channels @param {number} rate Hz @param {number} frames */
export function wavHead(channels, rate, frames) {
	const frame = 4 * channels, size = frames * frame;
	// "RIFF", "WAVE", "fmt " and "data", as the little-endian machines that browsers run on read four letters
	return new Uint32Array([0x46464952, 36 + size, 0x45564157, 0x20746d66, 16, 3 + channels * 65536, rate, rate * frame, frame + 32 * 65536, 0x61746164, size]);
}

/** Channel after channel, as frame after frame. @param {Float32Array} data @param {number} channels */
export function interleaved(data, channels) {
	const frames = data.length / channels;
	return data.map((_, i) => data[(i % channels) * frames + Math.floor(i / channels)]);
}
