namespace Pawl.Experiments.Dashboard;

/// <summary>The style of the page.</summary>
internal static class Style
{
    // No < and no & in it: the page is well-formed as XML too.
    public const string Sheet = """
        :root{color-scheme:light dark;--bg:#fff;--soft:#f5f6f8;--ink:#16191d;--dim:#5a6370;--line:#dfe3e8;--good:#0a6b8f;--goodsoft:#e3f1f6;--bad:#b3400a;--badsoft:#fbeadf;--open:#5a6370;--opensoft:#eef0f3;--busy:#4a4fa8;--busysoft:#eaebf8;--band:#4a4fa826}
        @media screen and (prefers-color-scheme:dark){:root{--bg:#121417;--soft:#1b1e23;--ink:#e6e9ed;--dim:#9aa4b1;--line:#2d323a;--good:#5fbde0;--goodsoft:#12303c;--bad:#f0935a;--badsoft:#3c2213;--open:#9aa4b1;--opensoft:#23272e;--busy:#a3a8f2;--busysoft:#24264a;--band:#a3a8f22e}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0 auto;padding:40px 28px 64px;max-width:1040px;background:var(--bg);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
        h1{margin:2px 0 6px;font-size:28px;line-height:1.2;font-weight:650;letter-spacing:-.015em;overflow-wrap:anywhere}
        h2{margin:0 0 6px;font-size:18px;line-height:1.3;font-weight:650;letter-spacing:-.005em}
        h3{margin:24px 0 6px;font-size:14px;font-weight:650}
        p{margin:0 0 10px}
        code,pre{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;overflow-wrap:anywhere}
        pre{margin:10px 0;padding:12px 14px;background:var(--soft);border-radius:6px;white-space:pre-wrap}
        .eyebrow{margin:0;color:var(--dim);font-size:13px}
        .hypothesis{max-width:68ch;font-size:17px;color:var(--dim)}
        .lead,.key{max-width:78ch;color:var(--dim);font-size:13.5px}
        .empty,.none{color:var(--dim)}
        section{margin-top:40px}
        .state{display:flex;gap:16px;margin-top:20px;padding:18px 20px;border-radius:10px;background:var(--soft)}
        .state.good{background:var(--goodsoft)}.state.bad{background:var(--badsoft)}.state.open{background:var(--opensoft)}.state.busy{background:var(--busysoft)}
        .state p,.state ul{max-width:72ch}.state p:last-child{margin:0}
        .icon{flex:none}.icon path{fill:none;stroke:var(--bg);stroke-width:3;stroke-linecap:round;stroke-linejoin:round}
        .good .icon circle{fill:var(--good)}.bad .icon circle{fill:var(--bad)}.open .icon circle{fill:var(--open)}.busy .icon circle{fill:var(--busy)}
        .reasons,.plain{margin:0 0 10px;padding-left:18px}.reasons li,.plain li{margin:2px 0}
        .tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:0 28px;margin:24px 0 0}
        .tiles dt{color:var(--dim);font-size:13px;overflow-wrap:anywhere}.tiles dd{margin:0;color:var(--dim);font-size:13px}
        .tiles .big{color:var(--ink);font-size:24px;line-height:1.35;font-weight:600;letter-spacing:-.01em;white-space:nowrap}
        .bar{display:block;margin-top:8px}.bar .whole{fill:var(--line)}.bar .done{fill:var(--busy)}
        .scroll{overflow-x:auto}.scroll+p{margin-top:12px}td.said{min-width:15em}.why{max-width:26em}
        table{width:100%;border-collapse:collapse;font-size:14px}
        th,td{padding:7px 16px 7px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;unicode-bidi:isolate}
        th:last-child,td:last-child{padding-right:0}
        thead th{color:var(--dim);font-size:12.5px;font-weight:500;white-space:nowrap;vertical-align:bottom}
        tbody th{font-weight:500}.strong{font-weight:650}
        .n{text-align:right}td.n,th.n{white-space:nowrap}
        time{white-space:nowrap}
        .dense{font-size:13px}.dense td{padding-top:3px;padding-bottom:3px}
        .current th,.current td{font-weight:650}
        .forest{table-layout:fixed}.forest th:nth-child(1){width:15%}.forest th:nth-child(2){width:36%}.forest th:nth-child(3){width:11%}.forest th:nth-child(4){width:17%}.forest th:nth-child(5){width:9%}
        .forest td,.forest tbody th{border:0;padding-top:0;padding-bottom:0;height:34px;vertical-align:middle}
        .forest .metric th{width:auto;height:auto;padding:18px 0 6px;font-weight:650;text-align:left}
        .forest .metric~tr th{overflow-wrap:anywhere}
        .forest .scale td{height:22px;vertical-align:top}
        .forest tbody{border-bottom:1px solid var(--line)}
        .unit{color:var(--dim);font-size:12.5px;font-weight:400;margin-left:6px}
        .tag{margin-left:6px;padding:1px 7px;border-radius:9px;background:var(--busysoft);color:var(--busy);font-size:11.5px;font-weight:600}
        .badge{display:inline-flex;align-items:center;gap:6px;margin-right:10px;white-space:nowrap;font-size:13px}.badge.good{color:var(--good)}.badge.bad{color:var(--bad)}.badge.open{color:var(--open)}
        .why{display:block;color:var(--dim);font-size:12.5px;line-height:1.35}
        .key{margin-top:12px}
        .plot{display:block;overflow:visible}
        .mark.good{fill:var(--good)}.mark.bad{fill:var(--bad)}.mark.open{fill:var(--bg);stroke:var(--open);stroke-width:2}
        .interval line{stroke-width:2}.interval.good line{stroke:var(--good)}.interval.bad line{stroke:var(--bad)}.interval.open line{stroke:var(--open)}
        .zero{stroke:var(--ink);stroke-width:1}.mde{stroke:var(--busy);stroke-width:1.5;stroke-dasharray:4 3}
        .axis,.tickline,.grid{stroke:var(--line)}
        .tick{fill:var(--dim);font-size:11.5px}.plot .said{fill:var(--ink);font-size:12px;font-weight:600}
        .band{fill:var(--band)}.line{fill:none;stroke:var(--busy);stroke-width:2;vector-effect:non-scaling-stroke;stroke-linejoin:round}
        .whisker{stroke:var(--busy);stroke-width:1;opacity:.55}.point{fill:var(--busy)}
        .verdict{stroke:var(--ink);stroke-width:1;stroke-dasharray:1 3}.flag{fill:var(--ink)}
        .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:24px 32px}
        figure{margin:0;min-width:0}figcaption{margin-bottom:6px;font-size:13.5px;color:var(--dim)}figcaption b{color:var(--ink)}
        .chart{display:grid;grid-template-columns:74px minmax(0,1fr)}
        .facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:6px 24px;margin:0 0 10px;font-size:14px}.facts dt{color:var(--dim)}.facts dd{margin:0;overflow-wrap:anywhere}
        details{margin-top:10px}summary{cursor:pointer;padding:6px 0;color:var(--dim);font-size:13.5px}summary b{color:var(--ink)}.statement{margin:0;border-bottom:1px solid var(--line)}
        footer{margin-top:48px;padding-top:16px;border-top:1px solid var(--line);color:var(--dim);font-size:12.5px}
        @media (max-width:720px){body{padding:24px 16px 48px}h1{font-size:23px}.state{flex-direction:column;gap:10px;padding:16px}.tiles{grid-template-columns:1fr 1fr;gap:18px 20px}.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:8px}
        .forest thead{display:none}.forest tbody{display:block;padding-bottom:10px}.forest th:nth-child(n),.forest td:nth-child(n){width:auto}.forest tr{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:2px 12px;align-items:center}.forest .metric{display:block}.forest td,.forest tbody th,.forest .scale td{width:auto;height:auto;padding:0}.forest .metric th{padding:16px 0 6px}
        .forest .drawn,.forest .scale td{grid-column:1/-1;grid-row:2}.forest .scale td:first-child,.forest .scale td:last-child,.forest td:nth-child(5){display:none}.forest td:nth-child(3){grid-column:2;grid-row:1}.forest td:nth-child(6){grid-column:1;grid-row:3}.forest td:nth-child(4){grid-column:2;grid-row:3}.forest tr+tr{margin-top:8px}.forest .scale{margin-top:0}}
        @media print{body{max-width:none;padding:0;font-size:11pt}section,.state,tbody.metric,figure{break-inside:avoid}section{margin-top:22pt}.scroll{overflow:visible}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
        """;
}
