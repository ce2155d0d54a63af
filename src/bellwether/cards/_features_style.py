"""The looks of a page about features: spreads, years as shades, groups."""

from bellwether.cards._markup import Markup

FEATURES_STYLE = Markup(
    """
.spread { position: relative; display: block; width: 8rem; height: 1rem; }
.spread i { position: absolute; top: 50%; display: block; background: var(--forecast); }
.spread .wide { height: 1px; opacity: .8; }
.spread .middle { height: .55rem; margin-top: -.275rem; border-radius: .15rem; opacity: .35; }
.spread .median { width: 2px; height: .8rem; margin: -.4rem 0 0 -1px; }
.spread .zero { width: 1px; height: 1rem; margin-top: -.5rem; background: var(--hold);
  opacity: .6; }
.definition { font: .82rem/1.45 ui-monospace, SFMono-Regular, Menlo, monospace;
  color: var(--quiet); overflow-wrap: anywhere; }
.years { border-spacing: 2px; width: auto; }
.years th, .years td { border: 0; padding: .15rem .35rem; }
.years td { text-align: center; font-size: .8rem; min-width: 2.7rem; border-radius: .2rem; }
.years thead th { text-align: center; }
.years thead th:first-child { text-align: left; }
.years .up-1 { background: color-mix(in srgb, var(--forecast) 16%, transparent); }
.years .up-2 { background: color-mix(in srgb, var(--forecast) 34%, transparent); }
.years .up-3 { background: color-mix(in srgb, var(--forecast) 60%, transparent); font-weight: 700; }
.years .down-1 { background: color-mix(in srgb, var(--rules) 16%, transparent); }
.years .down-2 { background: color-mix(in srgb, var(--rules) 34%, transparent); }
.years .down-3 { background: color-mix(in srgb, var(--rules) 60%, transparent); font-weight: 700; }
.groups { list-style: none; padding: 0; display: grid; gap: .6rem; }
.groups li { border-left: .25rem solid var(--rule); padding-left: .8rem; }
.groups b { margin-right: .4rem; }
.area.luck { fill: var(--hold); stroke: none; opacity: .16; }
.line.nothing { stroke: var(--hold); stroke-dasharray: 5 4; }
.dots.found { stroke: var(--forecast); stroke-width: 7; }
.dots.not-found { stroke: var(--hold); stroke-width: 5; }
.line.found { stroke: var(--forecast); opacity: .6; }
.line.not-found { stroke: var(--hold); stroke-width: 1; opacity: .45; }
.key.found { border-color: var(--forecast); }
.key.not-found { border-color: var(--hold); }
.key.luck { border-top-width: .7rem; opacity: .3; }
#shapes td { white-space: nowrap; }
#shapes details td { white-space: normal; }
@media (max-width: 40rem) { .spread { width: 6rem; } }
"""
)
