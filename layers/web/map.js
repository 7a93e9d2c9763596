/* The county map in the browser: draws vector tiles, colours them from byte arrays, answers clicks.
   Python sends one `mutu.update(state)` whenever something changed; the map itself is never rebuilt. */
(function () {
  "use strict";
  const mutu = (window.mutu = { state: null, codes: null, mask: null, picked: null, selected: null });
  const DOTS_FROM = 10;
  const POLYGONS_FROM = 12;
  const BUILDINGS_FROM = 15;
  const FADED = 0.22; /* of the parcels where what lies over them is what the map is there for */
  let map, tiles, drawn, busy = false, clicks = 0, hatches = {}, townMarkers, tooltip, pickedAt = null;

  mutu.words = function (words) {
    for (const [path, word] of Object.entries(words)) {
      const keys = path.split("."), last = keys.pop();
      keys.reduce((node, key) => node[key], L.drawLocal)[last] = word;
    }
  };

  mutu.start = function (leafletMap, lang) {
    map = mutu.map = leafletMap;
    document.documentElement.lang = lang;
    map.attributionControl.setPrefix(false);
    if (map.zoomControl && lang === "zh") {
      map.getContainer().querySelector(".leaflet-control-zoom-in").title = "放大";
      map.getContainer().querySelector(".leaflet-control-zoom-out").title = "缩小";
    }
    L.GeometryUtil.readableArea = (m2) => (m2 * 0.0015).toFixed(1) + (lang === "zh" ? " 亩" : " mu");
    L.control.scale({ imperial: false }).addTo(map);
    tooltip = L.tooltip({ className: "mutu-tip", direction: "top", offset: [0, -6] });
    townMarkers = L.layerGroup().addTo(map);
    mutu.signal = L.layerGroup().addTo(map); /* streamlit-folium listens to its clicks */
    map.on("moveend zoomend", () => { mutu.saveView(); drawTowns(); });
    map.on("draw:drawstart", () => { busy = true; });
    map.on("draw:drawstop draw:deletestop draw:editstop", () => { setTimeout(() => { busy = false; }, 50); });
    map.on("draw:deletestart draw:editstart measurestart", () => { busy = true; });
    map.on("measurefinish", () => { setTimeout(() => { busy = false; }, 50); });
    map.on("click", pick);
    map.on("resize", keepPickedInSight);
    map.on("mousemove", L.Util.throttle(hover, 90));
    map.on("mouseout", () => map.closeTooltip(tooltip));
    document.addEventListener("keydown", handArrows, true);
    mutu.viewRestored = mutu.restoreView();
    if (map.getSize().x < 720) { /* a small map keeps its room, and leaves the large one's panel alone */
      mutu.foldedElsewhere = mutu.view.folded;
      mutu.view.folded = true;
    }
  };

  /* The card that opens beside the map makes it narrower: the parcel must not end up under the panel. */
  function keepPickedInSight() {
    if (pickedAt) map.panInside(pickedAt, { paddingTopLeft: [60, 30], paddingBottomRight: [besidePanel() + 30, 40] });
    pickedAt = null;
  }

  const besidePanel = () => (mutu.view.folded ? 10 : 310);

  /* Where the page steps through parcels, the arrow keys are its own even while the map has the focus. */
  function handArrows(event) {
    if (!mutu.state || !mutu.state.arrows || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const { key, code } = event;
    window.parent.document.dispatchEvent(new window.parent.KeyboardEvent("keydown", { key, code, bubbles: true }));
  }

  mutu.update = function (state) {
    const before = mutu.state;
    mutu.state = state;
    if (before && before.codes_url === state.codes_url && before.mask_url === state.mask_url) {
      show(before);
      return;
    }
    Promise.all([bytes(state.codes_url), state.mask_url ? bytes(state.mask_url) : null])
      .then(([codes, mask]) => {
        if (mutu.state !== state) return;
        mutu.codes = codes;
        mutu.mask = mask;
        mutu.block = codes.length / (state.themes.length + 1);
        mutu.complain(codes.length ? "" : state.text.no_parcels);
        show(before);
      })
      .catch(() => mutu.complain(state.text.state_failed));
  };

  const kept = new Map();
  function bytes(url) {
    if (!kept.has(url)) {
      if (kept.size > 12) kept.delete(kept.keys().next().value);
      kept.set(url, fetch(url).then((reply) => {
        if (!reply.ok) { kept.delete(url); throw new Error(String(reply.status)); }
        return reply.arrayBuffer();
      }).then((buffer) => new Uint8Array(buffer)));
    }
    return kept.get(url);
  }

  mutu.bytes = bytes;

  function show(before) {
    const state = mutu.state;
    document.body.classList.toggle("dark", state.dark);
    mutu.picked = state.picked;
    mutu.selected = new Set(state.selected);
    mutu.selectedBits = null;
    if (state.selected_url) {
      bytes(state.selected_url).then((bits) => {
        if (mutu.state === state) { mutu.selectedBits = bits; repaint(); }
      });
    }
    if (!before || JSON.stringify(before.tiles) !== JSON.stringify(state.tiles)) buildTiles();
    else repaint();
    if (!before && (state.aside || state.folded) && mutu.foldedElsewhere === undefined) {
      mutu.foldedElsewhere = mutu.view.folded; /* what lies over the county comes first */
      mutu.view.folded = true;
    }
    map.invalidateSize({ animate: false, pan: false }); /* a page's style may have changed the frame */
    if (!mutu.viewRestored && !before) map.fitBounds(state.home, { paddingTopLeft: [50, 10], paddingBottomRight: [besidePanel(), 30], animate: false });
    const looked = before ? JSON.stringify(before.focus) === JSON.stringify(state.focus) : mutu.viewRestored === "url" && !state.aside;
    const animate = Boolean(before); /* Leaflet ignores a second place while it still flies to the first */
    if (state.focus && !looked && state.focus.box) map.fitBounds(state.focus.box, { maxZoom: state.focus.zoom || 16, animate });
    else if (state.focus && !looked) {
      map.setView([state.focus.lat, state.focus.lng], Math.max(map.getZoom(), state.focus.zoom), { animate });
    }
    redrawShape();
    drawTowns();
    mutu.drawOverlay();
    mutu.drawPanel();
    mutu.saveView();
  }

  /* ---- painting ------------------------------------------------------------------------- */
  const bit = (bits, n) => !bits || ((bits[n >> 3] >> (n & 7)) & 1) === 1;
  /* What every feature asks for, looked up once for a painting: where the theme's codes begin,
     how each code looks, which are switched off. */
  let paint = { from: 0, entries: [], off: [], alpha: 1 };
  function prepare() {
    const id = mutu.theme(), at = mutu.state.themes.findIndex((t) => t.id === id);
    paint = { from: at * (mutu.block || 0), entries: [], off: [], alpha: mutu.state.muted ? FADED : 1 };
    for (const entry of mutu.state.themes[at].entries) {
      paint.entries[entry.code] = entry;
      paint.off[entry.code] = mutu.view.hidden.has(id + ":" + entry.code);
    }
  }
  const codeOf = (n) => mutu.codes[paint.from + n];
  mutu.codeOf = (n, theme) => mutu.codes[mutu.state.themes.findIndex((t) => t.id === theme) * mutu.block + n];
  mutu.entryOf = (n) => paint.entries[codeOf(n)];
  const flagOf = (n) => mutu.codes[mutu.state.themes.length * mutu.block + n];
  const isSelected = (n) =>
    n === mutu.picked || mutu.selected.has(n) || (mutu.selectedBits !== null && bit(mutu.selectedBits, n));
  mutu.shown = (n) => bit(mutu.mask, n) && !paint.off[codeOf(n)];

  function hatchFor(ctx, entry) {
    const key = entry.fill + entry.hatch;
    if (hatches[key]) return hatches[key];
    const size = 10, tile = document.createElement("canvas"), c = tile.getContext("2d");
    tile.width = tile.height = size;
    c.fillStyle = entry.fill;
    c.fillRect(0, 0, size, size);
    mutu.drawHatch(c, entry.hatch, size);
    hatches[key] = ctx.createPattern(tile, "repeat");
    return hatches[key];
  }

  mutu.drawHatch = function (c, hatch, s) {
    c.strokeStyle = "rgba(20,20,20,.34)";
    c.fillStyle = "rgba(20,20,20,.42)";
    c.lineWidth = 1;
    const line = (...p) => { c.beginPath(); c.moveTo(p[0], p[1]); c.lineTo(p[2], p[3]); c.stroke(); };
    if (hatch === "up" || hatch === "cross") { line(0, s, s, 0); line(-1, 1, 1, -1); line(s - 1, s + 1, s + 1, s - 1); }
    if (hatch === "down" || hatch === "cross") { line(0, 0, s, s); line(-1, s - 1, 1, s + 1); line(s - 1, -1, s + 1, 1); }
    if (hatch === "across") line(0, s / 2, s, s / 2);
    if (hatch === "dots") { c.beginPath(); c.arc(s / 2, s / 2, 1.5, 0, 7); c.fill(); }
  };

  function trace(ctx, geom) {
    ctx.beginPath();
    for (const ring of geom) {
      for (let p = 0; p < ring.length; p++) {
        if (p === 0) ctx.moveTo(ring[p].x, ring[p].y); else ctx.lineTo(ring[p].x, ring[p].y);
      }
    }
  }

  const parcelFill = {
    draw(ctx, geom, z, feature) {
      const n = feature.props.n;
      if (!mutu.codes || !mutu.shown(n)) return;
      const entry = mutu.entryOf(n);
      trace(ctx, geom);
      ctx.globalAlpha = paint.alpha;
      ctx.fillStyle = z >= 14 && entry.hatch && entry.hatch !== "tick" ? hatchFor(ctx, entry) : entry.fill;
      ctx.fill("evenodd");
      if (z >= 13) {
        ctx.lineWidth = 0.6;
        ctx.strokeStyle = mutu.state.dark ? "rgba(0,0,0,.7)" : "rgba(70,60,50,.55)";
        ctx.stroke();
      }
      ctx.globalAlpha = 1;
      if (z >= 14 && !mutu.state.muted) mark(ctx, geom, flagOf(n), entry.hatch === "tick");
    },
  };

  function mark(ctx, geom, flags, finished) {
    if (flags & 2) { ctx.lineWidth = 2; ctx.strokeStyle = mutu.state.idle_colour; ctx.stroke(); }
    if (flags & 8) {
      ctx.lineWidth = 2.4; ctx.strokeStyle = mutu.state.ledgers_colour;
      ctx.setLineDash([6, 4]); ctx.stroke(); ctx.setLineDash([]);
    }
    if (!(flags & 1) && !finished) return;
    let x = Infinity, y = Infinity;
    for (const p of geom[0]) if (p.y < y) { y = p.y; x = p.x; }
    if (flags & 1) {
      ctx.beginPath();
      ctx.moveTo(x, y + 1); ctx.lineTo(x + 5, y + 10); ctx.lineTo(x - 5, y + 10); ctx.closePath();
      ctx.fillStyle = "#b3261e"; ctx.fill();
      ctx.lineWidth = 1; ctx.strokeStyle = "#fff"; ctx.stroke();
    } else {
      ctx.beginPath();
      ctx.moveTo(x - 4, y + 8); ctx.lineTo(x - 1, y + 11); ctx.lineTo(x + 5, y + 4);
      ctx.lineWidth = 2; ctx.strokeStyle = "#fff"; ctx.stroke();
    }
  }

  const outline = {
    draw(ctx, geom, z, feature) {
      const n = feature.props.n;
      if (!mutu.codes || !isSelected(n)) return;
      trace(ctx, geom);
      ctx.lineJoin = "round";
      const discussed = n === mutu.picked && mutu.state.arrows; /* seen from the end of a room */
      ctx.lineWidth = discussed ? 13 : n === mutu.picked ? 7 : 4;
      ctx.strokeStyle = mutu.state.dark ? "#101418" : "#fff";
      ctx.stroke();
      ctx.lineWidth = discussed ? 8 : n === mutu.picked ? 3.5 : 2;
      ctx.strokeStyle = discussed ? mutu.state.accent : mutu.state.dark ? "#f2f6f8" : (n === mutu.picked ? "#0a0f12" : "#16324f");
      ctx.stroke();
    },
  };

  const dot = {
    draw(ctx, geom, z, feature) {
      const { n, a } = feature.props;
      if (!mutu.codes || !mutu.shown(n)) return;
      const p = geom[0][0], radius = Math.min(7, (1.1 + Math.sqrt(a) * 0.34) * (z < 11 ? 0.6 : 0.85));
      ctx.beginPath();
      ctx.arc(p.x, p.y, radius, 0, 6.2832);
      ctx.globalAlpha = paint.alpha;
      ctx.fillStyle = mutu.entryOf(n).fill;
      ctx.fill();
      ctx.globalAlpha = 1;
      const chosen = isSelected(n);
      if (!chosen && (radius < 3 || mutu.state.muted)) return;
      ctx.lineWidth = chosen ? 2 : 0.5;
      ctx.strokeStyle = chosen ? mutu.state.accent : "rgba(40,40,40,.6)";
      ctx.stroke();
    },
  };

  function repaint() {
    if (!tiles) return;
    prepare();
    tiles.paintRules = mutu.paintRules({ parcelFill, outline, dot }, { DOTS_FROM, POLYGONS_FROM, BUILDINGS_FROM });
    tiles.labelRules = mutu.labelRules();
    tiles.clearLayout();
    tiles.rerenderTiles();
  }
  mutu.repaint = repaint;

  function buildTiles() {
    if (tiles) map.removeLayer(tiles);
    prepare();
    const sources = {};
    for (const [name, tile] of Object.entries(mutu.state.tiles)) sources[name] = { url: tile.url, maxDataZoom: tile.max_zoom };
    tiles = protomapsL.leafletLayer({
      sources, attribution: "", lang: "zh", tileDelay: 1, minZoom: 8, maxZoom: 20,
      paintRules: mutu.paintRules({ parcelFill, outline, dot }, { DOTS_FROM, POLYGONS_FROM, BUILDINGS_FROM }),
      labelRules: mutu.labelRules(),
    });
    tiles.on("load", () => { document.body.dataset.drawn = String(Date.now()); });
    mutu.tiles = tiles;
    tiles.addTo(map);
  }

  /* ---- picking and hovering --------------------------------------------------------------- */
  function parcelAt(latlng) {
    if (!tiles || !mutu.codes) return null;
    const found = (tiles.queryTileFeaturesDebug(latlng.lng, latlng.lat, 7).get("parcels") || [])
      .filter((hit) => mutu.shown(hit.feature.props.n));
    if (!found.length) return null;
    const polygon = found.filter((hit) => hit.layerName === "parcels");
    return (polygon.length ? polygon : found).sort((a, b) => a.feature.props.a - b.feature.props.a)[0].feature.props;
  }

  function pick(event) {
    if (busy) return;
    const props = parcelAt(event.latlng);
    if (!props) return;
    mutu.picked = props.n;
    pickedAt = event.latlng;
    repaint();
    clicks += 1;
    const properties = { n: props.n, generation: mutu.state.generation, click: clicks + ":" + Date.now(),
      add: event.originalEvent.ctrlKey || event.originalEvent.metaKey || event.originalEvent.shiftKey };
    mutu.signal.fire("click", {
      latlng: event.latlng,
      layer: { toGeoJSON: () => ({ type: "Feature", geometry: null, properties }) },
    });
  }

  let hovered = null;
  function hover(event) {
    if (busy) return;
    const props = parcelAt(event.latlng);
    map.getContainer().style.cursor = props ? "pointer" : "";
    if (!props) { hovered = null; map.closeTooltip(tooltip); return; }
    if (hovered !== props.n) {
      hovered = props.n;
      bytes(mutu.state.label_url.replace("{n}", props.n)).then((raw) => {
        if (hovered !== props.n) return;
        const label = JSON.parse(new TextDecoder().decode(raw));
        const box = document.createElement("div");
        for (const [tag, text] of [["b", label.name], ["span", label.line]]) {
          const part = document.createElement(tag);
          part.textContent = text;
          box.appendChild(part);
        }
        tooltip.setContent(box);
      }).catch(() => {});
      const box = document.createElement("span");
      box.textContent = (Math.round(props.a * 10) / 10).toLocaleString() + " " + mutu.state.text.mu;
      tooltip.setContent(box);
    }
    tooltip.setLatLng(event.latlng);
    if (!map.hasLayer(tooltip)) tooltip.addTo(map);
  }

  /* ---- drawings, towns ------------------------------------------------------------ */
  function redrawShape() {
    drawn = window.drawnItems;
    if (!drawn || !drawn.clearLayers || busy) return;
    const wanted = JSON.stringify(mutu.state.shape || null);
    const present = drawn.getLayers().length ? JSON.stringify(ringOf(drawn.getLayers()[0])) : "null";
    if (wanted === present) return;
    drawn.clearLayers();
    if (mutu.state.shape) {
      drawn.addLayer(L.polygon(mutu.state.shape.map(([lng, lat]) => [lat, lng]), mutu.shapeStyle()));
    }
  }
  const ringOf = (layer) => layer.getLatLngs()[0].map((p) => [Number(p.lng.toFixed(6)), Number(p.lat.toFixed(6))]);
  mutu.shapeStyle = () => ({ color: mutu.state ? mutu.state.accent : "#0b6e8a", weight: 2, dashArray: "6 4", fillOpacity: 0.06, interactive: false });
  mutu.keepOneDrawing = function () {
    map.on("draw:created", () => { if (window.drawnItems.getLayers) window.drawnItems.clearLayers(); });
  };

  function drawTowns() {
    townMarkers.clearLayers();
    if (!mutu.state || map.getZoom() >= DOTS_FROM) return;
    const most = Math.max(1, ...mutu.state.towns.map((t) => t.area_mu));
    for (const town of mutu.state.towns) {
      if (!town.count) continue;
      const size = 26 + 34 * Math.sqrt(town.area_mu / most);
      const box = document.createElement("div");
      box.className = "mutu-town";
      box.style.width = box.style.height = size + "px";
      const mu = document.createElement("b");
      mu.textContent = Math.round(town.area_mu).toLocaleString();
      const name = document.createElement("span");
      name.textContent = town.name;
      box.append(mu, name);
      const marker = L.marker([town.lat, town.lng], { icon: L.divIcon({ className: "", html: box, iconSize: [size, size] }) });
      marker.on("click", () => map.setView([town.lat, town.lng], POLYGONS_FROM));
      marker.addTo(townMarkers);
    }
  }

  mutu.complain = function (message) {
    let box = document.getElementById("mutu-complaint");
    if (!box) {
      box = document.createElement("div");
      box.id = "mutu-complaint";
      document.body.appendChild(box);
    }
    box.textContent = message;
    box.style.display = message ? "block" : "none";
  };
})();
