import assert from "node:assert/strict";
import { test } from "node:test";

import { amount, area, axisTop, grouped, line, moment, nearest, percent, pieces, planAt, planChange, planLabel, reading } from "../../widgets/audiokit_widgets/static/loader/curves.js";

test("the axis is round, holds what training took, and is not stretched by what workers could make", () => {
	assert.equal(axisTop([80, 95, null], [110, 120, 130]), 150);
	assert.equal(axisTop([90], [40_000]), 250);
	assert.equal(axisTop([], []), 1);
	assert.equal(axisTop([null], [null]), 1);
	for (let most = 1e-4; most < 1e7; most *= 1.3) {
		const top = axisTop([most, most / 2], [most]);
		assert.ok(top >= most * (1 - 1e-9) && top <= 1.51 * most, `${top} for ${most}`);
	}
});

test("a curve is cut where it has no value, and a lone point is still a line", () => {
	const cut = pieces([0, 1, 2, 3], [5, null, 10, 20], 4, 10);
	assert.deepEqual(cut, [[[0, 50]], [[500, 0], [750, 0]]]); // 20 is beyond the axis: along its top
	assert.equal(line(cut), "M0,50h1M500,0L750,0");
	assert.equal(area(cut), "M0 100L0,50V100zM500 100L500,0L750,0V100z");
	assert.deepEqual(pieces([], [], 1, 1), []);
	assert.deepEqual(pieces([1], [null], 1, 1), []);
});

test("the nearest reading is found as by looking at all", () => {
	let seed = 1;
	const random = () => (seed = (seed * 1664525 + 1013904223) % 4294967296) / 4294967296;
	for (let run = 0; run < 200; run++) {
		const times = Array.from({ length: 1 + Math.floor(random() * 20) }, () => random() * 10).sort((a, b) => a - b), wanted = random() * 12 - 1;
		const best = Math.min(...times.map((time) => Math.abs(time - wanted)));
		assert.equal(Math.abs(times[nearest(times, wanted)] - wanted), best);
	}
	assert.equal(nearest([], 3), -1);
});

test("plans and what became of them are said shortly", () => {
	assert.equal(planLabel([2, 3, 4]), "2 × 3");
	assert.equal(planLabel([0, 1, 2]), "1 thread");
	assert.equal(planChange([0, 2, 2], [2, 1, 2]), "2 threads → 2 × 1");
	assert.equal(planChange([2, 1, 2], [2, 1, 4]), "2 × 1, 2 → 4 ahead");
	assert.equal(planChange([2, 3, 2], [2, 2, 4]), "2 × 3 → 2 × 2, 2 → 4 ahead");
	assert.equal(planChange([2, 2, 2], [2, 2, 2]), "stays 2 × 2");
	assert.deepEqual(planAt([[0, 0, 1, 2], [6, 2, 1, 2]], 6), [0, 1, 2]); // a reading at the change was taken before it
	assert.deepEqual(planAt([[0, 0, 1, 2], [6, 2, 1, 2]], 6.1), [2, 1, 2]);
	assert.deepEqual(planAt([[0, 0, 1, 2]], 0), [0, 1, 2]);
});

test("figures are written as loader_words.py writes them", () => {
	assert.deepEqual([1234.4, 45.67, 3.14159, 0.0123, 0, null].map(amount), ["1,234", "45.7", "3.14", "0.012", "0", "–"]);
	assert.deepEqual([0.0312, 0, null, undefined].map(percent), ["3.1 %", "0.0 %", "–", "–"]);
	assert.equal(moment(12.34), "12.3 s");
	assert.equal(moment(3725), "1 h 2 min 5 s");
	assert.equal(moment(7199.7), "2 h 0 min 0 s");
});

test("a reading without figures says so", () => {
	const history = { time: [1, 2], took: [100, null], made: [200, null], waited: [0.5, null], plans: [[0, 2, 1, 2]], end: 2, readings: 2 };
	assert.equal(reading(history, 0).join(", "), "1.0 s, took 100 items a second, could make 200, waited 50.0 %, 2 × 1");
	assert.equal(reading(history, 1).join(", "), "2.0 s, took – items a second, could make –, waited –, 2 × 1");
});

test("decisions that would stand on one another are one mark, and none is lost", () => {
	const rows = [0, 0.5, 0.9, 3, 3, 10].map((time) => ({ time }));
	const groups = grouped(rows, 1);
	assert.deepEqual(groups.map((group) => group.length), [3, 2, 1]);
	assert.deepEqual(groups.flat(), rows);
	assert.deepEqual(grouped([], 1), []);
});
