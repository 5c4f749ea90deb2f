import assert from "node:assert/strict";
import { test } from "node:test";

import { Viewport } from "../../widgets/audiokit_widgets/static/kit/viewport.js";

const near = (a, b, within = 1e-9) => assert.ok(Math.abs(a - b) <= within, `${a} is not ${b}`);

function random(seed) {
	return () => {
		seed = (seed * 1664525 + 1013904223) % 4294967296;
		return seed / 4294967296;
	};
}

test("zoom keeps the point under the pointer where it is", () => {
	const draw = random(1);
	for (let i = 0; i < 500; i++) {
		const view = new Viewport(1 + draw() * 10_000, 44_100);
		view.width = 800;
		view.zoom(1 + draw() * 50, draw() * view.duration);
		const about = view.start + draw() * view.span, before = view.xOf(about);
		view.zoom(1.7, about);
		near(view.xOf(about), before, 1e-3);
	}
});

test("whatever is asked, the view lies inside of the sound and is no closer than ten samples", () => {
	const draw = random(2);
	const view = new Viewport(12.5, 8000);
	for (let i = 0; i < 2000; i++) {
		if (draw() < 0.5) view.zoom(10 ** (draw() * 4 - 2), draw() * 20 - 4);
		else view.pan(draw() * 40 - 20);
		assert.ok(view.start >= 0 && view.end <= 12.5 + 1e-9);
		assert.ok(view.span >= 10 / 8000 - 1e-12);
	}
});

test("x and time are each other's inverse", () => {
	const view = new Viewport(60, 16_000);
	view.left = 52;
	view.width = 700;
	view.show(10, 13);
	for (const seconds of [10, 11.5, 12.9999]) near(view.timeOf(view.xOf(seconds)), seconds);
	assert.equal(view.timeOf(-1e6), 0);
});

test("a page is turned when playback leaves it, and only then", () => {
	const view = new Viewport(100, 16_000);
	view.show(10, 20);
	assert.equal(view.follow(15), false);
	assert.equal(view.follow(20.1), true);
	assert.ok(view.start > 10 && view.start <= 20.1 && view.end > 20.1);
	assert.equal(view.follow(90), true);
	assert.ok(view.start <= 90 && view.end > 90);
	assert.equal(new Viewport(5, 8000).follow(7), false);
});

test("what is not a number changes nothing", () => {
	const view = new Viewport(5, 8000);
	view.show(NaN, 2);
	view.show(1, Infinity);
	assert.deepEqual([view.start, view.end], [0, 5]);
});
