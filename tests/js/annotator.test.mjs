import assert from "node:assert/strict";
import { test } from "node:test";

import { Edits, snapped } from "../../widgets/audiokit_widgets/static/annotator/edits.js";

const mark = (start, end, label = "a") => ({ start, end, label, score: null, tier: "t" });

function random(seed) {
	return () => {
		seed = (seed * 1664525 + 1013904223) % 4294967296;
		return seed / 4294967296;
	};
}

test("undoing everything gives what was there, and doing it again gives what was made", () => {
	for (let seed = 1; seed <= 60; seed++) {
		const draw = random(seed), first = [mark(1, 2), mark(3, 4)], edits = new Edits(first, 10);
		for (let i = 0; i < 30; i++) {
			const at = Math.floor(draw() * (edits.marks.length + 1)), kind = Math.floor(draw() * 5);
			if (kind === 0) edits.add(mark(draw() * 12 - 1, draw() * 12 - 1));
			else if (kind === 1) edits.change(at, { label: String(i) });
			else if (kind === 2 && edits.marks[at]) edits.move(at, draw() * 14 - 2);
			else if (kind === 3) edits.remove(at);
			else if (draw() < 0.5) edits.undo();
			else edits.redo();
			for (const m of edits.marks) assert.ok(m.start >= 0 && m.end <= 10 && m.start <= m.end);
		}
		const made = edits.marks;
		let steps = 0;
		while (edits.undo()) steps++;
		assert.equal(edits.marks, first);
		for (let i = 0; i < steps; i++) assert.ok(edits.redo());
		assert.equal(edits.marks, made);
	}
});

test("one drag is one step back", () => {
	const edits = new Edits([], 10), drag = {};
	const index = edits.add(mark(1, 1), drag);
	for (let i = 0; i < 50; i++) edits.change(index, { end: 1 + i / 10 }, drag);
	assert.equal(edits.marks[0].end, 5.9);
	edits.undo();
	assert.deepEqual(edits.marks, []);
	edits.redo();
	assert.equal(edits.marks[0].end, 5.9);
});

test("a new edit forgets what was undone", () => {
	const edits = new Edits([], 10);
	edits.add(mark(1, 2));
	edits.undo();
	edits.add(mark(3, 4));
	assert.equal(edits.redo(), false);
	assert.deepEqual(edits.marks, [mark(3, 4)]);
});

test("moving keeps the length, even against the end of the sound", () => {
	const edits = new Edits([mark(1, 3)], 10);
	edits.move(0, 9.5);
	assert.deepEqual([edits.marks[0].start, edits.marks[0].end], [8, 10]);
	edits.move(0, -4);
	assert.deepEqual([edits.marks[0].start, edits.marks[0].end], [0, 2]);
});

test("an edge goes to the nearest time within reach, or stays", () => {
	assert.equal(snapped(1.04, [1, 1.1, 5], 0.05), 1);
	assert.equal(snapped(1.3, [1, 1.1, 5], 0.05), 1.3);
});
