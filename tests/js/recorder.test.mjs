import assert from "node:assert/strict";
import { test } from "node:test";

import { explained } from "../../widgets/audiokit_widgets/static/recorder/capture.js";
import { Meter, Outline } from "../../widgets/audiokit_widgets/static/recorder/meter.js";
import { Outbox } from "../../widgets/audiokit_widgets/static/recorder/outbox.js";
import { Slicer } from "../../widgets/audiokit_widgets/static/recorder/slices.js";
import { interleaved, wavHead } from "../../widgets/audiokit_widgets/static/recorder/wav.js";

function random(seed) {
	return () => {
		seed = (seed * 1664525 + 1013904223) % 4294967296;
		return seed / 4294967296;
	};
}

const near = (a, b, within) => assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

/** The kernel's end of the line: pieces by number, answered as `audiokit_widgets.intake` does. */
class Kernel {
	constructor() {
		this.pieces = new Map();
		this.ending = null;
	}
	hear({ kind, number, order, ...rest }, data) {
		if (kind === "piece") this.pieces.set(number, data);
		if (kind === "end") this.ending = rest;
		const highest = Math.max(-1, ...this.pieces.keys());
		let next = 0;
		while (this.pieces.has(next)) next++;
		const missing = [];
		for (let n = next; n <= highest && missing.length < 64; n++) if (!this.pieces.has(n)) missing.push(n);
		const lacking = this.ending && Array.from({ length: this.ending.pieces }, (_, n) => n).filter((n) => !this.pieces.has(n));
		if (lacking && lacking.every((n) => this.ending.given_up.includes(n))) return { kind: "done" };
		return { kind: "have", next, highest, missing, order };
	}
}

/** Send `count` pieces over a line that does as it likes; time goes on a quarter of a second at a step. */
function transmit(count, seed, { loss, delay, cuts = () => false, steps = 5000 }) {
	const draw = random(seed), kernel = new Kernel(), line = [];
	let now = 0, most = 0, done = false;
	const outbox = new Outbox((content, data) => {
		if (cuts(now)) throw new Error("no line");
		if (draw() >= loss) line.push({ at: now + delay(draw), content, data });
	});
	for (let step = 0; step < steps && !done; step++, now += 250) {
		if (step < count) outbox.push({ data: Float32Array.of(step), frames: 1, stamp: step, run: 0 }, now);
		if (step === count) outbox.end({ reason: "" }, now);
		outbox.tick(now);
		most = Math.max(most, outbox.parcels.filter(({ order }) => order).length);
		while (line.length && line[0].at <= now) { // a line keeps its order
			const { content, data } = line.shift();
			const answer = kernel.hear(content, data);
			if (draw() < loss) continue;
			if (answer.kind === "done") done = true;
			else outbox.confirm(answer, now);
		}
	}
	return { kernel, outbox, most, done };
}

test("whatever is lost on the line comes again, at most eight at a time, and the end is heard", () => {
	for (let seed = 1; seed <= 60; seed++) {
		const { kernel, outbox, most, done } = transmit(100, seed, { loss: (seed % 4) * 0.08, delay: (draw) => draw() * 2000 });
		assert.ok(done, `seed ${seed}`);
		assert.deepEqual(outbox.given_up, []);
		assert.ok(most <= 8);
		assert.equal(kernel.pieces.size, 100);
		for (const [number, data] of kernel.pieces) assert.equal(data[0], number);
	}
});

test("a kernel that is busy for a minute, and a line that is cut for one, lose nothing", () => {
	const busy = transmit(100, 7, { loss: 0, delay: () => 60_000 });
	assert.ok(busy.done);
	assert.equal(busy.kernel.pieces.size, 100);
	const cut = transmit(400, 7, { loss: 0, delay: () => 10, cuts: (now) => now > 5000 && now < 65_000 });
	assert.ok(cut.done);
	assert.equal(cut.kernel.pieces.size, 400);
});

test("while all goes well nothing is sent twice", () => {
	let sent = 0;
	const kernel = new Kernel();
	const answers = [];
	const outbox = new Outbox((content, data) => {
		sent++;
		answers.push(kernel.hear(content, data));
	});
	for (let n = 0; n < 50; n++) {
		outbox.push({ data: Float32Array.of(n), frames: 1, stamp: n, run: 0 }, n * 250);
		while (answers.length) outbox.confirm(answers.shift(), n * 250);
		outbox.tick(n * 250);
	}
	outbox.end({ reason: "" }, 12_500);
	assert.equal(sent, 51);
	assert.equal(outbox.waiting, 0);
	assert.deepEqual(answers.map(({ kind }) => kind), ["done"]);
});

test("a piece that never gets through is given up after twelve tries, and the end says which", () => {
	const kernel = new Kernel(), answers = [];
	let tries = 0;
	const outbox = new Outbox((content, data) => {
		if (content.number === 3) tries++;
		else answers.push(kernel.hear(content, data));
	});
	for (let n = 0; n < 80; n++) {
		if (n < 10) outbox.push({ data: Float32Array.of(n), frames: 1, stamp: n, run: 0 }, n * 250);
		if (n === 10) outbox.end({ reason: "" }, n * 250);
		while (answers.length) {
			const answer = answers.shift();
			if (answer.kind === "done") return assert.deepEqual([tries, kernel.ending.given_up], [12, [3]]);
			outbox.confirm(answer, n * 250);
		}
		outbox.tick(n * 5000);
	}
	assert.fail("no end");
});

test("a silent kernel is asked ever more rarely", () => {
	const asked = [];
	let now = 0;
	const outbox = new Outbox(({ kind }) => kind === "where" && asked.push(now));
	outbox.push({ data: new Float32Array(1), frames: 1, stamp: 0, run: 0 }, 0);
	for (now = 0; now < 600_000; now += 250) outbox.tick(now);
	assert.ok(asked.length >= 8 && asked.length <= 14, String(asked));
	for (let i = 1; i < asked.length; i++) assert.ok(asked[i] - asked[i - 1] <= 60_250);
	assert.equal(outbox.silent, 599_750);
});

test("pieces are the samples, however they were blocked", () => {
	const draw = random(3);
	for (let round = 0; round < 50; round++) {
		const channels = 1 + Math.floor(draw() * 5), rate = 8000;
		const whole = Array.from({ length: channels }, () => Float32Array.from({ length: 3000 }, () => draw() - 0.5));
		const pieces = [];
		const slicer = new Slicer(channels, 1 + Math.floor(draw() * 700), (data, frames, stamp) => pieces.push({ data, frames, stamp }));
		for (let at = 0; at < 3000; ) {
			const end = Math.min(3000, at + Math.floor(draw() * 400));
			slicer.push(whole.map((plane) => plane.subarray(at, end)), 10 + at / rate, rate);
			at = end;
		}
		slicer.flush();
		slicer.flush(); // gives nothing more
		let start = 0;
		for (const { data, frames, stamp } of pieces) {
			near(stamp, 10 + start / rate, 1e-9);
			for (let c = 0; c < channels; c++) assert.deepEqual(data.subarray(c * frames, (c + 1) * frames), whole[c].subarray(start, start + frames));
			start += frames;
		}
		assert.equal(start, 3000);
		assert.ok(pieces.slice(0, -1).every(({ frames }) => frames === slicer.size));
	}
});

test("RMS and peak of a sine, and a peak that holds for 1.5 s and falls 20 dB in the next", () => {
	const rate = 48_000, meter = new Meter(2, rate);
	const tone = (seconds, amplitude) => {
		for (let at = 0; at < seconds * rate; at += 480) {
			const plane = Float32Array.from({ length: 480 }, (_, i) => amplitude * Math.sin((2 * Math.PI * 1000 * (at + i)) / rate));
			meter.push([plane, new Float32Array(480)]);
		}
	};
	tone(3, 0.5);
	near(meter.bars[0].held, 0.5, 1e-6);
	near(Math.sqrt(meter.bars[0].square), 0.5 / Math.SQRT2, 1e-3);
	assert.equal(meter.bars[1].held, 0);
	tone(1.4, 0.01);
	near(meter.bars[0].held, 0.5, 1e-6);
	tone(1.1, 0.01);
	near(meter.bars[0].held, 0.05, 2e-3);
	assert.equal(meter.clipped, 0);
	tone(0.1, 1.5);
	assert.ok(meter.clipped > 1000);
});

test("the outline encloses every sample, whatever its length", () => {
	const draw = random(5);
	for (const frames of [1, 63, 64, 65, 640, 5000, 40_000]) {
		const outline = new Outline(64, 10), planes = [0, 1].map(() => Float32Array.from({ length: frames }, () => 1.9 * (draw() - 0.5)));
		planes[1][Math.floor(frames / 2)] = -1;
		for (let at = 0; at < frames; at += 333) outline.push(planes.map((plane) => plane.subarray(at, at + 333)));
		assert.equal(outline.frames, frames);
		assert.ok(outline.columns <= 64 && outline.columns * outline.span >= frames && (outline.columns - 1) * outline.span < frames);
		for (let column = 0; column < outline.columns; column++) {
			const seen = planes.flatMap((plane) => [...plane.subarray(column * outline.span, (column + 1) * outline.span)]);
			assert.equal(outline.low[column], Math.min(...seen));
			assert.equal(outline.high[column], Math.max(...seen));
			assert.equal(outline.clips[column], Number(seen.includes(-1)));
		}
	}
});

test("a WAV of the page is one that readers know", () => {
	const data = Float32Array.of(0.5, -0.25, 1, 0.125, 0, -1); // two channels of three frames
	const view = new DataView(wavHead(2, 44_100, 3).buffer);
	const text = (at) => String.fromCharCode(...new Uint8Array(view.buffer, at, 4));
	assert.deepEqual([0, 8, 12, 36].map(text), ["RIFF", "WAVE", "fmt ", "data"]);
	assert.deepEqual([4, 16, 24, 28, 40].map((at) => view.getUint32(at, true)), [36 + 24, 16, 44_100, 352_800, 24]);
	assert.deepEqual([20, 22, 32, 34].map((at) => view.getUint16(at, true)), [3, 2, 8, 32]);
	assert.deepEqual([...interleaved(data, 2)], [0.5, 0.125, -0.25, 0, 1, -1]);
});

test("every refusal has its cure, and an unknown one says what it was", () => {
	for (const name of ["NotAllowedError", "NotFoundError", "NotReadableError", "OverconstrainedError"]) {
		assert.match(explained({ name, message: "" }), /, then press Record again\.$/);
	}
	assert.match(explained({ name: "NotAllowedError", message: "Permission denied by system" }), /operating system/);
	assert.match(explained({ name: "Odd", message: "that" }), /\(Odd: that\)/);
});
