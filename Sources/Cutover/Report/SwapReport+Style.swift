extension SwapReport {
  /// Failures are red and nothing else is. The first release is blue and the second green, as they're called.
  static let style = """
    :root { color-scheme: light dark; --page: #fcfcfb; --text: #1b1c1e; --soft: #5d6167; --line: #e3e4e2; --panel: #f2f2f0;
      --bad: #c5221f; --good: #1d7a46; --warn: #96690a; --strong: #30353c; --step: #7d8794;
      --c0: #3f74c4; --c1: #2f9468; --c2: #b0743a; --c3: #8862b5; --c4: #2f8ea0; --c5: #8b8f46; }
    @media (prefers-color-scheme: dark) { :root { --page: #17181a; --text: #e8e8e6; --soft: #a2a6ac; --line: #303236;
      --panel: #202225; --bad: #ff6b62; --good: #5cc48b; --warn: #d9a93f; --strong: #dfe3e8; --step: #8a94a1;
      --c0: #6f9fe8; --c1: #57b98a; --c2: #d19a62; --c3: #ab8bd8; --c4: #5fb6c7; --c5: #b0b46c; } }
    @media print { :root { color-scheme: light; } body { max-width: none; padding: 0; } section { break-inside: avoid; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
    body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; background: var(--page); color: var(--text);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums; }
    h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.05rem; margin: 2.25rem 0 .5rem; }
    p { margin: .25rem 0; }
    .when, .legend { color: var(--soft); font-size: .87rem; }
    .outcome { display: inline-block; padding: 0 .5em; border: 1px solid; border-radius: 3px; font-size: .87em; font-weight: 600; }
    .outcome.done { color: var(--good); } .outcome.failed { color: var(--bad); }
    .outcome.undone, .outcome.unfinished { color: var(--warn); }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .5rem; margin-top: 1.5rem; }
    .tile { background: var(--panel); border-radius: 4px; padding: .6rem .8rem; }
    .tile b { display: block; font-size: 1.3rem; font-weight: 600; } .tile span { color: var(--soft); font-size: .85rem; }
    .bad, .tile.bad b { color: var(--bad); } .tile.good b { color: var(--good); }
    svg { display: block; width: 100%; height: auto; overflow: visible; }
    svg text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--text); }
    svg .label { fill: var(--soft); font-size: 11px; }
    .grid { stroke: var(--line); stroke-width: 1; } .mark { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 1 3; opacity: .7; }
    .step { fill: var(--step); } .step.failed { fill: var(--bad); }
    .step.undone, .step.unfinished { fill: none; stroke: var(--step); stroke-width: 1.5; }
    path { fill: none; stroke: var(--strong); stroke-linejoin: round; stroke-linecap: round; }
    path.median { stroke-width: 2; } path.p99 { stroke-width: 1.5; stroke-opacity: .6; }
    path.maximum { stroke-width: 1; stroke-opacity: .5; stroke-dasharray: 2 2; }
    .c0 { fill: var(--c0); background: var(--c0); } .c1 { fill: var(--c1); background: var(--c1); }
    .c2 { fill: var(--c2); background: var(--c2); } .c3 { fill: var(--c3); background: var(--c3); }
    .c4 { fill: var(--c4); background: var(--c4); } .c5 { fill: var(--c5); background: var(--c5); }
    .answers, svg .failures { shape-rendering: crispEdges; }
    .failures { fill: var(--bad); background: var(--bad); }
    .legend i { display: inline-block; width: 1em; height: .7em; margin: 0 .4em 0 .8em; border-radius: 1px; }
    .legend i.median { height: 0; border-top: 2px solid var(--strong); vertical-align: middle; }
    .legend i.p99 { height: 0; border-top: 2px solid var(--strong); opacity: .6; vertical-align: middle; }
    .legend i.maximum { height: 0; border-top: 1px dashed var(--strong); opacity: .7; vertical-align: middle; }
    .legend i:first-child { margin-left: 0; } .legend span { margin-left: 1.2em; }
    section:has(table) { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: .9rem; }
    th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
    th:first-child, th.text, td.text { text-align: left; } td.text { white-space: normal; overflow-wrap: anywhere; }
    thead th { color: var(--soft); font-weight: 500; } tbody th { font-weight: 500; }
    """
}
