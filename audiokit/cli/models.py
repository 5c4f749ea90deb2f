"""``audiokit models``: what is known, what is here, and bundles for machines without a network.

Exit codes: 0 done; 1 something is missing, damaged or refused; 2 what was given cannot be used.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(
    help="Models: which are known, where they are, bundles for machines without a network.", no_args_is_help=True
)

_AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
_Task = Annotated[str | None, typer.Option("--task", "-t", help="Only those for this task.")]


@app.command("list")
def list_models(task: _Task = None, as_json: _AsJson = False) -> None:
    """List the models that audiokit knows by name, and whether they are on this machine."""
    from audiokit.errors import Unavailable
    from audiokit.models.catalogue import catalogue
    from audiokit.models.places import find

    for known in catalogue(task):
        try:
            origin = find(known.name).origin
        except Unavailable:
            origin = ""
        if as_json:
            typer.echo(json.dumps({**asdict(known), "here": origin or None}))
            continue
        size = "" if known.size_bytes is None else f", {known.size_bytes / 1e6:.0f} MB"
        here = f"here ({origin})" if origin else "not here"
        typer.echo(f"{known.name:30} {known.task:15} {here:18} {known.licence}{size}, {known.source}")


@app.command()
def pull(
    names: Annotated[list[str], typer.Argument(help="Names of the catalogue, or hub:owner/name.")],
) -> None:
    """Fetch models from the hub into its cache on this disk: the only command that uses a network."""
    from audiokit.models.pulling import pull as fetch

    for name in names:
        found = fetch(name)
        typer.echo(f"{name}: {found.origin}, {found.path}{f' at {found.revision}' if found.revision else ''}")


@app.command()
def pack(
    names: Annotated[list[str], typer.Argument(help="Names of models that are on this machine.")],
    to: Annotated[Path, typer.Option("--to", help="Folder of the bundle.")],
) -> None:
    """Copy models into a folder with hashes and licences, for machines without a network."""
    from audiokit.models.bundle import pack as make

    manifest = make(names, to)
    for name, model in sorted(manifest.models.items()):
        size = sum(record.bytes for record in model.files.values())
        what = f"needs {model.requirement}" if model.requirement else f"{len(model.files)} file(s), {size / 1e6:.1f} MB"
        typer.echo(f"{name}: {what}, {model.licence}")
    typer.echo(f"Use it with AUDIOKIT_MODELS_FOLDER={to}")


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="A bundle.")],
    as_json: _AsJson = False,
) -> None:
    """Read every file of a bundle and compare it with its hash."""
    from audiokit.models.bundle import verify as check

    findings = check(folder)
    wrong = [finding for finding in findings if finding.problem]
    for finding in findings if as_json else wrong:
        typer.echo(json.dumps(asdict(finding)) if as_json else f"{finding.model}/{finding.file}: {finding.problem}")
    if not as_json:
        typer.echo(f"{len(findings) - len(wrong)} of {len(findings)} whole.")
    if wrong:
        raise typer.Exit(1)


@app.command()
def doctor(
    task: _Task = None,
    read_all: Annotated[bool, typer.Option("--read-all", help="Compare large files with their hashes too.")] = False,
    as_json: _AsJson = False,
) -> None:
    """Say what this machine can do, what is missing, and the command that brings it."""
    from audiokit.models.doctor import diagnose, facts_of_this_machine
    from audiokit.results import Status

    found = diagnose(task, read_all=read_all)
    if as_json:
        for diagnosis in found:
            typer.echo(json.dumps(asdict(diagnosis)))
    else:
        for name, value in facts_of_this_machine():
            typer.echo(f"{name}: {value}")
        for each in dict.fromkeys(diagnosis.task for diagnosis in found):
            here = [diagnosis for diagnosis in found if diagnosis.task == each]
            able = [diagnosis.name for diagnosis in here if diagnosis.status is Status.OK]
            typer.echo(f"\n{each}: {', '.join(able) or 'nothing on this machine'}")
            for diagnosis in here:
                if diagnosis.status is not Status.OK:
                    typer.echo(f"  {diagnosis.name}: {diagnosis.status}. {diagnosis.reason}")
                    typer.echo(f"    {diagnosis.cure}")
    if any(diagnosis.status is Status.FAILED for diagnosis in found):
        raise typer.Exit(1)
