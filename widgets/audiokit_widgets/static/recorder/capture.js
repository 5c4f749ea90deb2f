/** The microphone: opened with what was chosen, and read block by block at the rate of the device. */

/**
 * `planes` by channel; `stamp` in seconds, of the first frame.
 * @typedef {(planes: Float32Array[], stamp: number, rate: number) => void} OnBlock
 * @typedef {{ track: MediaStreamTrack, given: MediaTrackSettings, close(): void }} Capture
 */

const WORKLET = "registerProcessor('ak-tap',class extends AudioWorkletProcessor{process([a]){"
	+ "const l=a.length;if(l){if(!this.n||this.a.length!==l){this.a=a.map(()=>new Float32Array(512));this.n=0;this.t=currentTime}"
	+ "a.forEach((c,i)=>this.a[i].set(c,this.n));this.n+=a[0].length;"
	+ "if(this.n>511){this.port.postMessage([this.a,this.t]);this.n=0}}return true}})";

const AGAIN = ", then press Record again.", OTHER = "choose another device" + AGAIN;
/** @type {Record<string, string>} */
const CURES = {
	Insecure: "Browsers give the microphone to https pages and to localhost only. Open the notebook through https, or bring it to localhost: ssh -L 8888:localhost:8888 HOST.",
	System: "The operating system does not let the browser use the microphone. Allow it in the system's privacy settings" + AGAIN,
	NotAllowedError: "The browser was not allowed to use the microphone. Allow it with the sign beside the address" + AGAIN,
	NotFoundError: "No microphone was found. Plug one in or switch it on" + AGAIN,
	NotReadableError: "The microphone is busy, or its driver fails. Close the program that uses it, or " + OTHER,
	OverconstrainedError: "The chosen device is not there. Plug it in, or " + OTHER,
};

/** What went wrong, and its cure. @param {any} error */
export function explained({ name, message }) {
	const key = name === "NotAllowedError" && /system/i.test(message) ? "System" : name;
	return CURES[key] ?? `The microphone could not be opened (${name}: ${message}). Reload the page, or ${OTHER}`;
}

/** Why recording cannot even be asked for, or an empty string. */
export const hindrance = () => (isSecureContext && navigator.mediaDevices ? "" : CURES.Insecure);

/** The inputs, whose names a browser tells once the microphone was allowed. @returns {Promise<MediaDeviceInfo[]>} */
export async function inputs() {
	const all = hindrance() ? [] : await navigator.mediaDevices.enumerateDevices();
	return all.filter(({ kind, label }) => kind === "audioinput" && label);
}

/** @param {MediaTrackConstraints} wanted @param {OnBlock} onBlock @returns {Promise<Capture>} */
export async function capture(wanted, onBlock) {
	const stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
	const [track] = stream.getAudioTracks();
	const given = track.getSettings();
	try {
		// The first reads the device itself. An AudioContext runs by the loudspeaker's clock: holes come where the two part.
		const Processor = /** @type {any} */ (globalThis).MediaStreamTrackProcessor;
		const close = Processor ? read(new Processor({ track, maxBufferSize: 3000 }).readable.getReader(), onBlock) : await listen(stream, given, onBlock);
		return { track, given, close: () => (track.stop(), close()) };
	} catch (error) {
		track.stop();
		throw error;
	}
}

/** @param {ReadableStreamDefaultReader<any>} reader @param {OnBlock} onBlock */
function read(reader, onBlock) {
	const next = async () => {
		for (;;) {
			const { value, done } = await reader.read();
			if (done) return;
			const { numberOfChannels: length, numberOfFrames, timestamp, sampleRate } = value;
			const planes = Array.from({ length }, () => new Float32Array(numberOfFrames));
			planes.forEach((plane, planeIndex) => value.copyTo(plane, { planeIndex, format: "f32-planar" }));
			value.close();
			onBlock(planes, timestamp / 1e6, sampleRate);
		}
	};
	next().catch(() => {}); // cancelled
	return () => void reader.cancel();
}

/** @param {MediaStream} stream @param {MediaTrackSettings} given @param {OnBlock} onBlock */
async function listen(stream, { sampleRate, channelCount = 1 }, onBlock) {
	let context = new AudioContext(sampleRate ? { sampleRate } : {}), source;
	try {
		source = context.createMediaStreamSource(stream);
	} catch {
		context.close();
		context = new AudioContext(); // of a browser that joins nothing of two rates
		source = context.createMediaStreamSource(stream);
	}
	const url = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
	await context.audioWorklet.addModule(url);
	URL.revokeObjectURL(url);
	const tap = new AudioWorkletNode(context, "ak-tap", { numberOfOutputs: 0, channelCount, channelCountMode: "explicit" }); // no way to the loudspeaker
	tap.port.onmessage = ({ data: [planes, stamp] }) => onBlock(planes, stamp, context.sampleRate);
	source.connect(tap);
	await context.resume();
	return () => {
		source.disconnect();
		context.close();
	};
}
