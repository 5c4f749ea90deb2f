import assert from "node:assert/strict";
import { test } from "node:test";

import { dbfs, hertz, hzToMel, melToHz } from "../../widgets/audiokit_widgets/static/kit/scales.js";
import { clock, counted, decimalsFor, niceStep } from "../../widgets/audiokit_widgets/static/kit/units.js";

test("times are written as wording.py writes them", () => {
	assert.equal(clock(75.5, 2), "1:15.50");
	assert.equal(clock(3600, 0), "1:00:00");
	assert.equal(clock(59.999, 2), "1:00.00");
});

test("levels and rates are written as wording.py writes them", () => {
	assert.equal(dbfs(1), "0.0 dBFS");
	assert.equal(dbfs(0.5), "−6.0 dBFS");
	assert.equal(dbfs(0), "−∞ dBFS");
	assert.equal(hertz(44_100), "44.1 kHz");
	assert.equal(hertz(500), "500 Hz");
	assert.equal(counted(1, "segment"), "1 segment");
	assert.equal(counted(12_000, "segment"), "12,000 segments");
});

test("the mel scale and its inverse agree, and know Slaney's two corners", () => {
	for (const hz of [0, 20, 440, 999, 1000, 1001, 8000, 96_000]) assert.ok(Math.abs(melToHz(hzToMel(hz)) - hz) < 1e-6 * (hz + 1));
	assert.equal(hzToMel(1000), 15);
	assert.ok(Math.abs(hzToMel(6400) - 42) < 1e-9);
});

test("time marks are never more than asked for, from microseconds to days", () => {
	for (let seconds = 1e-5; seconds < 1e6; seconds *= 1.37) {
		const step = niceStep(seconds, 8);
		assert.ok(seconds / step <= 8 + 1e-9, `${seconds} / ${step}`);
		assert.ok(seconds / step > 1 || step <= 1e-6, `${step} is too far apart for ${seconds}`);
		const digits = decimalsFor(step);
		assert.ok(Math.abs(Number(step.toFixed(digits)) - step) < step * 1e-6);
	}
});
