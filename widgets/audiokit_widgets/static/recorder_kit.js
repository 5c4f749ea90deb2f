/** The recorder's engine as one module that all recorders of a notebook share. */

import { inputs } from "./recorder/capture.js";
import { Session } from "./recorder/session.js";

/** By the recorder's name, since a model has as many faces as views. @type {Map<string, Session>} */
const SESSIONS = new Map();

/** The one session of a recorder; it ends with the model. @param {import("./kit/types.js").Model} model @param {AbortSignal} [life] */
function sessionOf(model, life) {
	const key = model.get("identity"), session = SESSIONS.get(key) ?? new Session(model);
	if (!SESSIONS.has(key)) {
		SESSIONS.set(key, session);
		life?.addEventListener("abort", () => {
			session.dispose();
			SESSIONS.delete(key);
		});
	}
	return session;
}

/** @typedef {{ sessionOf: typeof sessionOf, inputs: typeof inputs }} RecorderKit */

export default { initialize: () => ({ sessionOf, inputs }), render: () => {} };
