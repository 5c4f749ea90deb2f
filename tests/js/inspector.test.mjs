import assert from "node:assert/strict";
import { test } from "node:test";

import { Levels, aligned, figure, spansOf } from "../../widgets/audiokit_widgets/static/inspector/data.js";
import { arranged } from "../../widgets/audiokit_widgets/static/inspector/table.js";

const facts = (more) => ({ kind: "curve", hop: 0.5, start: 1, block: 16, bands: 2, levels: [], ...more });
/** A curve of `rows` values, 0 1 2 ..., whose level 0 is asked for and whose level 1 is here. */
function half(rows) {
	const bins = Math.ceil(rows / 4), data = new Float32Array(bins * 2);
	for (let i = 0; i < bins; i++) data.set([4 * i, Math.min(4 * i + 3, rows - 1)], 2 * i);
	const asked = [];
	const levels = new Levels(facts({ levels: [{ rows, at: null, times: null }, { rows: bins, at: 0, times: null }] }), data.buffer, (...what) => asked.push(what));
	return { levels, asked };
}

test("bytes that start anywhere become aligned, and a copy", () => {
	const raw = new Uint8Array(11);
	raw.set(new Uint8Array(new Float64Array([1.5]).buffer), 3);
	const buffer = aligned(new DataView(raw.buffer, 3));
	assert.deepEqual([...new Float64Array(buffer)], [1.5]);
	raw.fill(0);
	assert.deepEqual([...new Float64Array(buffer)], [1.5]);
});

test("spans come back with labels and without scores that are none", () => {
	const data = new ArrayBuffer(64);
	new Float64Array(data, 0, 2).set([0.5, 2]);
	new Float64Array(data, 16, 2).set([1, 3]);
	new Uint32Array(data, 32, 2).set([1, 0]);
	new Float32Array(data, 40, 2).set([0.25, NaN]);
	const spans = spansOf({ count: 2, vocabulary: ["a", "b"], starts: 0, ends: 16, labels: 32, scores: 40 }, data);
	assert.deepEqual(spans, [{ start: 0.5, end: 1, label: "b", score: 0.25 }, { start: 2, end: 3, label: "a", score: null }]);
});

test("the level has no more than four rows of its own for each column, and no fewer than one", () => {
	const { levels } = half(1000);
	levels.facts.levels = Array(6).fill({ rows: 1, at: 0, times: null });
	for (let rows = 0.01; rows < 900; rows *= 1.13) {
		const level = levels.pick(rows), own = rows / 4 ** level;
		assert.ok(own < 4.0001 && (level === 0 || own >= 0.9999), `${rows} rows: level ${level}`);
		const coarse = levels.pick(rows, Math.ceil);
		assert.ok(rows / 4 ** coarse <= 1.0001);
	}
});

test("rows are found by time, and outside of them there is none", () => {
	const { levels } = half(100);
	assert.equal(levels.rowAt(0, 1), 0);
	assert.equal(levels.rowAt(0, 1.499), 0);
	assert.equal(levels.rowAt(0, 1.5), 1);
	assert.equal(levels.rowAt(1, 3), 1);
	assert.ok(levels.rowAt(0, 0.9) < 0);
	const times = new Float64Array([0, 1, 4, 4.5, 9]), irregular = new Levels(facts({ hop: null, levels: [{ rows: 5, at: 40, times: 0 }] }), (() => {
		const data = new ArrayBuffer(64);
		new Float64Array(data, 0, 5).set(times);
		return data;
	})(), () => {});
	for (const [seconds, row] of [[0, 0], [0.5, 0], [4.2, 2], [8.9, 3], [100, 4]]) assert.equal(irregular.rowAt(0, seconds), row);
	assert.ok(irregular.rowAt(0, -0.1) < 0);
	assert.equal(irregular.pitch, 9 / 5);
});

test("what is not here is asked for once, block by block, and visited when it has come", () => {
	const { levels, asked } = half(100), seen = [];
	const visit = () => levels.each(0, 10, 40, (row, values, at, seconds) => seen.push([row, values[at], seconds]));
	assert.equal(visit(), false);
	assert.equal(visit(), false);
	assert.deepEqual(asked, [[0, 0], [0, 1], [0, 2]]);
	assert.deepEqual(seen, []);
	for (const block of [0, 1, 2]) levels.arrived(0, block, [new DataView(Float32Array.from({ length: 16 }, (_, i) => block * 16 + i).buffer)]);
	assert.equal(visit(), true);
	assert.deepEqual(seen[0], [10, 10, 6]);
	assert.deepEqual(seen.at(-1), [39, 39, 20.5]);
	assert.equal(seen.length, 30);
	assert.equal(levels.whole, 1);
	seen.length = 0;
	levels.each(1, -5, 9999, (row, values, at) => seen.push([row, values[at], values[at + 1]]));
	assert.deepEqual(seen.at(-1), [24, 96, 99]);
	assert.equal(seen.length, 25);
});

test("a filter and an order: stable, down and up, and by what was asked", () => {
	const entry = (lane, index, start, label, score) => ({ lane, index, span: { start, end: start + index, label, score } });
	const all = [entry(0, 0, 3, "b", null), entry(0, 1, 1, "A", 0.5), entry(1, 2, 2, "a", 0.9), entry(1, 3, 0, "ab", 0.1)];
	const by = (wish) => arranged(all, { text: "", lane: -1, key: "order", down: false, ...wish }).map(({ index }) => index);
	assert.deepEqual(by({}), [0, 1, 2, 3]);
	assert.deepEqual(by({ key: "start" }), [3, 1, 2, 0]);
	assert.deepEqual(by({ key: "label" }), [1, 2, 3, 0]);
	assert.deepEqual(by({ key: "label", down: true }), [0, 3, 1, 2]);
	assert.deepEqual(by({ key: "score" }), [0, 3, 1, 2]);
	assert.deepEqual(by({ key: "duration", down: true }), [3, 2, 1, 0]);
	assert.deepEqual(by({ text: " A " }), [1, 2, 3]);
	assert.deepEqual(by({ lane: 1 }), [2, 3]);
	assert.deepEqual(all.map(({ index }) => index), [0, 1, 2, 3]); // the given order stays
});

test("figures are short, with a minus and a unit, and say where there is none", () => {
	assert.equal(figure(-0.1234567, "dB"), "−0.123457 dB");
	assert.equal(figure(-0.1234567, "", 4), "−0.1235");
	assert.equal(figure(0.00036734, "FS", 4), "3.67e−4 FS");
	assert.equal(figure(0, "", 4), "0");
	assert.equal(figure(4), "4");
	assert.equal(figure(NaN, "dB"), "no value dB");
	assert.equal(figure(1e-9), "1e−9");
});
