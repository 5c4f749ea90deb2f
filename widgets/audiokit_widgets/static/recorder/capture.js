/** The microphone: opened with what was chosen, and read block by block at the rate of the device. */

/**
 * @typedef {{ deviceId: string, channels: number, echo: boolean, noise: boolean, gain: boolean }} Wanted
 * `planes` by channel; `stamp` in seconds, of the first frame.
 * @typedef {(planes: Float32Array[], stamp: number, rate: number) => void} OnBlock
 * @typedef {{ track: MediaStreamTrack, rate: number, notes: string[], close(): void }} Capture
 */

const BATCH = 512; // frames that the worklet gives at a time
const WORKLET = "registerProcessor('ak-tap', class extends AudioWorkletProcessor { process([input]) {"
	+ " if (input.length) {"
	+ ` if (!this.a || this.a.length !== input.length) { this.a = input.map(() => new Float32Array(${BATCH})); this.n = 0; }`
	+ " if (!this.n) this.t = currentTime;"
	+ " input.forEach((c, i) => this.a[i].set(c, this.n)); this.n += input[0].length;"
	+ ` if (this.n >= ${BATCH}) { this.port.postMessage([this.a, this.t], this.a.map((c) => c.buffer)); this.a = null; } }`
	+ " return true; } });";

/** What went wrong, and its cure. @param {any} error */
export function explained(error) {
	const name = error?.name ?? "", said = String(error?.message ?? error);
	if (name === "Insecure") return "Browsers give the microphone to https pages and to localhost only. Open the notebook through https, or through localhost: ssh -L 8888:localhost:8888 HOST brings a remote one there.";
	if (name === "NotAllowedError" && /system/i.test(said)) return "The operating system does not let the browser use the microphone. Allow it in the system's privacy settings, then press Record again.";
	if (name === "NotAllowedError" || name === "SecurityError") return "The browser was not allowed to use the microphone. Allow it with the sign beside the address, then press Record again.";
	if (name === "NotFoundError") return "No microphone was found. Plug one in or switch it on, then press Record again.";
	if (name === "NotReadableError") return "The microphone is busy or its driver fails. Close the other program that uses it, or choose another device, then press Record again.";
	if (name === "OverconstrainedError") return "The chosen device is not there any more. Choose another one, then press Record again.";
	return `The microphone could not be opened (${name || "error"}: ${said}). Choose another device, or reload the page and press Record again.`;
}

/** Why recording cannot even be asked for, or null. */
export function hindrance() {
	return isSecureContext && navigator.mediaDevices ? null : { name: "Insecure" };
}

/** The inputs, whose names a browser tells once the microphone was allowed. @returns {Promise<MediaDeviceInfo[]>} */
export async function inputs() {
	if (hindrance()) return [];
	const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
	return all.filter(({ kind, label, deviceId }) => kind === "audioinput" && label && deviceId);
}

/** @param {Wanted} wanted @param {OnBlock} onBlock @returns {Promise<Capture>} */
export async function capture(wanted, onBlock) {
	const hindered = hindrance();
	if (hindered) throw hindered;
	const stream = await navigator.mediaDevices.getUserMedia({
		audio: {
			...(wanted.deviceId && { deviceId: { exact: wanted.deviceId } }),
			channelCount: { ideal: wanted.channels },
			echoCancellation: wanted.echo, noiseSuppression: wanted.noise, autoGainControl: wanted.gain,
		},
	});
	const [track] = stream.getAudioTracks();
	const given = track.getSettings();
	const notes = [];
	/** @type {[string, boolean, any][]} */
	const asked = [["echo cancellation", wanted.echo, given.echoCancellation], ["noise suppression", wanted.noise, given.noiseSuppression], ["automatic gain", wanted.gain, given.autoGainControl]];
	for (const [name, want, got] of asked) if (got !== undefined && Boolean(got) !== want) notes.push(`the browser keeps ${name} ${got ? "on" : "off"}`);
	try {
		// Reads the device itself. Through an AudioContext, whose clock is the loudspeaker's, holes come where the two clocks part.
		const Processor = /** @type {any} */ (globalThis).MediaStreamTrackProcessor;
		const tap = Processor ? read(new Processor({ track, maxBufferSize: 3000 }).readable.getReader(), onBlock) : await listen(stream, given.sampleRate, onBlock);
		const rate = tap.rate ?? given.sampleRate;
		if (given.sampleRate && rate !== given.sampleRate) notes.push(`the browser resampled from ${given.sampleRate} to ${rate} Hz`);
		return { track, rate, notes, close: () => { track.stop(); tap.close(); } };
	} catch (error) {
		track.stop();
		throw error;
	}
}

/** @param {ReadableStreamDefaultReader<any>} reader @param {OnBlock} onBlock @returns {{ rate?: number, close(): void }} */
function read(reader, onBlock) {
	let open = true;
	(async () => {
		while (open) {
			const { value, done } = await reader.read();
			if (done) return;
			const planes = Array.from({ length: value.numberOfChannels }, (_, planeIndex) => {
				const plane = new Float32Array(value.numberOfFrames);
				value.copyTo(plane, { planeIndex, format: "f32-planar" });
				return plane;
			});
			const { timestamp, sampleRate } = value;
			value.close();
			if (open) onBlock(planes, timestamp / 1e6, sampleRate);
		}
	})().catch(() => {}); // the track's own "ended" tells of it
	return { close: () => { open = false; reader.cancel().catch(() => {}); } };
}

/** @param {MediaStream} stream @param {number | undefined} rate @param {OnBlock} onBlock @returns {Promise<{ rate?: number, close(): void }>} */
async function listen(stream, rate, onBlock) {
	let context = new AudioContext(rate ? { sampleRate: rate } : {});
	let source;
	try {
		source = context.createMediaStreamSource(stream);
	} catch { // a browser that wants its own rate
		context.close();
		context = new AudioContext();
		source = context.createMediaStreamSource(stream);
	}
	const url = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
	try {
		await context.audioWorklet.addModule(url);
	} finally {
		URL.revokeObjectURL(url);
	}
	const tap = new AudioWorkletNode(context, "ak-tap", { numberOfOutputs: 0 }); // no way to the loudspeaker
	tap.port.onmessage = ({ data: [planes, stamp] }) => onBlock(planes, stamp, context.sampleRate);
	source.connect(tap);
	await context.resume();
	return { rate: context.sampleRate, close: () => { tap.port.onmessage = null; source.disconnect(); context.close().catch(() => {}); } };
}
