"""What was drawn for one item: enough to do the same again, in plain JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Drawn"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One augmentation of one item, with everything that was left to chance decided.

    Parameters
    ----------
    name : str
        The augmentation's class, for example ``"TimeStretch"``.
    parameters : dict
        Numbers, strings, lists and dicts of these; whatever `apply` needs, so that the object that drew is not.
    applied : bool
        False if chance (`probability`) left the item as it is.

    Raises
    ------
    ParameterError
        If the parameters cannot be written as JSON.

    Examples
    --------
    >>> drawn = Drawn("VolumeAdjust", {"gain_db": -3.5})
    >>> Drawn.from_json(drawn.to_json()) == drawn
    True
    """

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    applied: bool = True

    def __post_init__(self) -> None:
        try:
            json.dumps(self.parameters, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ParameterError(f"What {self.name} drew cannot be written as JSON ({error}).") from error

    def as_dict(self) -> dict[str, Any]:
        """Return it as a dict that ``json.dumps`` takes."""
        return {"name": self.name, "parameters": self.parameters, "applied": self.applied}

    def to_json(self) -> str:
        """Write it as one line of JSON; floats come back to the bit."""
        return json.dumps(self.as_dict(), allow_nan=False, sort_keys=True)

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Drawn:
        """Make it from what `as_dict` gave.

        Raises
        ------
        ParameterError
            If a part is missing or of another kind.
        """
        name, parameters, applied = (found.get(key) for key in ("name", "parameters", "applied"))
        if not (isinstance(name, str) and isinstance(parameters, dict) and isinstance(applied, bool)):
            raise ParameterError(
                f"A drawn augmentation has a name, parameters and applied, got {dict(found)!r}.",
                cure="Pass what Drawn.as_dict or Drawn.to_json gave.",
            )
        return cls(name, parameters, applied)

    @classmethod
    def from_json(cls, text: str) -> Drawn:
        """Make it from what `to_json` wrote.

        Raises
        ------
        ParameterError
            If the text is no such JSON.
        """
        try:
            found = json.loads(text)
        except json.JSONDecodeError as error:
            raise ParameterError(f"A drawn augmentation cannot be read from JSON ({error}).") from error
        if not isinstance(found, dict):
            raise ParameterError(f"A drawn augmentation is a JSON object, got {found!r}.")
        return cls.from_dict(found)
