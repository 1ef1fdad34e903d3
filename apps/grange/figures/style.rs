//! How a page looks.

/// On a narrow screen tables and figures scroll by themselves; figures stay large enough to read.
pub const STYLE: &str = "
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem 1.2rem 3rem; background: #fff; color: #222;
  font: 16px/1.5 system-ui, 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .6rem 0; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid #ccc; padding-bottom: .2rem; }
p { margin: .6rem 0; max-width: 48rem; }
p.lead { font-size: 1.1rem; }
p.alert { border-left: 5px solid #d55e00; background: #fdf1e8; padding: .5rem .9rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .7rem; margin: 1rem 0; }
.card { border: 1px solid #ccc; border-radius: .4rem; padding: .5rem .8rem; }
.card .name { color: #555; font-size: .85rem; }
.card .value { font-size: 1.35rem; font-weight: 600; }
.card .note { color: #555; font-size: .85rem; }
.wide { overflow-x: auto; margin: .8rem 0; }
details { margin: .6rem 0; }
summary { cursor: pointer; color: #0072b2; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .55rem; text-align: left; vertical-align: top; border-bottom: 1px solid #ddd;
  overflow-wrap: normal; }
th { border-bottom: 2px solid #999; vertical-align: bottom; }
td.number, th.number { text-align: right; }
td.number, td.words { white-space: nowrap; }
td.long { min-width: 14rem; max-width: 34rem; overflow-wrap: anywhere; }
table.dense { font-size: .82rem; }
table.dense th, table.dense td { padding: .25rem .34rem; }
.word { display: inline-block; max-width: 100%; }
figure { margin: 1rem 0; }
figure svg { display: block; width: 100%; height: auto; min-width: 48rem; }
figure.small svg { max-width: 40rem; min-width: 30rem; }
figcaption { color: #444; font-size: .9rem; max-width: 48rem; margin-top: .3rem; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .15rem 1rem; font-size: .95rem; }
dt { color: #555; }
dd { margin: 0; }
pre { overflow-x: auto; background: #f5f5f5; border: 1px solid #ddd; padding: .6rem .8rem; font-size: .85rem; }
footer { margin-top: 3rem; color: #666; font-size: .85rem; }
@media (max-width: 34rem) { body { padding: .6rem .7rem 2rem; } h1 { font-size: 1.3rem; }
  dl { grid-template-columns: 1fr; } dd { margin: 0 0 .5rem; } }
@media print { body { max-width: none; font-size: 10pt; padding: 0; } .wide { overflow: visible; }
  figure, tr, .card { break-inside: avoid; } h2 { break-after: avoid; }
  figure svg { min-width: 0; max-height: 24cm; } table { font-size: 7.5pt; } th, td,
  table.dense th, table.dense td { padding: .1rem .25rem; } table.dense { font-size: 6.5pt; }
  td.long { min-width: 9rem; } }
";
