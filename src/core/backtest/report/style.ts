/** The look of a report: quiet, aligned, light and dark, on a phone and on paper. */
export const STYLE = `
:root {
  color-scheme: light;
  --page: #fbfbfa; --card: #ffffff; --ink: #1b1d21; --soft: #5d636d; --faint: #8a909a; --line: #e4e5e3; --wash: #f3f4f2;
  --own: #1f5fa8; --other: #8b919b; --good: #1c7a4d; --bad: #b3372f; --good-rgb: 28, 122, 77; --bad-rgb: 179, 55, 47; --warn: #8a5a00; --warn-wash: #fdf6e7; --warn-line: #ecd9ab;
  --line2: #c2571a; --line3: #6a4fb3; --line4: #0f7f86; --line5: #a33b74; --line6: #5b7a1c;
}
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) {
  color-scheme: dark;
  --page: #131518; --card: #1a1d21; --ink: #e7e8ea; --soft: #a2a8b2; --faint: #7b818c; --line: #2c3036; --wash: #202429;
  --own: #6ea8ea; --other: #8d939e; --good: #58b98a; --bad: #e57b70; --good-rgb: 88, 185, 138; --bad-rgb: 229, 123, 112; --warn: #e0b662; --warn-wash: #27221a; --warn-line: #4a3d22;
  --line2: #e6965f; --line3: #a790e6; --line4: #54bec5; --line5: #dd85b3; --line6: #a6c46a;
} }
:root[data-theme="dark"] {
  color-scheme: dark;
  --page: #131518; --card: #1a1d21; --ink: #e7e8ea; --soft: #a2a8b2; --faint: #7b818c; --line: #2c3036; --wash: #202429;
  --own: #6ea8ea; --other: #8d939e; --good: #58b98a; --bad: #e57b70; --good-rgb: 88, 185, 138; --bad-rgb: 229, 123, 112; --warn: #e0b662; --warn-wash: #27221a; --warn-line: #4a3d22;
  --line2: #e6965f; --line3: #a790e6; --line4: #54bec5; --line5: #dd85b3; --line6: #a6c46a;
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; font-variant-numeric: tabular-nums; }
main, header.top, footer { max-width: 1060px; margin: 0 auto; padding: 0 24px; }
header.top { padding-top: 36px; display: grid; grid-template-columns: 1fr auto; gap: 0 16px; }
.eyebrow { grid-column: 1; margin: 0; color: var(--soft); font-size: 13px; letter-spacing: .02em; }
button { font: inherit; font-size: 13px; color: var(--soft); background: none; border: 1px solid var(--line); border-radius: 7px; padding: 3px 10px; cursor: pointer; }
button:hover { color: var(--ink); border-color: var(--faint); }
:focus-visible { outline: 2px solid var(--own); outline-offset: 2px; }
h1 { grid-column: 1 / -1; font-size: 32px; line-height: 1.2; letter-spacing: -.018em; font-weight: 640; margin: 10px 0 4px; text-wrap: balance; }
.lead { grid-column: 1 / -1; margin: 0; font-size: 18px; color: var(--soft); text-wrap: pretty; }
.subject { grid-column: 1 / -1; margin: 14px 0 0; color: var(--soft); }
.good { color: var(--good); } .bad { color: var(--bad); } .soft { color: var(--soft); } .faint { color: var(--faint); }
h2 { font-size: 19px; line-height: 1.3; font-weight: 620; letter-spacing: -.008em; margin: 46px 0 4px; }
h3 { font-size: 13px; font-weight: 600; color: var(--soft); margin: 26px 0 4px; }
.about { margin: 0 0 12px; color: var(--soft); max-width: 72ch; font-size: 14px; }
.key { display: grid; grid-template-columns: repeat(6, 1fr); gap: 1px; background: var(--line); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; margin: 26px 0 0; }
.key div { background: var(--card); padding: 13px 15px 12px; }
.key dt { font-size: 12.5px; color: var(--soft); }
.key dd { margin: 1px 0 0; font-size: 22px; line-height: 1.25; font-weight: 600; letter-spacing: -.012em; white-space: nowrap; }
.key .note { font-weight: 400; letter-spacing: 0; line-height: 1.4; white-space: normal; }
.key dd small { font-size: 13px; font-weight: 400; color: var(--soft); letter-spacing: 0; }
.key .note small { white-space: normal; font-size: inherit; color: inherit; }
.key .note { display: block; font-size: 12.5px; color: var(--faint); }
.notes { margin: 18px 0 0; padding: 11px 16px 12px 16px; border: 1px solid var(--warn-line); background: var(--warn-wash); border-radius: 10px; }
.notes h2 { margin: 0 0 3px; font-size: 14px; color: var(--warn); }
.notes ul { margin: 0; padding-left: 18px; } .notes li { margin: 2px 0; font-size: 14px; overflow-wrap: anywhere; }
figure { margin: 10px 0 0; }
.chart { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 10px 6px 4px; min-height: 120px; }
.chart + .chart { margin-top: 8px; }
figcaption { color: var(--faint); font-size: 12.5px; margin-top: 6px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 12px 0 0; padding: 0; list-style: none; font-size: 13.5px; color: var(--soft); }
.legend i { display: inline-block; width: 18px; border-top: 2px solid; vertical-align: middle; margin-right: 7px; }
.legend i.dash { border-top-style: dashed; } .legend i.up, .legend i.down { border: 0; width: auto; font-style: normal; }
.reading { min-height: 20px; margin: 0 0 2px 12px; font-size: 12.5px; color: var(--soft); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.scroll { overflow-x: auto; margin: 8px 0 0; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
caption { text-align: left; color: var(--soft); font-size: 13px; padding: 9px 14px 3px; }
th, td { padding: 6px 14px; text-align: right; white-space: nowrap; vertical-align: baseline; }
th { font-weight: 500; color: var(--soft); font-size: 13px; }
thead th { border-bottom: 1px solid var(--line); position: sticky; top: 0; background: var(--card); }
tbody tr + tr > * { border-top: 1px solid var(--wash); }
th[scope="row"], td.text, th.text { text-align: left; } th[scope="row"] { color: var(--ink); font-size: 14px; }
td.wrap { white-space: normal; min-width: 22ch; text-align: left; color: var(--soft); font-size: 13px; line-height: 1.4; }
th.defined { white-space: normal; min-width: 150px; } th.defined small { display: block; font-size: 12.5px; line-height: 1.4; color: var(--faint); font-weight: 400; max-width: 68ch; }
td.reason { white-space: normal; color: var(--faint); font-size: 13px; }
tr.group th { text-align: left; padding-top: 16px; color: var(--soft); font-size: 12.5px; font-weight: 600; border-top: 0; }
.months td { border-left: 1px solid var(--card); } .months td, .months th { padding: 6px 9px; }
.months small { color: var(--faint); }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 0 28px; align-items: start; }
details { margin-top: 10px; } summary { cursor: pointer; color: var(--soft); font-size: 14px; width: fit-content; } summary:hover { color: var(--ink); }
code, pre { font: 12.5px/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; margin: 8px 0 0; }
.hash { overflow-wrap: anywhere; white-space: normal; }
.two + .scroll { margin-top: 12px; }
.copy { margin-top: 8px; }
footer { margin-top: 56px; padding-bottom: 48px; color: var(--faint); font-size: 12.5px; }
footer p { border-top: 1px solid var(--line); padding-top: 14px; margin: 0; }
.uplot, .u-wrap { font-family: inherit; } .u-legend { display: none; } .u-select { background: rgba(127, 127, 127, .14); }
.u-hz .u-cursor-x, .u-hz .u-cursor-y, .u-vt .u-cursor-x, .u-vt .u-cursor-y { border-color: var(--faint); }
@media (max-width: 860px) { .key { grid-template-columns: repeat(3, 1fr); } .two { grid-template-columns: 1fr; } }
@media (max-width: 560px) {
  body { font-size: 15px; } main, header.top, footer { padding-left: 16px; padding-right: 16px; }
  header.top { padding-top: 20px; } h1 { font-size: 25px; } .lead { font-size: 16px; } .key { grid-template-columns: 1fr 1fr; } .key dd { font-size: 19px; }
  h2 { margin-top: 36px; } th, td { padding: 6px 10px; } .chart { margin-left: -8px; margin-right: -8px; padding-left: 0; }
}
@media print {
  @page { margin: 14mm 12mm; }
  body { background: #fff; font-size: 11px; } main, header.top, footer { max-width: none; padding: 0; } header.top { padding-top: 0; }
  button, .reading { display: none; } h1 { font-size: 22px; } .lead { font-size: 13px; } h2 { font-size: 14px; margin-top: 22px; break-after: avoid; } table, pre, code { font-size: 9px; } th, th[scope="row"], td.wrap, caption { font-size: 9px; } th, td { padding: 2px 5px; } .key dd { font-size: 15px; } .key dt, .key .note small { white-space: normal; font-size: inherit; color: inherit; }
.key .note { font-size: 9px; }
  .key { grid-template-columns: repeat(6, 1fr); } .key div { padding: 7px 9px; }
  figure, .key, .notes, tr, pre { break-inside: avoid; } thead { display: table-header-group; } thead th { position: static; } .scroll { overflow: visible; border-radius: 0; }
}
`
