"""The page's looks, light and dark, from a telephone to a wide screen."""

from bellwether.cards._markup import Markup

STYLE = Markup(
    """
:root {
  --page: #f4f5f7; --paper: #ffffff; --ink: #1a2230; --quiet: #566073; --rule: #dde1e8;
  --good: #0b6b3a; --good-wash: #e4f3ea; --bad: #a3341f; --bad-wash: #fbeae6;
  --calm: #27508f; --calm-wash: #e8eef9; --wait: #7a5200; --wait-wash: #fbf1da;
  --forecast: #1d5fd0; --rules: #b05400; --hold: #69738a;
  --member-0: #1d5fd0; --member-1: #d9822b; --member-2: #2a8f6d; --member-3: #8a4fb5;
  --member-4: #b83a5e; --member-5: #69738a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10141b; --paper: #181e27; --ink: #e7eaf0; --quiet: #a4aebf; --rule: #2d3644;
    --good: #6fd39b; --good-wash: #16301f; --bad: #ff9d88; --bad-wash: #3a1d17;
    --calm: #9dc0ff; --calm-wash: #182740; --wait: #f0c267; --wait-wash: #33280f;
    --forecast: #76a9ff; --rules: #f2a65e; --hold: #98a3b7;
    --member-0: #76a9ff; --member-1: #f2a65e; --member-2: #5cc7a0; --member-3: #c39ae8;
    --member-4: #f08aa6; --member-5: #98a3b7;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 66rem; background: var(--page);
  color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word; -webkit-text-size-adjust: 100%;
}
h1, h2, h3, p, ul, dl { margin: 0; }
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
h2 { font-size: 1.2rem; line-height: 1.3; margin-bottom: .8rem; }
h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
header { padding: 0 .25rem 1.25rem; }
.brand { color: var(--calm); font-weight: 600; font-size: .85rem; margin-bottom: .35rem; }
.muted { color: var(--quiet); font-size: .92rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.card {
  background: var(--paper); border: 1px solid var(--rule); border-radius: .75rem;
  padding: 1.4rem 1.5rem; margin-bottom: 1rem;
}
.card > .muted:last-child { margin-top: .8rem; max-width: 48rem; }
.badge {
  display: inline-block; padding: .1rem .6rem; border-radius: 1rem; font-weight: 650;
  font-size: .78rem; letter-spacing: .03em; white-space: nowrap;
}
.badge.promote { color: var(--good); background: var(--good-wash); }
.badge.refuse { color: var(--calm); background: var(--calm-wash); }
.badge.not-enough { color: var(--wait); background: var(--wait-wash); }
.verdict { border-left: .35rem solid var(--calm); }
.verdict.promote { border-left-color: var(--good); }
.verdict.not-enough { border-left-color: var(--wait); }
.verdict > .badge { font-size: .95rem; padding: .2rem .8rem; }
.verdict p { max-width: 48rem; margin-top: .5rem; }
.lead { font-size: 1.4rem; line-height: 1.35; font-weight: 600; letter-spacing: -.01em; }
.signal { display: grid; gap: 1rem 2.5rem; grid-template-columns: 15rem 1fr; margin-top: 1rem; }
.direction { font-size: 2.2rem; font-weight: 700; line-height: 1.2; }
.direction.buy { color: var(--good); }
.direction.sell { color: var(--bad); }
.source { margin-top: .9rem; }
.meter { height: .5rem; border-radius: .25rem; background: var(--rule); margin-top: .35rem; }
.meter span { display: block; height: 100%; border-radius: .25rem; background: var(--hold); }
.confidence { font-size: .92rem; }
.confidence.strong .meter span { background: var(--good); }
.confidence.fair .meter span { background: var(--wait); }
.terms { display: grid; grid-template-columns: repeat(auto-fill, minmax(15.5rem, 1fr)); }
.terms, .digests { gap: .6rem 1.75rem; display: grid; }
.terms dt, .digests dt { color: var(--quiet); font-size: .85rem; line-height: 1.4; }
.terms dd, .digests dd { margin: 0; }
.digests code { font-size: .8rem; overflow-wrap: anywhere; }
.card ul:not([class]) { padding-left: 1.2rem; }
.gates { list-style: none; padding: 0; display: grid; gap: .5rem; margin-bottom: 1.2rem; }
.tiles { list-style: none; padding: 0; display: grid; gap: .75rem;
  grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); }
.tiles li { border: 1px solid var(--rule); border-radius: .5rem; padding: .9rem 1rem; }
.tiles h3 { margin: 0; }
.big { font-size: 1.9rem; font-weight: 650; line-height: 1.3; }
.mark { white-space: nowrap; }
.mark.passed { color: var(--good); }
.mark.failed { color: var(--bad); font-weight: 600; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--forecast); }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: .92rem; }
caption { text-align: left; color: var(--quiet); padding-bottom: .4rem; font-size: .92rem; }
th, td { text-align: left; padding: .4rem .9rem .4rem 0; vertical-align: top; font-weight: 400;
  border-bottom: 1px solid var(--rule); }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--quiet); font-size: .85rem; vertical-align: bottom; line-height: 1.3; }
tbody th { font-weight: 600; }
tbody tr:last-child > * { border-bottom: 0; }
.number { text-align: right; }
td.number { white-space: nowrap; }
.kind { display: block; color: var(--quiet); font-size: .8rem; font-weight: 400; }
.checks th[scope=row] { width: 15rem; }
.checks .group th { padding-top: 1.1rem; }
.checks tbody:last-child tr:last-child > * { border-bottom: 0; }
.checks tbody tr:last-child > * { border-bottom: 1px solid var(--rule); }
.figures { display: block; color: var(--quiet); font-size: .84rem; }
details { margin-top: .9rem; }
summary { cursor: pointer; color: var(--calm); }
details > :nth-child(2) { margin-top: .6rem; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; }
.key { display: inline-block; width: 1.4rem; height: 0; margin-right: .45rem;
  vertical-align: middle; border-top: 3px solid var(--hold); }
.plot { display: grid; grid-template-columns: auto 1fr; margin-top: .5rem; column-gap: .5rem; }
.canvas { position: relative; height: 20rem; grid-column: 2; }
.weights-plot .canvas { height: 9rem; }
.calibration-plot .canvas { height: 17rem; }
.canvas svg { display: block; width: 100%; height: 100%; overflow: hidden; }
.ticks-y { position: relative; width: 3rem; color: var(--quiet); font-size: .8rem; }
.ticks-y span { position: absolute; right: 0; transform: translateY(50%); line-height: 1; }
.ticks-x { position: relative; grid-column: 2; height: 1.4rem; color: var(--quiet);
  font-size: .8rem; }
.ticks-x span { position: absolute; transform: translateX(-50%); white-space: nowrap;
  top: .25rem; }
.axis-title { grid-column: 1 / -1; color: var(--quiet); font-size: .8rem; padding-bottom: .5rem; }
.axis-title.x { grid-column: 2; text-align: center; }
.axis-title:empty { display: none; }
svg path { vector-effect: non-scaling-stroke; fill: none; }
.grid { stroke: var(--rule); stroke-width: 1; }
.line { stroke-width: 1.5; stroke-linejoin: round; }
.line.forecast { stroke: var(--forecast); stroke-width: 2.25; }
.line.rules { stroke: var(--rules); }
.line.buy-and-hold { stroke: var(--hold); stroke-dasharray: 5 3; }
.line.perfect { stroke: var(--hold); stroke-dasharray: 5 4; }
.line.error { stroke: var(--forecast); stroke-width: 1.5; opacity: .55; }
.dots { stroke-width: 9; stroke-linecap: round; stroke: var(--forecast); }
.key.forecast { border-color: var(--forecast); }
.key.rules { border-color: var(--rules); }
.key.buy-and-hold { border-color: var(--hold); border-top-style: dashed; }
.key.perfect { border-color: var(--hold); border-top-style: dashed; }
.key.measured { width: .6rem; height: .6rem; border: 0; border-radius: 50%;
  background: var(--forecast); }
.area { stroke: var(--paper); stroke-width: 1; opacity: .88; }
.area.member-0 { fill: var(--member-0); } .key.member-0 { border-color: var(--member-0); }
.area.member-1 { fill: var(--member-1); } .key.member-1 { border-color: var(--member-1); }
.area.member-2 { fill: var(--member-2); } .key.member-2 { border-color: var(--member-2); }
.area.member-3 { fill: var(--member-3); } .key.member-3 { border-color: var(--member-3); }
.area.member-4 { fill: var(--member-4); } .key.member-4 { border-color: var(--member-4); }
.area.member-5 { fill: var(--member-5); } .key.member-5 { border-color: var(--member-5); }
[class*="key member"] { border-top-width: .7rem; width: .7rem; }
footer { color: var(--quiet); font-size: .9rem; padding: .5rem .25rem; display: grid; gap: .3rem; }
@media (max-width: 40rem) {
  body { padding: 1rem .6rem 2rem; }
  .card { padding: 1.1rem 1rem; }
  h1 { font-size: 1.5rem; }
  .lead { font-size: 1.2rem; }
  .signal { grid-template-columns: 1fr; }
  .canvas { height: 15rem; }
  .ticks-y { width: 2.2rem; }
  .scroll table { width: max-content; min-width: 100%; }
  .scroll caption { max-width: calc(100vw - 4rem); }
  .scroll tbody th, .scroll thead th:first-child { position: sticky; left: 0;
    background: var(--paper); background-clip: padding-box; max-width: 9rem; }
  .checks thead { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  .checks tr { display: grid; grid-template-columns: 1fr auto; }
  .checks tr > * { border: 0; padding: .2rem 0; }
  .checks th[scope=row] { width: auto; }
  .checks td:last-child { grid-column: 1 / -1; }
  .checks tbody tr { border-bottom: 1px solid var(--rule); padding: .3rem 0; }
  .checks tbody tr:last-child > * { border-bottom: 0; }
}
@media print { body { background: #fff; } .card { break-inside: avoid; } }
"""
)
