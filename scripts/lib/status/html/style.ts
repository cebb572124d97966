// The page's style: one column on a phone, dark where the reader's system is, ink-saving on paper. No images, no fonts.

export const STYLE = `
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--ink:#1d2330;--soft:#5a6375;--line:#dde1e8;--good:#17783a;--warn:#8f5d00;--bad:#c2212d;--off:#6b7486;--heart:#f2b705}
@media screen and (prefers-color-scheme:dark){:root{--bg:#0f131a;--card:#181e28;--ink:#e7ebf2;--soft:#9ba6b8;--line:#2b3442;--good:#47c46c;--warn:#e0a526;--bad:#ff6b66;--off:#8691a3}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
main,header,footer{max-width:1120px;margin:0 auto;padding:0 24px}
header{display:flex;gap:22px;align-items:center;padding-top:34px;padding-bottom:10px}
.emblem{width:92px;flex:none}.petal{fill:var(--tone);opacity:.88}.heart{fill:var(--heart);stroke:var(--bg);stroke-width:3}
h1{margin:0;font-size:30px;line-height:1.2;letter-spacing:-.01em}
h1 .verdict{color:var(--tone)}
header p{margin:6px 0 0;color:var(--soft)}
h2{margin:0 0 14px;font-size:18px}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:20px 22px;margin:18px 0}
.facts4{display:grid;grid-template-columns:repeat(4,1fr);gap:14px;margin:18px 0 0;padding:0}
.facts4>div{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:14px 18px 14px 22px;background:linear-gradient(var(--tone),var(--tone)) 0 0/5px 100% no-repeat var(--card)}
.facts4 dt{color:var(--soft);font-size:13px}.facts4 dd{margin:0;font-size:21px;font-weight:650;line-height:1.3}.facts4 small{display:block;font-weight:400}
.good{--tone:var(--good)}.warn{--tone:var(--warn)}.bad{--tone:var(--bad)}.off{--tone:var(--off)}
small{color:var(--soft);font-size:12.5px}code{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.badge{display:inline-flex;gap:6px;align-items:center;color:var(--tone);font-weight:600;white-space:nowrap;vertical-align:text-bottom;line-height:1.25}
.disc{fill:var(--tone)}.sign{fill:none;stroke:var(--card);stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}
.scroll{overflow-x:auto}.topology{display:block;margin:0 auto;height:auto}.wide{width:100%;max-width:var(--width);min-width:calc(var(--width)*.64)}.narrow{display:none;width:100%;max-width:360px}
.card{fill:var(--card);stroke:var(--line);stroke-width:1.5}.box.bad .card,.box.warn .card{stroke:var(--tone)}.box.off .card{stroke-dasharray:6 5;stroke:var(--off)}
.edgebar{fill:var(--tone)}.name{font-size:15px;font-weight:650;fill:var(--ink)}.word{font-size:14px;font-weight:600;fill:var(--tone)}.facts{font-size:12.5px;fill:var(--soft)}
.track{fill:var(--line)}.used{fill:var(--soft)}
.edge{fill:none;stroke:var(--tone);stroke-width:2}.edge.bad{stroke-dasharray:3 6}.edge.warn{stroke-dasharray:8 5}
.flow{fill:none;stroke:var(--good);stroke-width:6;stroke-linecap:round;stroke-dasharray:0 44;opacity:.75}
.pill{fill:var(--card);stroke:var(--tone);stroke-width:1.2}.label text{font-size:12px;text-anchor:middle;font-weight:600;fill:var(--tone)}.lock{fill:var(--tone)}.shackle{fill:none;stroke:var(--tone);stroke-width:1.8}
@media (prefers-reduced-motion:no-preference){.flow{animation:flow 2.4s linear infinite}@keyframes flow{to{stroke-dashoffset:-44}}}
table{border-collapse:collapse;width:100%}caption{text-align:left;color:var(--soft);font-size:13px;padding-bottom:8px}
td{white-space:nowrap}th,td{text-align:left;vertical-align:top;padding:8px 14px 8px 0;border-top:1px solid var(--line)}thead th{color:var(--soft);font-size:12.5px;font-weight:600;border-top:0}
tbody th{font-weight:600}tbody th small,.reason{display:block;font-weight:400;overflow-wrap:anywhere;white-space:normal}tbody tr:last-child>*{padding-bottom:0}.port{display:block}#services~table th:first-child{min-width:15em}
.reason{color:var(--ink)}
.problems{list-style:none;margin:0;padding:0}.problem{border-left:4px solid var(--tone);padding:2px 0 2px 14px;margin:0 0 16px}.problem:last-child{margin:0}.problem p{margin:0 0 4px;overflow-wrap:anywhere}
.fix code{background:var(--bg);border-radius:6px;padding:2px 7px;white-space:pre-wrap;-webkit-box-decoration-break:clone;box-decoration-break:clone}
.timeline{--first:225px;--second:118px;position:relative}.timeline table{table-layout:fixed}.timeline th:nth-child(1){width:var(--first)}.timeline th:nth-child(2){width:var(--second)}.timeline th:nth-child(1) small{display:block}
.timeline caption,.timeline th:nth-child(3){position:absolute;width:1px;height:1px;padding:0;overflow:hidden;clip-path:inset(50%)}
.axis{position:absolute;top:0;right:0;left:calc(var(--first) + var(--second));margin:0;color:var(--soft);font-size:12px}.axis b{font-weight:600}.axis span{position:absolute;transform:translateX(-50%);white-space:nowrap}.axis span:last-child{transform:translateX(-100%)}
.timeline td:last-child{padding-right:0}.lane{display:block;height:14px;border-left:2px solid var(--soft);margin-top:5px}.bar{display:block;height:14px;background:var(--tone);border-radius:0 7px 7px 0;opacity:.85}.left{font-size:13px;color:var(--soft)}
.chart{display:block;width:100%;max-width:860px;height:auto}.grid{stroke:var(--line)}.curve{fill:none;stroke:var(--good);stroke-width:2.5;stroke-linejoin:round}.dot{fill:var(--good)}details{margin-top:8px}summary{color:var(--soft);font-size:13px;cursor:pointer}details table{width:auto}
.none{margin:0;color:var(--soft)}
footer{color:var(--soft);font-size:13px;padding-top:4px;padding-bottom:34px}
@media screen and (max-width:760px){
main,header,footer{padding-left:14px;padding-right:14px}header{gap:14px;padding-top:20px}.emblem{width:64px}h1{font-size:23px}section{padding:16px}
.empty{display:none}.facts4{grid-template-columns:1fr 1fr;gap:10px}.facts4>div{padding:10px 10px 10px 16px}.facts4 dd{font-size:18px}
table,tbody,tr,th,td:not(.empty),caption{display:block}thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tbody tr{border-top:1px solid var(--line);padding:10px 0}tbody tr:last-child{padding-bottom:0}th,td{border:0;padding:1px 0}
td:not(.empty){display:grid;grid-template-columns:84px 1fr;gap:8px}td::before{content:attr(data-label);color:var(--soft);font-size:13px;line-height:1.75}td>*{grid-column:2}td>.badge{justify-self:start}
.timeline th:nth-child(1),.timeline th:nth-child(2){width:auto}.axis{position:relative;left:0;height:20px}.axis .even{display:none}.timeline td:not(.empty):last-child{display:block}.timeline td:last-child::before{content:none}
}
@media screen and (max-width:640px){.wide{display:none}.narrow{display:block}}
@media print{:root{--bg:#fff}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}body{font-size:10.5px}main,header,footer{padding-left:0;padding-right:0}header{padding-top:0}
.emblem{width:60px}h1{font-size:22px}h2{font-size:14px;margin-bottom:6px;break-after:avoid}section{padding:10px 14px;margin:10px 0}.facts4 dd{font-size:15px}.facts4,section,tr{break-inside:avoid}
code,small,caption,thead th,.left,.axis,footer{font-size:9.5px}th,td{padding:4px 10px 4px 0}.wide{width:76%;min-width:0}.flow{display:none}}
`
