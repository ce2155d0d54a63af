"""Contrast: every colour of text on every ground it stands on, in light and in dark."""

import re

import pytest

from bellwether.cards._style import STYLE

TEXT_ON = [
    *((text, "paper") for text in ("ink", "quiet", "good", "bad", "calm", "wait")),
    *((text, "page") for text in ("ink", "quiet", "calm")),
    ("good", "good-wash"),
    ("calm", "calm-wash"),
    ("wait", "wait-wash"),
]
LINES = ("forecast", "rules", "hold")


def schemes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, flags=re.DOTALL)
    colours = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in (light, dark)]
    return {"light": colours[0], "dark": colours[1]}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Return the ratio of WCAG 2.1, section 1.4.3."""
    bright, dim = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_is_readable(scheme: str, text: str, ground: str) -> None:
    colours = schemes()[scheme]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("line", LINES)
def test_lines_stand_out(scheme: str, line: str) -> None:
    colours = schemes()[scheme]
    assert contrast(colours[line], colours["paper"]) >= 3.0
