"""Widgets of this process as an executed notebook, and that as a page from disk: no kernel is started for it."""

from ipywidgets import Widget

from audiokit.report import freeze


def models_of(widget, found=None):
    """A widget's model and all that it refers to."""
    found = {} if found is None else found
    if widget.model_id not in found:
        found[widget.model_id] = widget
        for name in widget.keys:
            value = getattr(widget, name)
            if isinstance(value, Widget):
                models_of(value, found)
    return found


def notebook_of(*widgets):
    """A notebook with a cell for each widget, as it is after it ran and its widgets' state was saved."""
    import nbformat

    cells = []
    for widget in widgets:
        data, metadata = widget._repr_mimebundle_()  # first: a sound's hash is known once it was encoded
        output = nbformat.v4.new_output("display_data", data, metadata=metadata)
        cells.append(nbformat.v4.new_code_cell("widget", outputs=[output]))
    models = {}
    for widget in widgets:
        models_of(widget, models)
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    state = Widget.get_manager_state(widgets=list(models.values()))
    made.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": state}
    return made


def open_frozen(watched, path):
    """Open a frozen page from disk, with no network; until its widgets are there."""
    watched.page.context.set_offline(True)
    watched.page.goto(path.as_uri())
    watched.page.wait_for_selector(".ak-widget", timeout=20_000)
    return watched


def frozen(watched, path, *widgets):
    """Freeze widgets, each a cell of its own, and open the page."""
    path.write_text(freeze(notebook_of(*widgets)), encoding="utf-8")
    return open_frozen(watched, path)
