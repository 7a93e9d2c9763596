/* The legend and layer panel, the drawing rules of the county's own vectors, and the view kept in the URL. */
(function () {
  "use strict";
  const mutu = window.mutu;
  const DEFAULT_LAYERS = ["towns", "parks", "water", "roads", "buildings", "labels", "basemap"];
  mutu.view = { theme: "class", hidden: new Set(), layers: new Set(DEFAULT_LAYERS), folded: false };

  /* A page may offer other themes than the one the reader left on the map: then its first. */
  mutu.theme = () => (mutu.state.themes.find((t) => t.id === mutu.view.theme) || mutu.state.themes[0]).id;

  /* ---- the view lives in the URL of the page, and in the tab for a change of page ----------- */
  const host = () => { try { return window.parent.location.href ? window.parent : window; } catch (_) { return window; } };

  mutu.saveView = function () {
    if (!mutu.state) return;
    const c = mutu.map.getCenter(), v = mutu.view;
    const layers = [...v.layers].filter((l) => !DEFAULT_LAYERS.includes(l)).map((l) => "+" + l)
      .concat(DEFAULT_LAYERS.filter((l) => !v.layers.has(l)).map((l) => "-" + l));
    const text = [c.lat.toFixed(5), c.lng.toFixed(5), mutu.map.getZoom(), v.theme, [...v.hidden].join("~"), layers.join("~"), (mutu.foldedElsewhere ?? v.folded) ? "f" : ""].join(",");
    const url = new URL(host().location.href);
    try { host().sessionStorage.setItem("mutu.view", text); } catch (_) { /* private window: the URL still keeps it */ }
    if (url.searchParams.get("view") === text) return;
    url.searchParams.set("view", text);
    host().history.replaceState(host().history.state, "", url);
  };

  mutu.restoreView = function () {
    const linked = new URL(host().location.href).searchParams.get("view");
    let text = linked;
    try { text = text || host().sessionStorage.getItem("mutu.view"); } catch (_) { /* as above */ }
    const part = (text || "").split(",");
    const [lat, lng, zoom] = part.slice(0, 3).map(Number);
    if (part.length < 3 || ![lat, lng, zoom].every(Number.isFinite) || Math.abs(lat) > 85) return false;
    if (/^[a-z_]+$/.test(part[3] || "")) mutu.view.theme = part[3];
    mutu.view.hidden = new Set((part[4] || "").split("~").filter(Boolean));
    for (const change of (part[5] || "").split("~").filter(Boolean)) {
      if (change[0] === "+") mutu.view.layers.add(change.slice(1)); else mutu.view.layers.delete(change.slice(1));
    }
    mutu.view.folded = part[6] === "f";
    mutu.map.setView([lat, lng], Math.min(20, Math.max(8, zoom)), { animate: false });
    return linked ? "url" : "tab";
  };

  /* ---- the county's own vectors ---------------------------------------------------------------- */
  const AREA_LAYERS = {
    farmland: ["#6d9b45", "dots"], redline: ["#c2372e", "up"], growth_boundary: ["#7a4fa3", ""],
    industrial_line: ["#8a5a2b", ""], residential: ["#c98a2e", "cross"], flood: ["#3b7fb5", "across"],
    chemical_parks: ["#b58900", ""], contaminated: ["#8e44ad", "dots"],
  };
  mutu.areaLook = AREA_LAYERS;

  function hatchedArea(fill, hatch) {
    let pattern = null;
    return {
      draw(ctx, geom) {
        ctx.beginPath();
        for (const ring of geom) ring.forEach((p, i) => (i ? ctx.lineTo(p.x, p.y) : ctx.moveTo(p.x, p.y)));
        if (!pattern) {
          const tile = document.createElement("canvas"), c = tile.getContext("2d");
          tile.width = tile.height = 12;
          mutu.drawHatch(c, hatch, 12);
          c.globalCompositeOperation = "source-in";
          c.fillStyle = fill;
          c.fillRect(0, 0, 12, 12);
          pattern = ctx.createPattern(tile, "repeat");
        }
        ctx.fillStyle = pattern;
        ctx.fill("evenodd");
      },
    };
  }

  mutu.paintRules = function (parcels, zoom) {
    const P = window.protomapsL, dark = mutu.state.dark, on = (id) => mutu.view.layers.has(id);
    const relief = on("hillshade") || on("slope") || (mutu.state.basemap && on("basemap"));
    const rules = [];
    const add = (layer, symbolizer, extra) => rules.push(Object.assign({ dataSource: "base", dataLayer: layer, symbolizer }, extra));
    if (!relief) add("outline", new P.PolygonSymbolizer({ fill: dark ? "#1d2429" : "#f6f4ee" }));
    if (on("water")) add("river", new P.PolygonSymbolizer({ fill: dark ? "#24485e" : "#bcd9e8" }));
    if (on("parks")) add("parks", new P.PolygonSymbolizer({ fill: dark ? "#3d3a2c" : "#efe6d2", opacity: relief ? 0.45 : 0.85 }));
    if (on("parks")) add("parks_edge", new P.LineSymbolizer({ color: "#8d7440", width: 1.4 }));
    if (on("roads")) {
      const width = (z, f) => ({ motorway: 3.2, trunk: 2.4 }[f && f.props.class] || 1) * (z < 12 ? 0.7 : z > 14 ? 1.8 : 1);
      const tone = (z, f) => ({ motorway: dark ? "#b5813c" : "#e0a24e", trunk: dark ? "#8f8350" : "#e6cf83" }[f && f.props.class] || (dark ? "#444c52" : "#ffffff"));
      add("roads", new P.LineSymbolizer({ color: tone, width, perFeature: true }));
    }
    if (on("towns")) add("towns_edge", new P.LineSymbolizer({ color: dark ? "#7b8a94" : "#9aa1a6", width: 0.9, dash: [5, 3] }));
    add("outline_edge", new P.LineSymbolizer({ color: dark ? "#b9c4cb" : "#5d666c", width: 1.6 }));
    rules.push({ dataSource: "parcels", dataLayer: "dots", symbolizer: parcels.dot, minzoom: zoom.DOTS_FROM, maxzoom: zoom.POLYGONS_FROM - 1 });
    rules.push({ dataSource: "parcels", dataLayer: "parcels", symbolizer: parcels.parcelFill, minzoom: zoom.POLYGONS_FROM });
    for (const [id, [fill, hatch]] of Object.entries(AREA_LAYERS)) if (on(id)) {
      if (hatch) add(id, hatchedArea(fill, hatch));
      add(id + "_edge", new P.LineSymbolizer({ color: fill, width: 1.5, dash: hatch ? undefined : [7, 4] }));
    }
    if (on("buildings")) {
      rules.push({ dataSource: "buildings", dataLayer: "buildings", minzoom: zoom.BUILDINGS_FROM,
        symbolizer: new P.PolygonSymbolizer({ fill: dark ? "#9aa7b0" : "#59636b", opacity: 0.38, stroke: dark ? "#cfd8dd" : "#3d454b", width: 0.6 }) });
    }
    rules.push({ dataSource: "parcels", dataLayer: "parcels", symbolizer: parcels.outline, minzoom: zoom.POLYGONS_FROM });
    for (const id of ["interchanges", "substations"]) {
      if (on(id)) add(id, new P.CircleSymbolizer({ fill: id === "substations" ? "#7a4fa3" : "#0b6e8a", radius: 5, stroke: "#fff", width: 1.5 }));
    }
    return rules;
  };

  mutu.labelRules = function () {
    if (!mutu.view.layers.has("labels")) return [];
    const P = window.protomapsL, dark = mutu.state.dark;
    const text = (size, tone) => new P.CenteredTextSymbolizer({
      labelProps: ["name"], fill: tone, stroke: dark ? "#101418" : "#fff", width: 3,
      font: `600 ${size}px system-ui, "Microsoft YaHei", "Noto Sans CJK SC", sans-serif` });
    return [
      { dataSource: "base", dataLayer: "town_labels", symbolizer: text(13, dark ? "#dfe6ea" : "#3c444a"), minzoom: 10, maxzoom: 14 },
      { dataSource: "base", dataLayer: "park_labels", symbolizer: text(12, dark ? "#e3c98d" : "#6b5423"), minzoom: 12 },
    ];
  };

  /* ---- the panel ------------------------------------------------------------------------------- */
  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const number = (value, digits) => value.toLocaleString("zh-CN", { minimumFractionDigits: digits, maximumFractionDigits: digits });

  function toggle(set, key) {
    if (set.has(key)) set.delete(key); else set.add(key);
    mutu.saveView();
    mutu.showPictures();
    mutu.drawPanel();
    mutu.repaint();
  }

  function swatch(entry) {
    const canvas = make("canvas", "swatch");
    canvas.width = canvas.height = 18;
    const c = canvas.getContext("2d");
    c.fillStyle = entry.fill;
    c.fillRect(0, 0, 18, 18);
    if (entry.hatch === "tick") { c.strokeStyle = "#fff"; c.lineWidth = 2; c.beginPath(); c.moveTo(4, 9); c.lineTo(8, 13); c.lineTo(14, 5); c.stroke(); }
    else { c.scale(1.8, 1.8); mutu.drawHatch(c, entry.hatch, 10); }
    return canvas;
  }

  function legendRow(entry) {
    const key = mutu.theme() + ":" + entry.code, off = mutu.view.hidden.has(key);
    const row = make("button", "row" + (off ? " off" : ""));
    row.type = "button";
    row.setAttribute("aria-pressed", String(!off));
    row.dataset.key = entry.key;
    row.title = mutu.state.text.toggle;
    row.append(swatch(entry), make("span", "label", entry.label), make("span", "count", number(entry.count, 0)), make("span", "mu", number(entry.area_mu, 1)));
    row.onclick = () => toggle(mutu.view.hidden, key);
    return row;
  }

  function layerRow(layer) {
    const row = make("label", "check"), box = make("input");
    box.type = "checkbox";
    box.checked = mutu.view.layers.has(layer.id);
    box.dataset.layer = layer.id;
    box.onchange = () => toggle(mutu.view.layers, layer.id);
    row.append(box);
    if (mutu.areaLook[layer.id]) {
      const mark = make("i", "area");
      mark.style.background = mutu.areaLook[layer.id][0];
      row.append(mark);
    }
    row.append(make("span", "", layer.label));
    if (layer.note) row.title = layer.note;
    return row;
  }

  function scaleOf(layer) {
    const picture = mutu.state.pictures.find((p) => p.id === layer.id);
    if (!picture || !picture.scale.length || !mutu.view.layers.has(layer.id)) return [];
    const scale = make("div", "scale");
    for (const [percent, colour] of picture.scale) {
      const step = make("span", "", percent + "%");
      step.style.borderTopColor = colour;
      scale.append(step);
    }
    return [scale];
  }

  mutu.setTheme = function (id) {
    mutu.view.theme = id;
    mutu.saveView();
    mutu.drawPanel();
    mutu.repaint();
  };

  mutu.drawPanel = function () {
    const state = mutu.state, text = state.text;
    let panel = document.getElementById("mutu-panel");
    if (!panel) {
      panel = make("div");
      panel.id = "mutu-panel";
      mutu.map.getContainer().appendChild(panel); /* inside the map: full screen keeps it */
      mutu.showPictures();
    }
    const scrolled = panel.scrollTop;
    panel.replaceChildren();
    const folded = mutu.view.folded !== Boolean(state.arrows); /* on the projector it begins folded */
    panel.classList.toggle("folded", folded);
    const head = make("button", "head", text.legend);
    head.type = "button";
    head.append(make("span", "fold", folded ? "▸" : "▾"));
    head.onclick = () => { mutu.view.folded = !mutu.view.folded; mutu.saveView(); mutu.drawPanel(); };
    panel.append(head);
    if (!folded) {
      const themes = make("div", "themes");
      for (const theme of state.themes) {
        const button = make("button", theme.id === mutu.theme() ? "on" : "", theme.label);
        button.type = "button";
        button.dataset.theme = theme.id;
        button.onclick = () => mutu.setTheme(theme.id);
        themes.append(button);
      }
      if (state.themes.length > 1) panel.append(themes);
      const theme = state.themes.find((t) => t.id === mutu.theme());
      const header = make("div", "row header");
      header.append(make("span"), make("span", "label", ""), make("span", "count", text.parcels), make("span", "mu", text.mu));
      panel.append(header);
      for (const entry of theme.entries) panel.append(legendRow(entry));
      const sum = make("div", "row total");
      const seen = theme.entries.filter((e) => !mutu.view.hidden.has(theme.id + ":" + e.code));
      sum.append(make("span"), make("span", "label", text.total), make("span", "count", number(seen.reduce((s, e) => s + e.count, 0), 0)),
        make("span", "mu", number(seen.reduce((s, e) => s + e.area_mu, 0), 1)));
      panel.append(sum, make("div", "marks", text.marks));
      for (const group of state.layer_groups) {
        if (!group.layers.length) continue;
        const box = make("details", "group");
        box.open = Boolean(mutu.openGroups && mutu.openGroups.has(group.id));
        box.ontoggle = () => { (mutu.openGroups ||= new Set())[box.open ? "add" : "delete"](group.id); };
        box.append(make("summary", "", group.label));
        for (const layer of group.layers) box.append(layerRow(layer), ...scaleOf(layer));
        panel.append(box);
      }
    }
    panel.scrollTop = scrolled;
    L.DomEvent.disableClickPropagation(panel);
    L.DomEvent.disableScrollPropagation(panel);
    let foot = document.getElementById("mutu-foot");
    if (!foot) { foot = make("div"); foot.id = "mutu-foot"; mutu.map.getContainer().appendChild(foot); }
    foot.replaceChildren(...state.footer.map((line) => make("span", "", line)));
  };
})();
