/// The style of the page: light and dark, phone first, system fonts.
///
/// Text has a contrast of 4.5 to 1 or more on its ground in both schemes, lines 3 to 1. Blue, brown and magenta differ for
/// the colour-blind too, and each kind of line has dashes of its own.
enum ReportStyle {
    static let css = """
        :root{color-scheme:light dark;--bg:#fff;--box:#f4f6f8;--edge:#d5dae0;--text:#16191d;--soft:#555e68;--grid:#e3e7eb;\
        --blue:#0b5cad;--area:#c9dff5;--brown:#8a4b00;--bad:#b3261e;--good:#0a6640;--violet:#6b35a0;--other:#a3195b;\
        --badbox:#fdeceb;--goodbox:#e9f6ef}
        @media(prefers-color-scheme:dark){:root{--bg:#0f1317;--box:#191f25;--edge:#353d46;--text:#e8ebee;--soft:#a5afba;\
        --grid:#262d34;--blue:#74b8ff;--area:#1e3f60;--brown:#f0ab6a;--bad:#ff9087;--good:#62d49c;--violet:#c6a5f7;\
        --other:#ff93c6;--badbox:#37191a;--goodbox:#12291f}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
        body{margin:0 auto;padding:12px;max-width:1200px;background:var(--bg);color:var(--text);\
        font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
        h1{font-size:1rem;margin:0;font-weight:600}
        h2{font-size:1.2rem;margin:2rem 0 .5rem}
        h3{font-size:1rem;margin:0 0 .25rem}
        p{margin:.25rem 0}
        .soft,.note{color:var(--soft)}
        .note,.meta{font-size:.875rem}
        .verdict{font-size:1.2rem;line-height:1.35;font-weight:600;margin:.75rem 0;padding:.75rem;border-radius:8px;\
        border-left:6px solid var(--good);background:var(--goodbox)}
        .verdict.bad{border-color:var(--bad);background:var(--badbox)}
        .verdict p{margin:.35rem 0 0;font-size:1rem;font-weight:400}
        .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(150px,47%),1fr));gap:8px;margin:0}
        .tiles div{background:var(--box);border:1px solid var(--edge);border-radius:8px;padding:8px 10px}
        .tiles dt{font-size:.875rem;color:var(--soft)}
        .tiles dd{margin:0;font-size:.875rem}
        .tiles dd b.w{display:inline;font-size:inherit}.tiles dd>b:first-child{display:block;font-size:1.5rem;line-height:1.25;font-variant-numeric:tabular-nums}
        .bad{color:var(--bad)}.good{color:var(--good)}
        .verdict.bad{color:var(--text)}
        .findings{margin:0;padding-left:1.25rem}
        .findings li{margin:.35rem 0}
        .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,310px),1fr));gap:12px}
        figure{margin:0;border:1px solid var(--edge);border-radius:8px;padding:10px 8px 6px;min-width:0;break-inside:avoid}
        .legend{list-style:none;margin:.25rem 0 .35rem;padding:0;display:flex;flex-wrap:wrap;gap:2px 14px;font-size:.875rem}
        .legend svg{width:30px;height:12px;margin-right:5px;vertical-align:-1px}
        .chart{display:block;width:100%;height:auto}
        .chart+.legend{margin-top:.75rem}
        .chart text{font-size:28px;fill:var(--soft)}
        text.e{text-anchor:end}text.m{text-anchor:middle}
        text.halo{paint-order:stroke;stroke:var(--bg);stroke-width:7px;stroke-linejoin:round}
        .chart text.refused{fill:var(--bad)}.chart text.refused.none{fill:var(--soft)}
        .chart text.orefused{fill:var(--other)}
        path{fill:none;stroke-linejoin:round}
        .grid{stroke:var(--grid);stroke-width:2}.base{stroke:var(--soft);stroke-width:2}
        .served{fill:var(--area)}
        .short{fill:url(#hatch)}
        .wanted{stroke:var(--blue);stroke-width:4}
        .capacity{stroke:var(--brown);stroke-width:4;stroke-dasharray:14 7}
        .billed{stroke:var(--violet);stroke-width:4;stroke-dasharray:3 6;stroke-linecap:round}
        .bound{stroke:var(--soft);stroke-width:3;stroke-dasharray:10 10}
        .full{stroke:var(--bad);stroke-width:3;stroke-dasharray:18 6 4 6}
        .other{stroke:var(--other);stroke-width:4;stroke-dasharray:8 6}
        path.refused{fill:var(--bad)}path.orefused{fill:var(--other)}
        .hover{fill:transparent}.hover:hover{fill:var(--soft);fill-opacity:.18}
        .up{fill:var(--blue)}.down{fill:var(--bg);stroke:var(--soft);stroke-width:3}
        .defs{position:absolute;width:0;height:0}
        .narrow{max-width:560px}.wide{display:none}
        details{margin:.75rem 0}
        summary{cursor:pointer;padding:10px 0;font-weight:600;color:var(--blue)}
        .scroll{overflow-x:auto;border:1px solid var(--edge);border-radius:8px}.hint{display:none}
        .scroll:focus-visible,summary:focus-visible{outline:3px solid var(--blue)}
        table{border-collapse:separate;border-spacing:0;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
        th,td{padding:6px 9px;text-align:right;vertical-align:top;border-top:1px solid var(--grid);white-space:nowrap}
        thead th{border-top:0;color:var(--soft);font-weight:600;vertical-align:bottom}
        th:first-child,td.t{text-align:left}
        .pools th:first-child{position:sticky;left:0;background:var(--bg);white-space:normal;min-width:8.5rem;\
        max-width:14rem;border-right:1px solid var(--edge)}
        td small{display:block;color:var(--other);font-size:inherit}
        .actions th,.actions td{text-align:left}.actions td.why{white-space:normal;color:var(--soft);width:100%}
        .bars{display:grid;gap:10px 24px;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr))}
        .bars>div{display:grid;grid-template-columns:1fr auto;gap:1px 12px}
        .bars b{font-weight:400}.bars svg{grid-column:1/-1;width:100%;height:12px;background:var(--box)}
        .bars span{text-align:right;font-variant-numeric:tabular-nums}
        .bars rect{fill:var(--blue)}.bars rect.o{fill:var(--other)}.bars .o{color:var(--other)}
        @media(min-width:900px){.wide{display:block}.narrow{display:none}}
        @media(min-width:700px){body{padding:24px}h1{font-size:1.15rem}\
        .verdict{font-size:1.45rem}.tiles{grid-template-columns:repeat(auto-fill,minmax(170px,1fr))}}
        @media(max-width:999px){.hint{display:block}}
        @media(max-width:599px){.actions thead{display:none}.actions,.actions tbody{display:block}\
        .actions tr{display:grid;grid-template-columns:auto 1fr auto;border-top:1px solid var(--grid);padding:6px 0}\
        .actions td{border:0;padding:1px 8px;white-space:normal}.actions td.why{grid-column:1/-1;width:auto}}
        @media print{:root{color-scheme:light}body{max-width:none;padding:0}.scroll{overflow:visible}\
        details::details-content{content-visibility:visible;block-size:auto}table{font-size:.75rem}.pools th{white-space:normal;overflow-wrap:break-word}\
        td{overflow-wrap:normal;break-inside:avoid}th,td{padding:4px 5px}.pools th:first-child{min-width:0}h2{break-after:avoid}.hint{display:none}}
        """

    /// Shapes that the charts refer to: scaled out, scaled in, and the hatch of viewers who are not served.
    static let shapes = """
        <svg class="defs" aria-hidden="true"><defs><path id="out" class="up" d="M-9 18L0 0L9 18z"/>\
        <path id="in" class="down" d="M-8 2L0 17L8 2z"/>\
        <pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
        <path d="M0 0V8" style="stroke:var(--bad);stroke-width:7"/></pattern></defs></svg>
        """
}
