/** Pictures as fine as they are asked for: what is there at once, and the rest from the kernel or from the samples. */

import { bytesOf } from "../kit/bell.js";
import { Refusal } from "./asks.js";
import { ceil, floor, log2, max, min, round } from "./numbers.js";
import { firstHop, TILE_COLUMNS, tileOf } from "./spectra.js";
import { Store } from "./store.js";
import { binned, cut, fold, framesOf, TILE_BINS, unpacked } from "./waves.js";

const MOST_DECODED = 20 * 60 * 48_000; // samples: twenty minutes of one channel
const MOST_CLIPS = 2000;
const FIRST_PATIENCE_MS = 1500, PATIENCE_MS = 5000, ASK_AGAIN_MS = 10_000;

/** @typedef {import("../kit/types.js").Picture} Picture */

export class Gallery {
	/** @param {import("../kit/types.js").Model} model @param {import("./asks.js").Asks} asks @param {import("./carrier.js").Carrier} carrier @param {(name: "data" | "facts") => void} ring */
	constructor(model, asks, carrier, ring) {
		this.get = model.get.bind(model);
		this.asks = asks;
		this.carrier = carrier;
		this.ring = ring;
		/** What the kernel would not do. @type {string[]} */ this.refusals = [];
		/** @type {Store<any>} */ this.store = new Store((request) => this.fetch(request), () => ring("data"));
		/** Decoded in the page; null where it cannot be. @type {Promise<Float32Array[] | null> | null} */ this.decoding = null;
		/** @type {Float32Array[] | null} */ this.samples = null;
		this.askedAt = 0;
		/** A row for each channel, or one around them all. @type {Float32Array[]} */ this.outlines = [];
		/** @type {Map<string, Uint8Array>} */ this.overviews = new Map();
		const outline = () => {
			const all = unpacked(bytesOf(this.get("outline")), this.get("outline_scale")), rows = this.get("outline_rows"), length = all.length / rows;
			this.outlines = Array.from({ length: rows }, (_, row) => all.subarray(row * length, (row + 1) * length));
			ring("data");
		};
		model.on("change:outline", outline);
		model.on("change:overviews", () => this.inflate());
		model.on("change:fraction", () => this.store.refresh());
		outline();
		this.inflate();
	}
	async inflate() {
		for (const picture of Object.keys(this.get("overviews"))) {
			const stream = new Blob([bytesOf(this.get(`${picture}_overview`))]).stream().pipeThrough(new DecompressionStream("deflate"));
			this.overviews.set(picture, new Uint8Array(await new Response(stream).arrayBuffer()));
		}
		this.ring("data");
	}

	/** From the kernel; from the samples in the page where it does not answer. @param {any} request @returns {Promise<import("./store.js").Held>} */
	async fetch(request) {
		const { asks } = this, gone = asks.alive === false && this.samples, now = performance.now();
		if (gone && now - this.askedAt < ASK_AGAIN_MS) return this.compute(request);
		this.askedAt = now;
		const answer = asks.ask(request, asks.alive ? PATIENCE_MS : FIRST_PATIENCE_MS).then(
			({ content, data: [bytes] }) => ({ data: request.kind === "tile" ? bytes : new Float32Array(bytes.slice().buffer), partial: content.partial }),
			async (error) => {
				if (error instanceof Refusal) {
					this.refusals = [error.message];
					this.ring("facts");
					throw error;
				}
				this.samples = await (this.decoding ??= this.decode().catch(() => null));
				return this.compute(request);
			},
		);
		return gone ? this.compute(request) : answer;
	}
	/** @param {any} request */
	compute(request) {
		if (!this.samples) throw new Error("no samples");
		return { data: request.kind === "tile" ? tileOf(this.samples, this.get("sample_rate"), request) : binned(this.samples, request) };
	}
	/** The embedded sound at its own rate, if all of it is there and it is short enough. */
	async decode() {
		const channels = this.get("channels"), frames = this.get("frames");
		if (this.get("delivery") !== "embedded" || this.get("heard_channels") !== channels || frames * channels > MOST_DECODED) return null;
		const bytes = await this.carrier.get(), context = new OfflineAudioContext(1, 1, this.get("sample_rate"));
		const decoded = await context.decodeAudioData(/** @type {ArrayBuffer} */ (bytes.slice().buffer));
		return Array.from({ length: channels }, (_, c) => decoded.getChannelData(c).subarray(0, frames));
	}

	/** @param {number} start @param {number} end seconds @param {number} most columns @param {number} wanted channel @returns {import("../kit/types.js").Peaks} */
	peaks(start, end, most, wanted) {
		const how = cut(start, end, most, this.get("sample_rate")), { columns } = how, frames = this.get("frames");
		const low = new Float32Array(columns).fill(NaN), high = low.slice();
		const channel = wanted < 0 || this.get("channels") < 2 ? null : wanted, single = channel !== null && this.outlines.length > 1;
		const rows = single ? [this.outlines[channel]] : this.outlines, width = max(frames / (rows[0].length / 2), 1); // frames in a bin of the outline
		const enough = (single || channel === null) && (width === 1 || 2 * width <= how.step);
		/** @param {number} size @param {number} index */
		const key = (size, index) => `${channel}:${size}:${index}`;
		let exact = true;
		const span = how.size * TILE_BINS, last = min(ceil(end * this.get("sample_rate")), frames);
		for (let index = max(0, floor(how.first / span + 1e-9)); !enough && index * span < last; index++) {
			const held = this.store.get(key(how.size, index), () => ({ kind: "peaks", start_frame: index * span, frames_per_bin: how.size, bins: TILE_BINS, channel }));
			exact &&= !!held;
		}
		/** From bins of this size, if all that are needed are there. @param {number} column @param {number} from @param {number} to @param {number} size */
		const take = (column, from, to, size) => {
			const first = floor(from / size), end = ceil(to / size), parts = [];
			for (let at = floor(first / TILE_BINS) * TILE_BINS; at < end; at += TILE_BINS) {
				const held = this.store.peek(key(size, at / TILE_BINS));
				if (!held) return false;
				parts.push(() => fold(low, high, column, /** @type {Float32Array} */ (held.data), first - at, min(end - at, TILE_BINS)));
			}
			for (const part of parts) part();
			return true;
		};
		for (let column = 0; column < columns; column++) {
			const [from, to] = framesOf(how, column);
			if (from < 0 || from >= frames) continue;
			let done = false;
			for (let { size } = how; !enough && !done && size < 2 * width; size *= 2) done = take(column, from, min(to, frames), size);
			const first = floor(from / width + 1e-6);
			if (!done) for (const row of rows) fold(low, high, column, row, first, max(first + 1, min(ceil(to / width - 1e-6), row.length / 2)));
		}
		return { low, high, columns, exact };
	}

	/** @param {number} start @param {number} end seconds @returns {number[]} seconds */
	clips(start, end) {
		const width = this.get("clip_frames_per_bin") / this.get("sample_rate");
		const times = Array.from(new Uint32Array(bytesOf(this.get("clips")).slice().buffer), (bin) => (bin + 0.5) * width).filter((t) => t >= start && t < end);
		const each = ceil(times.length / MOST_CLIPS);
		return times.filter((_, i) => i % each === 0);
	}

	/** @param {Picture} picture @param {number} start @param {number} end seconds @param {number} columns @returns {import("../kit/types.js").Tile[]} */
	tiles(picture, start, end, columns) {
		const axis = this.get("overviews")[picture], levels = this.overviews.get(picture), rate = this.get("sample_rate");
		if (!axis || !levels) return [];
		const { bands, hop_seconds } = axis, finest = firstHop(rate) / rate, hop = (end - start) / max(columns, 1);
		const tiles = [{ levels, bands, columns: levels.length / bands, start: 0, hop: hop_seconds, key: `${picture}:${this.get("fraction")}` }];
		const wanted = max(0, round(log2(hop / finest)));
		for (let level = round(log2(hop_seconds / finest)) - 1; level >= wanted; level--) {
			const each = finest * 2 ** level, span = each * TILE_COLUMNS;
			for (let index = max(0, floor(start / span)); index * span < min(end, this.get("duration_seconds")); index++) {
				const key = `${picture}:${level}:${index}`;
				const held = level === wanted ? this.store.get(key, () => ({ kind: "tile", picture, level, index })) : this.store.peek(key);
				if (held) tiles.push({ levels: /** @type {Uint8Array} */ (held.data), bands, columns: TILE_COLUMNS, start: index * span, hop: each, key });
			}
		}
		return tiles;
	}
}
