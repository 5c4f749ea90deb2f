"""What axe-core finds wrong with a part of a page, for people who do not see it or use no pointer."""

import importlib.util
from pathlib import Path

import pytest


def axe_source():
    """The text of axe-core (MPL-2.0), from the installed package axe-core-python."""
    found = importlib.util.find_spec("axe_core_python")
    if found is None:
        pytest.skip("axe-core does not run: the package axe-core-python is missing")
    return Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8")


def violations(place, root):
    place.page.evaluate(axe_source())
    found = root.evaluate("async (root) => (await axe.run(root, { resultTypes: ['violations'] })).violations")
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    return [f"{v['id']}: {node['html'][:160]} {node['failureSummary'][:200]}" for v in serious for node in v["nodes"]]
