# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The page's style. Text in Python: a module that runs by itself is sent with its Python files and nothing else."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--card:#f6f8fa;--link:#0550ae;
--error:#b42318;--warning:#875000;--unseen:#57606a;--no_key:#57606a;--good:#116329;--info:#0550ae;--bar:#0969da;
--over:#b42318;
--errorpaper:#ffebe9;--warningpaper:#fff4d6}
@media screen and (prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6edf3;--soft:#9da7b3;--line:#3d444d;
--card:#161b22;
--link:#79c0ff;--error:#ff8f86;--warning:#e3b341;--unseen:#9da7b3;--no_key:#9da7b3;--good:#56d364;--info:#79c0ff;
--bar:#4493f8;
--over:#ff8f86;--errorpaper:#3a1614;--warningpaper:#33270a}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",
"Noto Sans","Noto Sans CJK JP","Hiragino Sans","Yu Gothic UI",Meiryo,sans-serif}
header,main,footer{max-width:90rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.5rem}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.3rem;line-height:1.3;margin:2.5rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.5rem 0 .5rem}
p,ul,dl{margin:.5rem 0;max-width:65rem;overflow-wrap:anywhere}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem 1rem;z-index:9}
.soft{color:var(--soft)}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.85em;
overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;font-size:.9rem}
.facts dt{color:var(--soft)}.facts dd{margin:0;overflow-wrap:anywhere}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none;font-size:.9rem}
.verdict{list-style:none;padding:0;font-size:1.1rem}
.verdict li{margin:.25rem 0;padding:.5rem .75rem;border-left:.35rem solid;background:var(--card)}
.alarm{border:2px solid var(--error);background:var(--errorpaper);padding:.75rem 1rem;margin:1rem 0;font-weight:600;
overflow-wrap:anywhere}
.notice{border-left:.35rem solid var(--warning);background:var(--warningpaper);padding:.5rem .75rem;margin:.75rem 0}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.75rem;max-width:none}
.cards div{border:1px solid var(--line);border-radius:.4rem;background:var(--card);padding:.6rem .75rem;display:flex;
flex-direction:column-reverse;justify-content:flex-end}
.cards dt{font-size:.85rem;color:var(--soft)}.cards dd{margin:0;font-size:1.6rem;font-weight:650;line-height:1.2}
.e{color:var(--error)}.w{color:var(--warning)}.u{color:var(--unseen)}.k{color:var(--no_key)}.g{color:var(--good)}.i{
color:var(--info)}
.s{font-weight:650;white-space:nowrap}
.scroll{overflow-x:auto;max-width:100%;border:1px solid var(--line);border-radius:.4rem;margin:.5rem 0 1rem}
table{border-collapse:collapse;width:100%;font-size:.875rem;line-height:1.4}
caption{text-align:left;padding:.5rem .6rem;color:var(--soft);font-size:.85rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-top:1px solid var(--line);overflow-wrap:break-word}
thead th{background:var(--card);font-weight:650;border-bottom:2px solid var(--line);overflow-wrap:normal}
tbody th{font-weight:650}
th.month{background:var(--card)}
small{display:block;font-weight:400;color:var(--soft);font-size:.9em;overflow-wrap:anywhere}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
#registries table{table-layout:fixed}
.chunk{min-width:76rem;content-visibility:auto;contain-intrinsic-size:auto 76rem auto 9000px}
.chunk[hidden]{display:none}
#registries th:first-child{width:15%}#registries thead th:nth-child(2){width:8%}#registries thead th:nth-child(3){
width:10%}
#registries thead th:nth-child(4){width:12%}#registries thead th:nth-child(5){width:6%}
#registries thead th:nth-child(7){width:8%}
#registries thead th:nth-child(6),#registries thead th:nth-child(8){width:8%}#registries thead th:nth-child(11){
width:7%}
#registries td.s,#registries .n small,.events td.s{white-space:normal}
#registries td,#registries tbody th{overflow-wrap:anywhere}
#registries td:nth-child(4){font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;
font-size:.8em}
.events{table-layout:fixed;min-width:60rem}.events td{overflow-wrap:anywhere}
.events thead th:nth-child(1){width:5%}.events thead th:nth-child(2),.events thead th:nth-child(4){width:9%}
.events thead th:nth-child(3){width:15%}.events thead th:nth-child(6),.events thead th:nth-child(7){width:15%}
#ages .scroll{max-width:40rem}
.tools{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:end;margin:.5rem 0}
.tools[hidden]{display:none}
.tools label{display:block;font-size:.85rem;color:var(--soft)}
input,select{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--soft);border-radius:.3rem;
padding:.3rem .5rem;min-width:15rem;max-width:100%}
thead button{font:inherit;color:inherit;background:none;border:1px solid var(--line);border-radius:.2rem;
padding:0 .3rem;min-width:1.5rem;
min-height:1.5rem;margin-left:.3rem;cursor:pointer}
thead button::after{content:"\\2195"}th[aria-sort=ascending] button::after{content:"\\25B2"}
th[aria-sort=descending] button::after{content:"\\25BC"}
svg{max-width:100%;height:auto;display:block;margin:.5rem 0}
svg text{fill:var(--ink);font:13px system-ui,"Noto Sans CJK JP",sans-serif}
.b{fill:var(--bar)}.o{fill:url(#hatch);stroke:var(--over)}.hl{stroke:var(--over);stroke-width:3}.hp{
fill:var(--paper)}.ax{stroke:var(--line)}
.key{display:inline-block;width:1em;height:.8em;background:var(--bar)}.key.over{
background:repeating-linear-gradient(45deg,
var(--over) 0 2px,var(--paper) 2px 5px);border:1px solid var(--over)}
.lines{padding-left:1.2rem;font-size:.9rem}.lines li{overflow-wrap:anywhere}
footer{padding:1rem 1.25rem 3rem;color:var(--soft);font-size:.85rem}
@media (max-width:40rem){body{font-size:15px}h1{font-size:1.4rem}header,main,footer{padding-left:.9rem;
padding-right:.9rem}
.facts{grid-template-columns:1fr}.facts dd{margin-bottom:.4rem}input,select{min-width:0;width:100%}.tools>*{
flex:1 1 100%}
.scroll table{min-width:44rem}}
@media print{@page{size:A4 landscape;margin:12mm}body{font-size:10pt}header,main,footer{max-width:none;padding:0}
nav,.skip,.tools,thead button{display:none!important}.scroll{overflow:visible;border:0}table{font-size:7.5pt}
th,td{padding:2pt 3pt}h2{break-after:avoid}tr,svg,.cards div{break-inside:avoid}thead{display:table-header-group}
.events{min-width:0}
a{color:inherit}.chunk{min-width:0;content-visibility:visible}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
