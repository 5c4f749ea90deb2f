import assert from "node:assert/strict";
import { test } from "node:test";

import { storing } from "../../widgets/audiokit_widgets/static/sound/store.js";

test("what a view has left does not keep the kernel from what it plays", async () => {
	const asked = [];
	const store = storing(async (request) => (asked.push(request), { data: new Uint8Array(1) }), () => {});
	for (let i = 0; i < 200; i++) store.get(`${i}`, i);
	await new Promise((done) => setTimeout(done, 300));
	assert.ok(asked.length <= 20, `${asked.length} asked`);
	assert.equal(asked[0], 199); // the latest first
	assert.ok(asked.every((i) => i >= 180));
	assert.equal(store.get("3", 3), undefined); // asked for again by the draw that needs it
	await new Promise((done) => setTimeout(done, 100));
	assert.ok(store.get("3", 3));
});
