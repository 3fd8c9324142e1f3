/// The look of ``ReferencePage``: light and dark as the reader's system is, readable on a phone.
enum ReferenceStyle {
    /// One style sheet.
    static let css = """
        :root{color-scheme:light dark;--ink:#1c2024;--dim:#5b6570;--paper:#fff;--soft:#f4f6f8;--line:#dde2e7;--link:#0b5cad}
        @media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--dim:#9aa5b1;--paper:#15181c;--soft:#1e2328;--line:#313840;--link:#79b8ff}}
        *{box-sizing:border-box}
        html{scroll-padding-top:1rem}
        body{margin:0;display:grid;grid-template-columns:22rem minmax(0,1fr);font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
        nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.25rem;background:var(--soft);border-right:1px solid var(--line);font-size:.85rem}
        nav h1{font-size:1.1rem;margin:0 0 .75rem}nav h1 small{color:var(--dim);font-weight:400}
        nav h2{font-size:.85rem;margin:1rem 0 .25rem}nav h2 a{color:var(--ink)}
        nav ul{list-style:none;margin:0;padding:0}nav li a{display:flex;align-items:flex-start;gap:.5rem;padding:.1rem 0;color:var(--dim)}
        nav li a:hover{color:var(--link)}nav code{overflow-wrap:anywhere}
        main{padding:1.5rem 2.5rem 4rem;max-width:60rem}
        main h2{margin:2.5rem 0 .25rem;font-size:1.4rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}
        article{margin:1.5rem 0;padding-bottom:.5rem}
        h3{font-size:1.05rem;margin:0;overflow-wrap:anywhere;display:flex;gap:.6rem;align-items:baseline}
        h4{margin:1rem 0 .25rem;font-size:.9rem}
        p{margin:.3rem 0}.roles{color:var(--dim);font-size:.9rem}
        a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
        code,pre{font-family:ui-monospace,monospace;font-size:.86em}i{color:var(--dim)}
        pre{background:var(--soft);border:1px solid var(--line);border-radius:.4rem;padding:.75rem;overflow:auto}
        table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:.9rem}
        th{text-align:left;color:var(--dim);font-weight:500}td,th{padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
        dl{display:grid;grid-template-columns:3.5rem minmax(0,1fr);margin:0}dt{font-weight:600}dd{margin:0 0 .3rem}
        b{display:inline-block;flex:none;min-width:4.2em;text-align:center;border-radius:.25rem;padding:0 .35em;font:600 .72rem/1.7 ui-monospace,monospace;color:#fff;background:#57606a}
        b.get{background:#1a6fb5}b.post{background:#1f7a3d}b.put{background:#8a5a00}b.patch{background:#6e4bb3}b.delete{background:#b3261e}
        nav b{min-width:3.6em;font-size:.62rem}
        details{margin:.4rem 0}summary{cursor:pointer}
        @media(max-width:60rem){body{display:block}nav{position:static;height:auto;max-height:40vh;border-right:0;border-bottom:1px solid var(--line)}main{padding:1rem}table{display:block;overflow:auto}}
        """
}
