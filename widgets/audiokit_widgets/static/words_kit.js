/** The running text as one module that all views of a notebook share. */

import { readAlong } from "./words/along.js";

export default { initialize: () => ({ readAlong }), render: () => {} };
