import assert from "node:assert/strict";
import { test } from "node:test";

import { shownOf, wordsOf } from "../../widgets/audiokit_widgets/static/diff/words.js";
import { beside, lineOf, linesOf, upTo } from "../../widgets/audiokit_widgets/static/words/lines.js";
import { Revisions, same } from "../../widgets/audiokit_widgets/static/words/revisions.js";

function random(seed) {
	return () => {
		seed = (seed * 1664525 + 1013904223) % 4294967296;
		return seed / 4294967296;
	};
}

test("lines hold all pieces once, no more than there is room for, and none that would have fitted the line before", () => {
	for (let seed = 1; seed <= 50; seed++) {
		const draw = random(seed), widths = Array.from({ length: 200 }, () => 5 + draw() * 120), begins = new Set([...widths.keys()].filter(() => draw() < 0.05));
		const room = 100 + draw() * 500, firsts = linesOf(widths, begins, room);
		assert.equal(firsts[0], 0);
		firsts.forEach((first, line) => {
			const past = firsts[line + 1] ?? widths.length, wide = widths.slice(first, past).reduce((a, b) => a + b, 0);
			assert.ok(past > first);
			assert.ok(wide <= room + 1e-9 || past - first === 1);
			if (past < widths.length) assert.ok(begins.has(past) || wide + widths[past] > room - 1e-9);
			for (let i = first; i < past; i++) assert.equal(lineOf(firsts, i), line);
			for (let i = first + 1; i < past; i++) assert.ok(!begins.has(i));
		});
	}
});

test("no pieces, no lines; a piece that is too wide has a line of its own", () => {
	assert.deepEqual(linesOf([], new Set(), 100), []);
	assert.deepEqual(linesOf([50, 300, 50], new Set(), 100), [0, 1, 2]);
});

test("the piece below is the one under the middle", () => {
	const widths = [100, 100, 100, 60, 60, 60, 60, 60, 300], firsts = linesOf(widths, new Set([3, 8]), 300);
	assert.deepEqual(firsts, [0, 3, 8]);
	assert.equal(beside(widths, firsts, 1, 1), 5);
	assert.equal(beside(widths, firsts, 0, 1), 3);
	assert.equal(beside(widths, firsts, 7, 1), 8);
	assert.equal(beside(widths, firsts, 8, -1), 5);
	assert.equal(beside(widths, firsts, 1, -1), 1);
	assert.equal(beside(widths, firsts, 5, 9), 8);
});

test("counting up to a value is what a walk counts", () => {
	const draw = random(7);
	for (let round = 0; round < 50; round++) {
		const rising = Array.from({ length: Math.floor(draw() * 20) }, () => Math.floor(draw() * 10)).sort((a, b) => a - b), value = Math.floor(draw() * 12) - 1;
		assert.equal(upTo(rising, value), rising.filter((one) => one <= value).length);
	}
});

test("undoing everything gives what was there, and doing it again gives what was made", () => {
	for (let seed = 1; seed <= 40; seed++) {
		const draw = random(seed), first = { 3: "three" }, revisions = new Revisions(first);
		let steps = 0;
		for (let i = 0; i < 30; i++) steps += Number(revisions.change(Math.floor(draw() * 4), ["", "a", "b  c ", "given"][Math.floor(draw() * 4)], "given"));
		const last = revisions.texts;
		assert.ok(Object.values(last).every((text) => text === text.trim() && !text.includes("  ") && text !== "given"));
		for (let i = 0; i < steps; i++) assert.ok(revisions.travel("past"));
		assert.ok(!revisions.travel("past"));
		assert.deepEqual(revisions.texts, first);
		while (revisions.travel("future"));
		assert.deepEqual(revisions.texts, last);
	}
});

test("what changes nothing is no step", () => {
	const revisions = new Revisions({});
	assert.ok(!revisions.change(1, " as given ", "as given"));
	assert.ok(revisions.change(1, "else", "as given"));
	assert.ok(!revisions.change(1, " else", "as given"));
	assert.ok(revisions.change(1, "as given", "as given"));
	assert.deepEqual(revisions.texts, {});
	assert.ok(same({ 1: "a", 2: "b" }, { 2: "b", 1: "a" }));
	assert.ok(!same({ 1: "a" }, { 2: "a" }));
});

test("words come back with what became of them, from bytes that start anywhere", () => {
	const raw = new ArrayBuffer(3 + 4 * 24), view = new DataView(raw, 3);
	[[0.5, 0.9, 1, 1], [1, 1.4, 2, 3], [1.4, 2, 4, 0], [NaN, NaN, 0, 5]].forEach(([start, end, said, heard], i) => {
		view.setFloat64(8 * i, start, true);
		view.setFloat64(32 + 8 * i, end, true);
		view.setUint32(64 + 4 * i, said, true);
		view.setUint32(80 + 4 * i, heard, true);
	});
	const words = wordsOf({ count: 4, vocabulary: ["", "of", "ten", "den", "big", "the"] }, view);
	assert.deepEqual(words.map(({ kind }) => kind), ["equal", "substituted", "missing", "inserted"]);
	assert.deepEqual(words[1], { said: "ten", heard: "den", kind: "substituted", start: 1, end: 1.4 });
	assert.ok(Number.isNaN(words[3].start));
});

test("only errors: each with three words about it, and none twice", () => {
	for (let seed = 1; seed <= 60; seed++) {
		const draw = random(seed), words = Array.from({ length: 60 }, () => ({ kind: draw() < 0.1 ? "missing" : "equal" }));
		const wrong = ({ kind }) => kind !== "equal", { shown, begins } = shownOf(words, wrong, true);
		const wanted = [...words.keys()].filter((i) => words.some((word, k) => wrong(word) && Math.abs(i - k) <= 3));
		assert.deepEqual(shown, wanted);
		assert.deepEqual([...begins], [...wanted.keys()].filter((at) => at === 0 || wanted[at - 1] !== wanted[at] - 1));
		assert.equal(shownOf(words, wrong, false).shown.length, 60);
	}
});
