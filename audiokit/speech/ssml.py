"""Text with marks for breaks, rate, pitch and emphasis: SSML (W3C, Speech Synthesis Markup Language 1.1)."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from audiokit.errors import ParameterError

__all__ = ["plain_text"]

_CURE = 'For example: Wait. <break time="500ms"/> Now <prosody rate="slow">slowly</prosody>. An & is written &amp;.'


def plain_text(text: str) -> str:
    """Return the words of a marked text.

    Parameters
    ----------
    text : str
        With or without a ``speak`` element around it.

    Raises
    ------
    ParameterError
        If it is not well-formed, which an engine would not say, or has a document type.

    Examples
    --------
    >>> plain_text('Wait. <break time="500ms"/>Now.')
    'Wait. Now.'
    """
    if "<!" in text or "<?" in text:
        raise ParameterError("SSML is taken without declarations, entities of its own or comments.", cure=_CURE)
    try:
        root = ET.fromstring(f"<all>{text}</all>")  # noqa: S314 - without a DTD there are no entities to expand
    except ET.ParseError as error:
        raise ParameterError(f"The text is no well-formed SSML ({error}).", cure=_CURE) from error
    return "".join(root.itertext())
