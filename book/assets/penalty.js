/* The penalty widget: two weights, the loss's ellipses, the set of equal penalty, and the path over lambda.
   The loss is (w - B)^T A (w - B) / 2 with A = [[1, rho], [rho, 1]]: standardized features with correlation rho, and
   least squares at B. The engine is on window.tnn, where the tests compare it with the reference kernels. */
(function () {
  "use strict";

  // ---- engine ----------------------------------------------------------------------------------------------

  /* The minimum over w of |X w - y|^2 / (2 N) + lam (r |w|_1 + (1 - r) / 2 |w|^2), given A = X^T X / N with a
     diagonal of 1 and off-diagonal rho, and c = X^T y / N. Four sign patterns and the zeros are tried; exact. */
  function elasticNet(rho, c, lam, r) {
    var l1 = lam * r, d = 1 + lam * (1 - r), best = [0, 0];
    function soft(v) { return Math.sign(v) * Math.max(Math.abs(v) - l1, 0); }
    function value(w) {
      return (w[0] * w[0] + w[1] * w[1]) * d / 2 + rho * w[0] * w[1] - c[0] * w[0] - c[1] * w[1] +
        l1 * (Math.abs(w[0]) + Math.abs(w[1]));
    }
    var candidates = [[soft(c[0]) / d, 0], [0, soft(c[1]) / d]];
    [1, -1].forEach(function (s) {
      [1, -1].forEach(function (t) {
        var a = c[0] - l1 * s, b = c[1] - l1 * t, det = d * d - rho * rho;
        var w = [(d * a - rho * b) / det, (d * b - rho * a) / det];
        if (w[0] * s > 0 && w[1] * t > 0) { candidates.push(w); }
      });
    });
    candidates.forEach(function (w) { if (value(w) < value(best)) { best = w; } });
    return best.map(function (v) { return v || 0; });  // no -0
  }

  function penalty(w, r) {
    return r * (Math.abs(w[0]) + Math.abs(w[1])) + (1 - r) / 2 * (w[0] * w[0] + w[1] * w[1]);
  }

  /* How far from 0, along the direction (u, v) of length 1, the penalty (with lam = 1) reaches `level`. */
  function reach(u, v, level, r) {
    var a = (1 - r) / 2, b = r * (Math.abs(u) + Math.abs(v));
    return a < 1e-9 ? level / b : 2 * level / (b + Math.sqrt(b * b + 4 * a * level));
  }

  var BEST = [1.6, 0.7];  // least squares

  function target(rho) { return [BEST[0] + rho * BEST[1], rho * BEST[0] + BEST[1]]; }  // X^T y / N

  window.tnn = Object.assign(window.tnn || {}, { elasticNet: elasticNet, penaltyReach: reach });

  function compute(state) {
    var c = target(state.rho), path = [], ring = [], k;
    for (k = 0; k <= 160; k++) { path.push(elasticNet(state.rho, c, Math.pow(10, 2 - k / 32), state.ratio)); }
    var w = elasticNet(state.rho, c, state.lam, state.ratio), level = penalty(w, state.ratio);
    for (k = 0; k <= 240; k++) {
      var u = Math.cos(k * Math.PI / 120), v = Math.sin(k * Math.PI / 120), at = reach(u, v, level, state.ratio);
      ring.push([at * u, at * v]);
    }
    return { w: w, path: path.concat([BEST]), ring: ring };
  }

  // ---- view ------------------------------------------------------------------------------------------------

  var HEIGHT = 376, LEFT = 44, TOP = 46;

  /* An ellipse of equal loss around BEST, on which the loss is `level` above its minimum. */
  function ellipse(rho, level) {
    var points = [], plus = Math.sqrt(2 * level / (1 + rho)), minus = Math.sqrt(2 * level / (1 - rho));
    for (var k = 0; k <= 96; k++) {
      var p = plus * Math.cos(k * Math.PI / 48), m = minus * Math.sin(k * Math.PI / 48);
      points.push([BEST[0] + (p - m) / Math.SQRT2, BEST[1] + (p + m) / Math.SQRT2]);
    }
    return points;
  }

  function excess(rho, w) {
    var a = w[0] - BEST[0], b = w[1] - BEST[1];
    return (a * a + b * b) / 2 + rho * a * b;
  }

  function draw(chart, state, result, text) {
    var wide = chart.width - LEFT - 16, size = Math.min(HEIGHT - TOP - 44, wide), bottom = TOP + size;
    var span = 4 * Math.min(1.6, wide / size), right = LEFT + size * span / 4, low = 1 - span / 2;
    var px = chart.across({ range: [low, low + span], label: text.w1 }, bottom, bottom + 38, LEFT, right);
    var py = chart.up({ range: [-1.7, 2.3], label: text.w2 }, LEFT, bottom, TOP);
    var clip = "penalty-clip", defs = chart.add("defs", {});
    var frame = chart.add("clipPath", { id: clip }, undefined, defs);
    chart.add("rect", { x: LEFT, y: TOP, width: right - LEFT, height: size }, undefined, frame);
    var plane = chart.add("g", { "clip-path": "url(#" + clip + ")" }), x0 = px(0), y0 = py(0);
    var unitX = (px(1) - x0), unitY = (py(1) - y0);
    function at(w) { return [x0 + w[0] * unitX, y0 + w[1] * unitY]; }
    function line(points, attributes) {
      plane.appendChild(chart.path(points.map(at), attributes));
    }
    line([[low, 0], [low + span, 0]], { class: "axis" });
    line([[0, -1.7], [0, 2.3]], { class: "axis" });
    var now = excess(state.rho, result.w);
    [now, now * 0.4 + 0.002, now * 1.8 + 0.1].forEach(function (level, i) {
      line(ellipse(state.rho, level), { class: "axis", "stroke-dasharray": i ? "3 4" : "none" });
    });
    line(result.ring, { class: "curve ring", fill: "currentColor", "fill-opacity": 0.06 });
    line(result.path, { class: "curve second path" });
    var best = at(BEST), spot = at(result.w);
    line([[BEST[0] - 0.08, BEST[1]], [BEST[0] + 0.08, BEST[1]]], { class: "curve" });
    line([[BEST[0], BEST[1] - 0.08], [BEST[0], BEST[1] + 0.08]], { class: "curve" });
    var dot = chart.add("g", { class: "example marked", "data-w": result.w.join(" ") }, undefined, plane);
    chart.add("circle", { cx: spot[0], cy: spot[1], r: 6 }, undefined, dot);
    chart.key([{ words: text.set, class: "curve" }, { words: text.path, class: "curve second" }], right, 14);
    return best;
  }

  function three(v) { return tnn.show(v, 3); }

  tnn.widget("penalty", {
    height: HEIGHT,
    controls: [
      { key: "ratio", type: "range", min: 0, max: 1, step: 0.05, value: 1,
        show: function (v) { return tnn.show(v, 2); } },
      { key: "lam", type: "range", min: -2, max: 2, step: 0.05, value: -0.5,
        read: function (v) { return Math.pow(10, v); }, show: function (v) { return three(Math.pow(10, v)); } },
      { key: "rho", type: "range", min: -0.9, max: 0.9, step: 0.1, value: 0,
        show: function (v) { return tnn.show(v, 1); } }
    ],
    compute: compute,
    draw: draw,
    words: function (state, result) {
      return { ratio: tnn.show(state.ratio, 2), lam: three(state.lam), rho: tnn.show(state.rho, 1),
        first: three(result.w[0]), second: three(result.w[1]),
        zeros: result.w.filter(function (v) { return v === 0; }).length };
    }
  });
})();
