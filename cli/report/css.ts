/**
 * The page's style. Blue and orange differ with every kind of colour blindness, by lightness too; text has a
 * contrast of at least 4.5:1 in both schemes. One type scale: 12, 14, 16, 20, 28, 40 pixels.
 */
export const css = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b2330;--soft:#566072;--line:#e3e6ec;--gap:#e4e7ed;--water:#e8eef5;--land:#fbfaf7;--shore:#c3c8d1;
--c1:#2466a8;--c2:#cf7c14;--c3:#5f4690;--c4:#858fa0;--c5:#2f9c8c;--rim:#4d5a6e;--note:#fdf3df;--note-ink:#5f4300;
--s0:#eef3f9;--s1:#cddef0;--s2:#a9c8e5;--s3:#82aed8;--s4:#5590c6;--s5:#2f70b0;--s6:#174f8a;
--f0:#a4abb8;--in1:#8db8e0;--in2:#4687c4;--in3:#17528f;--in:#2466a8;--out1:#f2b56b;--out2:#d97c14;--out3:#984d00;--out:#cf7c14}
@media(prefers-color-scheme:dark){:root{--paper:#141820;--ink:#e8ebf1;--soft:#a3adbd;--line:#2c333f;--gap:#2a3140;--water:#10141b;--land:#232a35;--shore:#475061;
--c1:#5b9fe0;--c2:#e9a045;--c3:#d9c8f5;--c4:#6b7587;--c5:#4fb3a3;--rim:#0b0e13;--note:#3a2e12;--note-ink:#f6dfae;
--s0:#1c2531;--s1:#1f3754;--s2:#234e7b;--s3:#2f6aa5;--s4:#4a8acb;--s5:#7db1e3;--s6:#bddaf5;
--f0:#7a8496;--in1:#4d7fb3;--in2:#74aeea;--in3:#c4defa;--in:#5b9fe0;--out1:#a8702f;--out2:#e9a045;--out3:#ffdcae;--out:#e9a045}}
*{box-sizing:border-box;margin:0}
body{background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1000px;margin:0 auto;padding:40px 20px 64px;display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:0 24px}
header,section,footer{grid-column:1/-1;min-width:0}
section{margin-top:56px}
h1{font-size:40px;line-height:1.15;letter-spacing:-.02em;font-weight:700;max-width:18em;text-wrap:balance}
.lede{font-size:20px;line-height:1.4;color:var(--soft);margin-top:12px;max-width:52em}
h2{font-size:20px;line-height:1.3;font-weight:650;letter-spacing:-.005em}
section>p{color:var(--soft);max-width:44em;margin-top:4px;text-wrap:pretty}
section>p.note{font-size:14px;margin-top:12px}
.banner{background:var(--note);color:var(--note-ink);padding:10px 14px;border-radius:6px;font-size:14px;margin-bottom:28px}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:16px 24px;margin-top:28px;padding-top:16px;border-top:1px solid var(--line);font-size:14px}
dt{color:var(--soft)}
.facts dd{overflow-wrap:anywhere}
.tiles dl{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:0 24px;border-bottom:1px solid var(--line);margin-top:16px}
.tiles dl>div{border-top:1px solid var(--line);padding:14px 0}
.tiles dt{font-size:14px}
.tiles b{font-size:28px;line-height:1.3;font-weight:650;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.tiles small{display:block;font-size:14px;color:var(--soft);line-height:1.4}
.half{grid-column:auto;display:grid;grid-row:span 5;grid-template-rows:subgrid}
.half>*{grid-column:1;min-width:0}.half>figure{grid-row:3;align-self:end}.half>.note{grid-row:4}.half>details{grid-row:5}
figure{margin-top:20px}
footer{margin-top:56px;padding-top:16px;border-top:1px solid var(--line);font-size:14px;color:var(--soft)}
.n{display:none}
svg{display:block;max-width:100%;height:auto;color:var(--soft);fill:currentColor;font-family:inherit;font-size:12px;overflow:visible;font-variant-numeric:tabular-nums}
svg text{white-space:pre}
.rank svg{color:var(--ink);font-size:14px}
.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:4px 18px;font-size:14px;margin-bottom:14px}
.legend i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:7px;vertical-align:-1px}
.maps{display:grid;align-items:end;grid-template-columns:repeat(3,minmax(0,1fr));gap:24px}
.maps svg{width:100%;border-radius:6px;overflow:hidden;background:var(--water)}
.maps h3{font-size:14px;font-weight:650;margin-bottom:8px}
details{margin-top:12px;font-size:14px}
summary{cursor:pointer;color:var(--soft);width:max-content;padding:4px 0}
summary:hover{color:var(--ink)}
.scroll{overflow:auto;max-height:420px;margin-top:8px;border-block:1px solid var(--line)}
:focus-visible{outline:2px solid var(--c1);outline-offset:2px;border-radius:3px}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;width:100%}
.scroll th,.scroll td{padding:5px 16px 5px 0;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th{font-weight:400}
thead th{font-weight:650;position:sticky;top:0;background:var(--paper)}
th:first-child{text-align:left!important}
.growth td,.growth th{padding:8px 0 8px 16px;text-align:right;border-bottom:1px solid var(--line)}
.growth th:first-child{padding-left:0}
.growth thead th{font-size:12px;color:var(--soft);position:static;vertical-align:bottom;font-weight:400}
.growth .spark{text-align:left}.growth thead .spark{white-space:nowrap}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(max-width:760px){
main,.half{display:block}main{padding:24px 20px 48px}section,footer{margin-top:44px}
h1{font-size:28px}.lede{font-size:16px}
.tiles dl{grid-template-columns:repeat(2,1fr)}
.w{display:none}.n{display:block}
.n svg,.maps svg{width:100%;max-width:460px}
.maps{grid-template-columns:minmax(0,1fr)}
.growth .spark svg{width:100%}.growth .spark{min-width:60px}
.facts{grid-template-columns:1fr;gap:8px}.facts>div{display:grid;grid-template-columns:8.5em 1fr}
.growth td,.growth th{padding-left:10px}.growth th:first-child{white-space:nowrap}.growth .wide{display:none}
}
@media print{
:root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#444}
body{font-size:11pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{padding:0;max-width:none;display:grid;gap:0 24px}.half{display:grid}section{margin-top:28px;break-inside:avoid}
.w{display:block}.n,details{display:none}
.maps{grid-template-columns:repeat(3,minmax(0,1fr))}
.tiles dl{grid-template-columns:repeat(3,1fr)}
.maps h3{font-size:9pt}
@page{margin:14mm}
}
`;
