import assert from "node:assert/strict";
import { test } from "node:test";

import { FADE_SECONDS, Voices } from "../../widgets/audiokit_widgets/static/compare/voices.js";

/** A context that writes down what is asked of it, with a clock that is moved by hand. */
function fake(rate = 16_000) {
	const sources = [], gains = [];
	const node = (more) => ({ connect() {}, disconnect() {}, ...more });
	const context = {
		sampleRate: rate,
		currentTime: 0,
		sources,
		gains,
		createGain() {
			const events = [], gain = { value: 1, events, setValueAtTime: (v, t) => events.push(["set", v, t]), linearRampToValueAtTime: (v, t) => events.push(["ramp", v, t]) };
			gains.push(gain);
			return node({ gain });
		},
		createBufferSource() {
			const source = node({ start: (at, from) => (source.started = [at, from]), stop: (at) => (source.stopped = at) });
			sources.push(source);
			return source;
		},
	};
	return context;
}

/** @param {number} seconds @param {number} count */
function made(seconds, count, context = fake()) {
	const voices = new Voices(context, {});
	voices.load(Array.from({ length: count }, () => ({ length: seconds * context.sampleRate })), Array(count).fill(0.5));
	return { voices, context };
}

const whole = (seconds) => Math.abs(seconds * 16_000 - Math.round(seconds * 16_000)) < 1e-6;

test("all voices start at one time, on one sample, ahead of the clock", () => {
	const { voices, context } = made(2, 5);
	context.currentTime = 1.23456;
	voices.start(0.333337);
	assert.equal(context.sources.length, 5);
	const [[at, from]] = context.sources.map((s) => s.started);
	for (const source of context.sources) assert.deepEqual(source.started, [at, from]);
	assert.ok(at > context.currentTime && whole(at) && whole(from));
	assert.ok(Math.abs(from - 0.333337) <= 0.5 / 16_000);
});

test("one is heard at its level and the others are silent", () => {
	const { voices, context } = made(2, 3);
	voices.mix([0, 1, 0], FADE_SECONDS);
	voices.start(0);
	assert.deepEqual(context.gains.slice(1, 4).map((g) => g.value), [0, 0.5, 0]);
});

test("a switch is asked for at one time in all voices, and two quick ones follow each other", () => {
	const { voices, context } = made(2, 2);
	voices.start(0);
	context.currentTime = 0.5;
	voices.mix([0, 1], FADE_SECONDS);
	voices.mix([1, 0], FADE_SECONDS);
	const [first, second] = context.gains.slice(1, 3).map((g) => g.events);
	assert.deepEqual(first.map((e) => e[2]), second.map((e) => e[2]));
	const times = first.map((e) => e[2]);
	assert.deepEqual([...times].sort((a, b) => a - b), times);
	assert.ok(times[0] > context.currentTime && times[2] >= times[1]);
	// At each moment the weights add up to one, so that equal sounds stay as they are.
	for (let i = 0; i < first.length; i++) assert.equal(first[i][1] + second[i][1], 0.5);
});

test("at once means no ramp", () => {
	const { voices, context } = made(2, 2);
	voices.start(0);
	voices.mix([0, 1], 0);
	assert.ok(context.gains.slice(1, 3).every((g) => g.events.every(([kind]) => kind === "set")));
});

test("the position follows the clock, goes round in a loop, and stops at the end", () => {
	const { voices, context } = made(2, 2);
	voices.start(0.5);
	const { at } = voices.run;
	context.currentTime = at + 0.25;
	assert.ok(Math.abs(voices.position - 0.75) < 1e-9);
	context.currentTime = at + 99;
	assert.equal(voices.position, 2);
	voices.repeat([1, 1.25]);
	const again = voices.run.at;
	assert.deepEqual(context.sources.slice(2).map((s) => [s.loop, s.loopStart, s.loopEnd]), [[true, 1, 1.25], [true, 1, 1.25]]);
	assert.equal(voices.run.from, 1); // it stood outside of the region
	for (const passed of [0.1, 0.35, 10.1]) {
		context.currentTime = again + passed;
		assert.ok(Math.abs(voices.position - 1.1) < 1e-6, `${voices.position}`);
	}
});

test("at its end it stands there, and from there it begins anew", () => {
	const { voices, context } = made(2, 2);
	let rung = 0;
	voices.on("change", () => (rung += 1));
	voices.start(1);
	context.sources[0].onended();
	assert.equal(voices.run, null);
	assert.equal(voices.position, 2);
	assert.equal(rung, 2);
	voices.start();
	assert.equal(voices.run.from, 0);
});

test("stopping fades all out together and keeps the place", () => {
	const { voices, context } = made(2, 3);
	voices.start(0);
	context.currentTime = voices.run.at + 0.7;
	voices.stop();
	assert.ok(Math.abs(voices.position - 0.7) < 1e-9);
	assert.equal(new Set(context.sources.map((s) => s.stopped)).size, 1);
	const [, , start, end] = context.gains[0].events;
	assert.deepEqual([start[1], end[1]], [1, 0]);
	assert.ok(start[2] > context.currentTime && end[2] === context.sources[0].stopped);
});

test("seeking while it stands only moves it; an old run that ends later changes nothing", () => {
	const { voices, context } = made(2, 2);
	voices.seek(1.5);
	assert.equal(context.sources.length, 0);
	voices.start();
	assert.equal(voices.run.from, 1.5);
	const old = context.sources[0];
	voices.seek(0.25);
	assert.equal(voices.run.from, 0.25);
	old.onended();
	assert.notEqual(voices.run, null);
});

test("a start that took too long is made again, so that no voice begins late", () => {
	const { voices, context } = made(2, 2);
	const real = performance.now;
	let now = 0, slow = 2;
	performance.now = () => (now += slow-- > 0 ? 40 : 0);
	try {
		voices.start(0);
	} finally {
		performance.now = real;
	}
	assert.equal(context.sources.length, 4);
	assert.deepEqual(context.sources[2].started, context.sources[3].started);
	assert.ok(context.sources[2].started[0] > context.sources[0].started[0]);
});
