"""What the widgets are held to, measured: ``python -m audiokit_widgets.figures [--quick] [--only NAME] [--json FILE]``.

Each module measures one thing in headless Chromium, in a real JupyterLab where the bar says so, or in notebooks that
are executed without a browser; `audiokit_widgets.figures.figure.Figure` holds what was found beside its bar.
"""
