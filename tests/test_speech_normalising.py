"""Numbers, dates, money, units and abbreviations become words of the text's own language, or stay and are said."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from audiokit.errors import LibraryUnavailable, ParameterError
from audiokit.speech import normalise_text
from audiokit.speech.normalising import written_out
from audiokit.speech.splitting import blocks

pytest.importorskip("num2words")

ENGLISH = {
    "Dr. Lee paid $3.50 on 2 May 2026.": "Doctor Lee paid three dollars and fifty cents on May second, twenty twenty-six.",
    "It is 5:30 p.m. on 11/30/2026.": "It is five thirty p m on November thirtieth, twenty twenty-six.",
    "30/11/2026": "November thirtieth, twenty twenty-six",
    "2026-11-30": "November thirtieth, twenty twenty-six",
    "On Nov. 3rd, and in May 2026": "On November third, and in May twenty twenty-six",
    "1,234.5 km": "one thousand, two hundred and thirty-four point five kilometres",
    "1 km, 2 km": "one kilometre, two kilometres",
    "-5 °C and 50%": "minus five degrees Celsius and fifty per cent",
    "$1.5 million, €12, 5 USD, £0.99": "one point five million dollars, twelve euros, five dollars, ninety-nine pence",
    "In 1984, the 1990s, the 2nd": "In nineteen eighty-four, the nineteen nineties, the second",
    "10-20 men": "ten to twenty men",
    "version 2.0.1": "version two point zero point one",
    "MP3, 4x4, 007": "MP three, four x four, zero zero seven",
    "17:05 or 9:00 or 3 pm": "seventeen oh five or nine o'clock or three p m",
    "see No. 5, e.g. fig. 3": "see number five, for example figure three",
    "apples, etc. Then": "apples, et cetera. Then",
    "a & b": "a and b",
    "I have 2 in the bag": "I have two in the bag",
    "25:99": "twenty-five:ninety-nine",
    "99/99/2026": "ninety-nine ninety-nine twenty twenty-six",
    "12345678901234567": "one two three four five six seven eight nine zero one two three four five six seven",
}
GERMAN = {
    "Dr. Müller zahlt 3,50 € am 30.11.2026 um 17:30 Uhr.": "Doktor Müller zahlt drei Euro fünfzig am dreißigsten November zweitausendsechsundzwanzig um siebzehn Uhr dreißig.",
    "der 3. Mai 2026, 3. Mai, am 3.5.": "der dritte Mai zweitausendsechsundzwanzig, dritter Mai, am dritten Mai",
    "1.234,5 km": "eintausendzweihundertvierunddreißig Komma fünf Kilometer",
    "1 s, 1 €, 1 km, 2 h": "eine Sekunde, ein Euro, ein Kilometer, zwei Stunden",
    "1,5 Mio. Euro, 1 Mio. €": "eins Komma fünf Millionen Euro, eine Million Euro",
    "-5 °C, 50 %": "minus fünf Grad Celsius, fünfzig Prozent",
    "Im Jahr 1984 das 3. Mal. Es waren 3. Danach 5.": "Im Jahr neunzehnhundertvierundachtzig das dritte Mal. Es waren drei. Danach fünf.",
    "z. B. usw. Und Nr. 5, S. 12": "zum Beispiel und so weiter. Und Nummer fünf, Seite zwölf",
    "Hauptstr. 5, um 1 Uhr": "Hauptstraße fünf, um ein Uhr",
    "10-20 Leute, 007, MP3": "zehn bis zwanzig Leute, null null sieben, MP drei",
}


@pytest.mark.parametrize(("written", "said"), ENGLISH.items())
def test_english(written, said):
    assert normalise_text(written, "en-GB").text == said


@pytest.mark.parametrize(("written", "said"), GERMAN.items())
def test_german(written, said):
    assert normalise_text(written, "deu").text == said


def test_a_date_that_can_be_read_in_two_ways_is_said():
    found = normalise_text("on 3/4/2026", "en")
    assert found.text == "on three four twenty twenty-six"
    assert "day/month or month/day" in found.notes[0]


@given(st.text(st.sampled_from("0123456789 ,.:/-–%$€£°#§+=&kmhs.aAMpr'\n")), st.sampled_from(["en", "de"]))
@example("00:00:00", "de")
@example("1.1.", "de")
@example("31.12.9999 9,99 €", "de")
@example("$.5 -1,000,000.00", "en")
@example("0/0/0000 1000000000000000000", "en")
def test_no_figure_is_left_and_no_word_is_lost(text, language):
    found = normalise_text(f"start {text} stop", language)
    assert not re.search("[0-9]", found.text)
    assert found.text.startswith("start")
    assert found.text.endswith("stop")
    assert found.language == language


@given(st.text(st.characters(exclude_characters="&@+=#§$€£¥%°", exclude_categories=["N", "Cs"]), max_size=60))
def test_what_has_no_figures_or_signs_of_ours_in_another_language_stays(text):
    assert normalise_text(text, "fr").text == text


@pytest.mark.parametrize("language", ["fr", "pl", "es"])
def test_other_languages_get_their_own_numbers_alone(language):
    import num2words

    found = normalise_text("x 3 y 3,5 z 12/5/2026 $7", language)
    assert found.text == f"x {num2words.num2words(3, lang=language)} y 3,5 z 12/5/2026 $7".replace(
        "$7", f"${num2words.num2words(7, lang=language)}"
    )
    assert "dates, money and units have no rules" in found.notes[0]


def test_a_language_without_rules_is_said_and_gets_no_english():
    found = normalise_text("Ek 42 no", "xx")
    assert (found.text, found.language) == ("Ek 42 no", "")
    assert "no rules for 'xx'" in found.notes[0]
    assert written_out("42", "", required=False).notes == (
        "numbers were not written out: the voice does not say its language",
    )
    with pytest.raises(ParameterError, match="wants a language"):
        normalise_text("42", "")


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_without_num2words(monkeypatch, language):
    from audiokit.speech import written_numbers

    written_numbers._written.cache_clear()
    monkeypatch.setitem(sys.modules, "num2words", None)
    with pytest.raises(LibraryUnavailable, match=r'num2words.*pip install "audiokit\[tts\]"'):
        normalise_text("I have 42", language)
    found = written_out("I have 42", language, required=False)
    assert found.text == "I have 42"
    assert "num2words" in found.notes[0]


def test_long_text_is_looked_at_in_blocks():
    text = "It cost $3.50 on 3. May, e.g. 12 km. " * 30_000
    first = next(iter(blocks(text)))
    assert len(first) <= 20_000
    assert "".join(blocks(text)) == text
    assert not re.search("[0-9]", normalise_text(first, "en").text)


@given(st.text(st.sampled_from("ab .!\n3"), max_size=200), st.integers(1, 30))
def test_blocks_are_the_text(text, longest):
    found = list(blocks(text, longest))
    assert "".join(found) == text
    assert all(0 < len(block) <= longest for block in found)
