"""The looks of a rehearsal's page: who answered, as shades."""

from bellwether.cards._markup import Markup

_SHADES = {
    "champion": "shade-champion",
    "previous champion": "shade-previous",
    "rules": "shade-rules",
    "nobody (HOLD)": "shade-hold",
}
LEGEND = tuple(_SHADES)
STRIP_STYLE = Markup(
    """
.shades { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .4rem 1.4rem; }
.shades i { display: inline-block; width: .9rem; height: .9rem; border-radius: .2rem;
  vertical-align: -.1rem; }
.strips { list-style: none; padding: 0; margin-top: .9rem; display: grid; gap: .3rem 1.75rem;
  grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
.strips li { display: grid; grid-template-columns: 4.8rem 1fr; align-items: center; }
.strip { display: flex; height: .8rem; border-radius: .25rem; overflow: hidden; }
.strip i { display: block; height: 100%; }
.shade-champion { background: var(--forecast); }
.shade-previous { background: var(--member-2); }
.shade-rules { background: var(--rules); }
.shade-hold { background: var(--hold); }
"""
)


def shade_of(source: str) -> str:
    """Return the class of a source's shade."""
    return _SHADES[source]
