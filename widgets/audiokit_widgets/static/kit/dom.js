/** Elements: text is always a text node, never markup. */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {string} name @param {Record<string, string>} attributes @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, name, attributes = {}, children = []) {
	const node = document.createElement(tag);
	if (name) node.className = name.split(" ").map((part) => `ak-${part}`).join(" ");
	node.setAttribute("data-lm-suppress-shortcuts", "true"); // on all: Lab asks the focused one
	for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
	node.append(...children);
	return node;
}
