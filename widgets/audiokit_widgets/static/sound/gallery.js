/** Pictures as fine as they are asked for: what is there at once, and the rest from the kernel or from the samples. */

import { bytesOf } from "../kit/bell.js";
import { Refusal } from "./asks.js";
import { ceil, clamp, floor, log2, max, min, round } from "./numbers.js";
import { firstHop, TILE_COLUMNS, tileOf } from "./spectra.js";
import { storing } from "./store.js";
import { binned, cut, fold, framesOf, TILE_BINS, unpacked } from "./waves.js";

const MOST_CLIPS = 2000;
const FIRST_MS = 1500, LATER_MS = 5000, AGAIN_MS = 10_000;

/** @typedef {import("../kit/types.js").Sound} Sound */

/**
 * @param {import("../kit/types.js").Model} model @param {ReturnType<typeof import("./asks.js").asking>} asks
 * @param {ReturnType<typeof import("./carrier.js").carrying>} carrier @param {(name: "data" | "facts") => void} ring
 * @returns {Pick<Sound, "peaks" | "clips" | "tiles"> & { refused: string[] }}
 */
export function showing(model, asks, carrier, ring) {
	/** @param {string} name */
	const get = (name) => model.get(name);
	/** What the kernel would not do. @type {string[]} */ const refused = [];
	/** A row for each channel, or one around them all. @type {Float32Array[]} */ let outlines = [];
	/** @type {Map<string, Uint8Array>} */ const overviews = new Map();
	/** @type {Float32Array[] | undefined} */ let samples;
	let askedAt = 0;

	/** @param {any} request @returns {import("./store.js").Held} */
	const compute = (request) => {
		if (!samples || samples.length !== get("channels")) throw new Error();
		return { data: request.kind === "tile" ? tileOf(samples, get("sample_rate"), request) : binned(samples, request) };
	};
	/** From the kernel; from the samples in the page where it does not answer. @param {any} request */
	const fetch = async (request) => {
		const gone = asks.alive === false && samples, now = performance.now();
		if (gone && now - askedAt < AGAIN_MS) return compute(request);
		askedAt = now;
		const answer = asks.ask(request, asks.alive ? LATER_MS : FIRST_MS).then(
			({ content: { partial }, data: [bytes] }) => ({ data: request.kind === "tile" ? bytes : new Float32Array(bytes.slice().buffer), partial }),
			async (error) => {
				if (error instanceof Refusal) {
					refused[0] = error.message;
					ring("facts");
					throw error;
				}
				samples = await carrier.samples();
				return compute(request);
			},
		);
		return gone ? compute(request) : answer;
	};
	const store = storing(fetch, () => ring("data"));

	const outline = () => {
		const all = unpacked(bytesOf(get("outline")), get("outline_scale")), rows = get("outline_rows"), length = all.length / rows;
		outlines = Array.from({ length: rows }, (_, row) => all.subarray(row * length, (row + 1) * length));
		ring("data");
	};
	const overview = async () => {
		for (const picture of Object.keys(get("overviews"))) {
			const packed = bytesOf(get(`${picture}_overview`));
			if (!packed.length) continue; // a page that holds the sound makes it again
			const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
			overviews.set(picture, new Uint8Array(await new Response(stream).arrayBuffer()));
		}
		ring("data");
	};
	model.on("change:outline", outline);
	model.on("change:overviews", overview);
	model.on("change:fraction", store.refresh);
	outline();
	overview();

	return {
		refused,
		peaks(start, end, most, wanted) {
			const rate = get("sample_rate"), frames = get("frames"), how = cut(start, end, most, rate), { columns } = how;
			const low = new Float32Array(columns).fill(NaN), high = low.slice();
			const channel = wanted < 0 || get("channels") < 2 ? null : wanted, single = channel !== null && outlines.length > 1;
			const rows = single ? [outlines[channel]] : outlines, width = max(frames / (rows[0].length / 2), 1); // frames in a bin of the outline
			const enough = (single || channel === null) && (width === 1 || 2 * width <= how.step);
			/** @param {number} size @param {number} index */
			const key = (size, index) => `${channel}:${size}:${index}`;
			let exact = true;
			const span = how.size * TILE_BINS, last = min(end * rate, frames);
			for (let index = max(0, floor(how.first / span + 1e-9)); !enough && index * span < last; index++) {
				exact = !!store.get(key(how.size, index), { kind: "peaks", start_frame: index * span, frames_per_bin: how.size, bins: TILE_BINS, channel }) && exact;
			}
			/** Each tile is looked for once, not for every column. @type {Map<number, any>} */ const tiles = new Map();
			/** @param {number} size @param {number} index */
			const tile = (size, index) => {
				const at = index * 2 ** 24 + size;
				if (!tiles.has(at)) tiles.set(at, store.peek(key(size, index))?.data);
				return tiles.get(at);
			};
			/** From bins of this size, if all that are needed are there; if not, those that are do no harm to coarser ones. @param {number} column @param {number} from @param {number} to @param {number} size */
			const take = (column, from, to, size) => {
				const first = floor(from / size), past = ceil(to / size);
				let at = floor(first / TILE_BINS) * TILE_BINS, bins;
				for (; at < past && (bins = tile(size, at / TILE_BINS)); at += TILE_BINS) fold(low, high, column, bins, first - at, min(past - at, TILE_BINS));
				return at >= past;
			};
			for (let column = 0; column < columns; column++) {
				const [from, to] = framesOf(how, column), first = floor(from / width + 1e-6);
				if (from < 0 || from >= frames) continue;
				let done = false;
				for (let { size } = how; !enough && !done && size < 2 * width; size *= 2) done = take(column, from, min(to, frames), size);
				if (!done) for (const row of rows) fold(low, high, column, row, first, max(first + 1, min(ceil(to / width - 1e-6), row.length / 2)));
			}
			return { low, high, columns, exact };
		},
		clips(start, end) {
			const width = get("clip_frames_per_bin") / get("sample_rate");
			const times = Array.from(new Uint32Array(bytesOf(get("clips")).slice().buffer), (bin) => (bin + 0.5) * width).filter((t) => t >= start && t < end);
			return times.filter((_, i) => i % ceil(times.length / MOST_CLIPS) === 0);
		},
		tiles(picture, start, end, columns) {
			const axis = get("overviews")[picture], levels = overviews.get(picture), rate = get("sample_rate");
			if (!axis) return [];
			const { bands, hop_seconds } = axis, finest = firstHop(rate) / rate, whole = round(log2(hop_seconds / finest));
			const tiles = levels ? [{ levels, bands, columns: levels.length / bands, start: 0, hop: hop_seconds, key: `${picture}:${get("fraction")}` }] : [];
			const wanted = clamp(round(log2((end - start) / max(columns, 1) / finest)), 0, whole);
			for (let level = levels ? whole - 1 : whole; level >= wanted; level--) {
				const hop = finest * 2 ** level, span = hop * TILE_COLUMNS;
				for (let index = max(0, floor(start / span)); index * span < min(end, get("duration_seconds")); index++) {
					const key = `${picture}:${level}:${index}`, held = level === wanted || level === whole ? store.get(key, { kind: "tile", picture, level, index }) : store.peek(key);
					if (held) tiles.push({ levels: /** @type {Uint8Array} */ (held.data), bands, columns: TILE_COLUMNS, start: index * span, hop, key });
				}
			}
			return tiles;
		},
	};
}
