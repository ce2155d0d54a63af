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
.effects { list-style: none; padding: 1.1rem 0 0; margin-top: 1.2rem; display: grid;
  grid-template-columns: repeat(4, minmax(0, 1fr)); border-top: 1px solid var(--rule); }
.effects li { padding: 0 1.25rem; border-left: 1px solid var(--rule); }
.effects li:first-child { padding-left: 0; border-left: 0; }
.effects li:last-child { padding-right: 0; }
.effects h3 { margin: 0; font-size: .85rem; font-weight: 500; color: var(--quiet); }
.effects p { margin-top: .15rem; }
.effects .muted { font-size: .82rem; line-height: 1.4; margin-top: .35rem; }
.big.words { font-size: 1.15rem; line-height: 1.6; padding: .4rem 0 .35rem; }
.verdict .effects + .muted { margin-top: 1.1rem; }
.interval { color: var(--quiet); font-size: .82rem; font-weight: 400; }
span.interval, .interval span, .ends { white-space: nowrap; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem 3rem; }
.pair h3 { margin-top: 0; }
.pair .muted { margin-top: .7rem; font-size: .85rem; line-height: 1.45; }
.lines { list-style: none; padding: 0; display: grid; gap: .85rem; margin-top: .6rem; }
.lines li { display: grid; grid-template-columns: 1fr auto; column-gap: 1rem; }
.lines .track { grid-column: 1 / -1; width: auto; }
.lines .note { grid-column: 1 / -1; color: var(--quiet); font-size: .82rem; }
.lines .name { font-size: .92rem; }
.track { position: relative; display: block; height: 1rem; --tone: var(--forecast); }
.track::before { content: ""; position: absolute; left: 0; right: 0; top: 50%;
  border-top: 1px solid var(--rule); }
.track.good { --tone: var(--good); }
.track.bad { --tone: var(--bad); }
.track.empty::before { border-top-style: dashed; }
.track i { position: absolute; top: 50%; }
.track .reach { height: .3rem; margin-top: -.15rem; border-radius: .15rem;
  background: var(--tone); opacity: .38; }
.track .at { width: .62rem; height: .62rem; margin: -.31rem 0 0 -.31rem; border-radius: 50%;
  background: var(--tone); }
.track .mark-at { top: 0; bottom: 0; width: 0; border-left: 1.5px solid var(--hold); }
.drawn { display: grid; grid-template-columns: 3.4rem 1fr; column-gap: .6rem;
  align-items: center; min-width: 13rem; text-align: left; }
.drawn .interval { grid-column: 2; text-align: center; line-height: 1.2; font-size: .78rem; }
.drawn .value { text-align: right; }
.bar { display: block; height: .5rem; border-radius: .25rem; background: var(--rule); }
.bar i { display: block; height: 100%; border-radius: .25rem; background: var(--forecast); }
.above { display: block; text-align: left; padding-left: 4rem; white-space: nowrap; }
.plot ~ .muted { margin-top: .6rem; max-width: 48rem; }
.plot ~ .scroll, .card > p + .scroll, .scroll ~ .scroll { margin-top: 1.4rem; }
.scroll + .muted { margin-top: .6rem; max-width: 48rem; }
.legs { list-style: none; padding: 0; margin: 0 0 1.2rem; display: grid; gap: .4rem .75rem;
  grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); }
.legs li { border: 1px solid var(--rule); border-radius: .5rem; padding: .6rem .8rem;
  display: grid; font-size: .92rem; grid-template-rows: 1fr auto auto; }
.legs .question { font-weight: 600; line-height: 1.35; }
.mark.beside { opacity: .75; font-weight: 400; }
.opinions { list-style: none; padding: 0; margin-top: .9rem; }
.opinions li { display: grid; grid-template-columns: 1.4rem 1fr auto; column-gap: .4rem;
  padding: .6rem 0; border-top: 1px solid var(--rule); }
.opinions .sign { grid-row: span 2; line-height: 1.5; color: var(--quiet); }
.opinions .for .sign { color: var(--good); }
.opinions .name { font-weight: 600; }
.opinions .value { text-align: right; }
.opinions .asked { grid-column: 3; text-align: right; color: var(--quiet); font-size: .84rem; }
.opinions .note { grid-column: 2; grid-row: 2; color: var(--quiet); font-size: .84rem;
  max-width: 36rem; }
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
#equity tbody th { min-width: 8.5rem; }
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
.falls-plot .canvas { height: 5.5rem; }
.falls-plot .ticks-x { display: none; }
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
.line-forecast { stroke: var(--forecast); stroke-width: 2.25; }
.line-rules { stroke: var(--rules); }
.line-always_up { stroke: var(--hold); stroke-dasharray: 5 3; }
.line-last_return { stroke: var(--member-3); stroke-width: 1; }
.line-fall { stroke: var(--forecast); stroke-width: 1; }
.area.fall { fill: var(--forecast); stroke: none; opacity: .22; }
.line.perfect { stroke: var(--hold); stroke-dasharray: 5 4; }
.line.error { stroke: var(--forecast); stroke-width: 1.5; opacity: .55; }
.dots { stroke-width: 9; stroke-linecap: round; stroke: var(--forecast); }
.key.line-forecast { border-color: var(--forecast); }
.key.line-rules { border-color: var(--rules); }
.key.line-always_up { border-color: var(--hold); border-top-style: dashed; }
.key.line-last_return { border-color: var(--member-3); }
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
  .signal, .pair { grid-template-columns: 1fr; }
  .effects { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.2rem 1rem; }
  .legs { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .drawn { min-width: 9.5rem; }
  #balance .drawn { min-width: 4.5rem; grid-template-columns: 1fr; }
  #balance .value { text-align: left; }
  .above { white-space: normal; }
  .effects li { padding: 0; border: 0; }
  .effects .big { font-size: 1.5rem; }
  .opinions li { grid-template-columns: 1.4rem 1fr auto; }
  .opinions .sign { grid-row: auto; }
  .opinions .asked, .opinions .note { grid-column: 2 / -1; grid-row: auto; text-align: left; }
  .canvas { height: 15rem; }
  .ticks-y { width: 2.2rem; }
  .scroll table { width: max-content; min-width: 100%; }
  #balance .scroll table { width: 100%; }
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
