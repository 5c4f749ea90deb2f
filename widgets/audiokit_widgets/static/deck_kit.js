/** The deck and the lane of spans as one module that all views of a notebook share. */

import { Deck } from "./kit/deck.js";
import { SpansLane } from "./kit/lanes/spans.js";

export default { initialize: () => ({ Deck, SpansLane }), render: () => {} };
