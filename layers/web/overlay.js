/* What lies over or under the county on the map: shapes that a page tells, terrain pictures, the basemap. */
(function () {
  "use strict";
  const mutu = window.mutu;
  const imagery = {};

  /* ---- what a page lays over the county: shapes of a file, of a difference -------------------- */
  let overlay = null, overlaid = "";
  mutu.drawOverlay = function () {
    const wanted = mutu.state.overlay || null, key = JSON.stringify(wanted);
    if (key === overlaid) return;
    overlaid = key;
    if (overlay) { mutu.map.removeLayer(overlay); overlay = null; }
    if (!wanted) return;
    mutu.bytes(wanted.url).then((raw) => {
      if (overlaid !== key) return;
      overlay = L.geoJSON(JSON.parse(new TextDecoder().decode(raw)), {
        style: (feature) => (feature.geometry.type === "Point" ? {} : overlayStyle(wanted.styles[feature.properties.kind])),
        pointToLayer: (feature, at) => spot(at, wanted.styles[feature.properties.kind].colour),
        onEachFeature: (feature, layer) => {
          const said = document.createElement("span");
          said.textContent = feature.properties.label;
          if (feature.properties.label) layer.bindTooltip(said, { className: "mutu-tip", sticky: true });
        },
      }).addTo(mutu.map);
      document.body.dataset.overlaid = wanted.url;
    }).catch(() => mutu.complain(mutu.state.text.state_failed));
  };

  /* A place without a shape lies above the towns' circles, or nobody would find it. */
  let drawnSpots = null; /* not on a canvas, which would keep the mouse from the shapes under it */
  function spot(at, colour) {
    const pane = mutu.map.getPane("spots") || mutu.map.createPane("spots");
    pane.style.zIndex = 620;
    drawnSpots = drawnSpots || L.svg({ pane: "spots" });
    return L.circleMarker(at, { pane: "spots", renderer: drawnSpots, radius: 8, color: "#fff", weight: 2.5, fillColor: colour, fillOpacity: 1 });
  }

  const overlayStyle = (style) => ({
    color: style.colour, weight: style.strong ? 4 : style.bare ? 1.5 : 2, dashArray: style.dashed ? "5 4" : null,
    fillColor: style.colour, fillOpacity: style.tint || (style.dashed ? 0 : style.bare ? 0.04 : style.strong ? 0.12 : 0.3),
  });

  mutu.showPictures = function () {
    for (const picture of mutu.state.pictures) {
      const on = mutu.view.layers.has(picture.id), layer = imagery[picture.url];
      if (on && !layer) {
        imagery[picture.url] = L.imageOverlay(picture.url, picture.bounds, { opacity: picture.opacity, zIndex: 0, pane: "tilePane" }).addTo(mutu.map);
      } else if (!on && layer) {
        mutu.map.removeLayer(layer);
        delete imagery[picture.url];
      }
    }
    const base = mutu.state.basemap;
    if (base && !imagery.basemap && mutu.view.layers.has("basemap")) {
      imagery.basemap = L.tileLayer(base.url, { attribution: base.attribution, maxZoom: 20, maxNativeZoom: base.max_zoom, zIndex: -1 }).addTo(mutu.map);
    } else if (imagery.basemap && !mutu.view.layers.has("basemap")) {
      mutu.map.removeLayer(imagery.basemap);
      delete imagery.basemap;
    }
  };
})();
