/* The race: seven optimizers on one surface of two parameters, from one start. The engine (surfaces, steps, paths, the
   search for each method's own rate) is on window.tnn.race, where the tests compare it with the reference kernels. */
(function () {
  "use strict";

  // ---- engine: points, gradients and velocities are [x, y] ---------------------------------------------------

  var RACERS = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "newton"];
  var LENGTH = 150, RATES = [], NOISE = 2;
  for (var k = 0; k < 25; k++) { RATES.push(Math.pow(10, -4 + 5 * k / 24)); }

  /* value, gradient and hessian ([[xx, xy], [xy, yy]]) of (x, y); where to start; the lowest value; half of the view. */
  var SURFACES = {
    ravine: {
      value: function (x, y) { return 0.5 * x * x + 12.5 * y * y; },
      gradient: function (x, y) { return [x, 25 * y]; },
      hessian: function () { return [[1, 0], [0, 25]]; },
      start: [-4, 1], lowest: 0, half: 4.6
    },
    saddle: {
      value: function (x, y) { return 0.5 * x * x - 0.5 * y * y + 0.25 * y * y * y * y; },
      gradient: function (x, y) { return [x, y * y * y - y]; },
      hessian: function (x, y) { return [[1, 0], [0, 3 * y * y - 1]]; },
      start: [-1.5, 0.001], lowest: -0.25, half: 1.9
    },
    rosenbrock: {
      value: function (x, y) { return (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x); },
      gradient: function (x, y) { return [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)]; },
      hessian: function (x, y) { return [[2 + 1200 * x * x - 400 * y, -400 * x], [-400 * x, 200]]; },
      start: [-1.2, 1], lowest: 0, half: 2
    }
  };
  SURFACES.noisy = Object.assign({}, SURFACES.ravine, { noise: NOISE });

  /* The surface turned by `degrees` anticlockwise, start included; its functions take one point. */
  function turned(name, degrees) {
    var s = SURFACES[name], c = Math.cos(degrees * Math.PI / 180), d = Math.sin(degrees * Math.PI / 180);
    function there(p) { return [c * p[0] - d * p[1], d * p[0] + c * p[1]]; }
    function back(p) { return [c * p[0] + d * p[1], c * p[1] - d * p[0]]; }
    return {
      value: function (p) { var q = back(p); return s.value(q[0], q[1]); },
      gradient: function (p) { var q = back(p); return there(s.gradient(q[0], q[1])); },
      hessian: function (p) {
        var q = back(p), h = s.hessian(q[0], q[1]), rows = [there([h[0][0], h[1][0]]), there([h[0][1], h[1][1]])];
        return [there([rows[0][0], rows[1][0]]), there([rows[0][1], rows[1][1]])];
      },
      start: there(s.start), lowest: s.lowest, half: s.half, noise: s.noise || 0
    };
  }

  function each(f) { return [f(0), f(1)]; }

  /* One step from p against the gradient g. s holds the method's memory and is changed; h: { lr, mu, beta2 }. */
  function step(name, p, g, s, h, hessian) {
    s.t = (s.t || 0) + 1;
    s.v = s.v || [0, 0];  // velocity, or Adam's first average
    s.q = s.q || [0, 0];  // squares
    if (name === "newton") {
      var m = hessian(p), det = m[0][0] * m[1][1] - m[0][1] * m[1][0];
      return [p[0] - (m[1][1] * g[0] - m[0][1] * g[1]) / det, p[1] - (m[0][0] * g[1] - m[1][0] * g[0]) / det];
    }
    return each(function (i) {
      if (name === "sgd") { return p[i] - h.lr * g[i]; }
      if (name === "momentum" || name === "nesterov") {
        s.v[i] = h.mu * s.v[i] + g[i];
        return p[i] - h.lr * (name === "momentum" ? s.v[i] : g[i] + h.mu * s.v[i]);
      }
      if (name === "adagrad") {
        s.q[i] += g[i] * g[i];
        return p[i] - h.lr * g[i] / (Math.sqrt(s.q[i]) + 1e-10);
      }
      s.q[i] = h.beta2 * s.q[i] + (1 - h.beta2) * g[i] * g[i];
      if (name === "rmsprop") { return p[i] - h.lr * g[i] / (Math.sqrt(s.q[i]) + 1e-8); }
      s.v[i] = h.mu * s.v[i] + (1 - h.mu) * g[i];
      var root = Math.sqrt(s.q[i] / (1 - Math.pow(h.beta2, s.t)));
      return p[i] - h.lr * s.v[i] / (1 - Math.pow(h.mu, s.t)) / (root + 1e-8);
    });
  }

  /* LENGTH + 1 points from the surface's start. noise: standard normal values, two for each step, the same for all. */
  function path(name, surface, h, noise) {
    var p = surface.start, s = {}, points = [p];
    for (var t = 0; t < LENGTH; t++) {
      var g = surface.gradient(p);
      if (surface.noise) { g = [g[0] + surface.noise * noise[2 * t], g[1] + surface.noise * noise[2 * t + 1]]; }
      p = step(name, p, g, s, h, surface.hessian);
      points.push(p);
    }
    return points;
  }

  /* The mean height above the lowest point over the last ten steps; infinite if it ran off. */
  function score(surface, points) {
    var sum = 0;
    points.slice(-10).forEach(function (p) { sum += surface.value(p) - surface.lowest; });
    return isFinite(sum) ? sum / 10 : Infinity;
  }

  /* The rate, of 25 from 0.0001 to 10, with the best score. */
  function ownRate(name, surface, h, noise) {
    var best = RATES[0], least = Infinity;
    RATES.forEach(function (lr) {
      var found = score(surface, path(name, surface, { lr: lr, mu: h.mu, beta2: h.beta2 }, noise));
      if (found < least) { least = found; best = lr; }
    });
    return best;
  }

  window.tnn = Object.assign(window.tnn || {}, {
    race: { turned: turned, path: path, ownRate: ownRate, rates: RATES, length: LENGTH }
  });

  /* Everything that the picture shows: a path, a rate and heights for each racer that takes part. */
  function compute(state) {
    var surface = turned(state.surface, state.angle), noise = tnn.normals(state.draw + 1, 2 * LENGTH);
    var racers = RACERS.filter(function (name) { return state[name]; }).map(function (name) {
      var h = { lr: state.lr, mu: state.mu, beta2: state.beta2 };
      if (name !== "newton" && state.rates === "own") { h.lr = ownRate(name, surface, h, noise); }
      var points = path(name, surface, h, noise).slice(0, state.steps + 1);
      var heights = points.map(function (p) { return surface.value(p) - surface.lowest; });
      return { name: name, number: RACERS.indexOf(name) + 1, lr: h.lr, points: points, heights: heights };
    });
    return { surface: surface, racers: racers };
  }

  // ---- view --------------------------------------------------------------------------------------------------

  var MAP = 300, HEIGHT = 560, LOW = 1e-8, HIGH = 1e3;

  /* Contour lines as one path: a grid of triangles, in each of which a level is a straight line. */
  function contours(value, lowest, width, height, unit) {
    var n = 64, d = "", grid = [], top = -Infinity, i, j;
    function at(i, j) { return [i * width / n, j * height / n]; }
    for (i = 0; i <= n; i++) {
      grid.push([]);
      for (j = 0; j <= n; j++) {
        var p = at(i, j), z = value([(p[0] - width / 2) / unit, (height / 2 - p[1]) / unit]) - lowest;
        grid[i].push(z);
        top = Math.max(top, z);
      }
    }
    function cross(a, b, level) {
      var za = grid[a[0]][a[1]], zb = grid[b[0]][b[1]], f = (level - za) / (zb - za), p = at(a[0], a[1]), q = at(b[0], b[1]);
      return (za < level) === (zb < level) ? null : (p[0] + f * (q[0] - p[0])).toFixed(1) + " " +
        (p[1] + f * (q[1] - p[1])).toFixed(1);
    }
    for (var l = 1; l < 12; l++) {
      var level = top * Math.pow(l / 12, 4);
      for (i = 0; i < n; i++) {
        for (j = 0; j < n; j++) {
          [[[i, j], [i + 1, j], [i, j + 1]], [[i + 1, j + 1], [i + 1, j], [i, j + 1]]].forEach(function (c) {
            var ends = [cross(c[0], c[1], level), cross(c[1], c[2], level), cross(c[2], c[0], level)].filter(Boolean);
            if (ends.length === 2) { d += "M" + ends[0] + "L" + ends[1]; }
          });
        }
      }
    }
    return d;
  }

  function finite(p) { return isFinite(p[0]) && isFinite(p[1]) && Math.abs(p[0]) + Math.abs(p[1]) < 1e4; }

  function label(chart, x, y, racer, to) {
    chart.add("circle", { cx: x, cy: y, r: 8, class: "racer r" + racer.number + " dot" }, undefined, to);
    chart.add("text", { x: x, y: y + 4, "text-anchor": "middle", class: "number" }, String(racer.number), to);
  }

  function draw(chart, state, result, text) {
    var width = chart.width, surface = result.surface, unit = Math.min(width, MAP) / 2 / surface.half;
    var map = chart.add("svg", { x: 0, y: 0, width: width, height: MAP, class: "map" });  // cuts off what runs away
    chart.add("path", { class: "contour", d: contours(surface.value, surface.lowest, width, MAP, unit) }, undefined, map);
    function place(p) { return [width / 2 + unit * p[0], MAP / 2 - unit * p[1]]; }
    var top = MAP + 34, bottom = HEIGHT - 44;
    var y = chart.up({ range: [LOW, HIGH], log: 10, ticks: [1e-8, 1e-4, 1, 100], label: text.y }, 56, bottom, top);
    var x = chart.across({ range: [0, LENGTH], label: text.x }, bottom, HEIGHT - 6, 56, width - 20);
    result.racers.forEach(function (racer) {
      var cls = "racer r" + racer.number, points = racer.points.filter(finite).map(place);
      map.appendChild(chart.path(points, { class: cls }));
      var heights = racer.heights.filter(isFinite);
      chart.path(heights.map(function (h, t) { return [x(t), y(h)]; }), { class: cls });
      label(chart, x(heights.length - 1), y(heights[heights.length - 1]), racer);
    });
    result.racers.forEach(function (racer) {
      var p = place(racer.points.filter(finite).pop());
      label(chart, Math.min(Math.max(p[0], 10), width - 10), Math.min(Math.max(p[1], 10), MAP - 10), racer, map);
    });
  }

  function few(v) {
    if (!isFinite(v)) { return "\u221e"; }
    return v === 0 || (v >= 1e-3 && v < 1e4) ? String(Number(v.toPrecision(2))) : tnn.power(v, 0);
  }

  function words(state, result, text) {
    var order = result.racers.map(function (racer) {
      var height = racer.heights[racer.heights.length - 1];
      return { name: text[racer.name], height: isFinite(height) ? height : Infinity,
        lr: racer.name === "newton" ? "" : " (" + few(racer.lr) + ")" };
    }).sort(function (a, b) { return a.height - b.height; });
    return {
      steps: state.steps,
      ranking: order.map(function (r) { return r.name + r.lr + " " + few(r.height); }).join("; ")
    };
  }

  function two(v) { return tnn.show(v, 2); }

  tnn.widget("optimizer-race", {
    height: HEIGHT,
    controls: [
      { key: "surface", type: "select", values: ["ravine", "noisy", "saddle", "rosenbrock"], value: "ravine" },
      { key: "steps", type: "range", min: 0, max: LENGTH, value: 60 },
      { key: "play", type: "play", of: "steps" },
      { key: "rates", type: "choice", values: ["own", "same"], value: "own" },
      { key: "lr", type: "range", min: -4, max: 1, step: 0.05, value: -2, read: function (v) { return Math.pow(10, v); },
        show: function (v) { return few(Math.pow(10, v)); }, when: function (state) { return state.rates === "same"; } },
      { key: "angle", type: "range", min: 0, max: 90, step: 5, value: 0, show: function (v) { return v + "\u00b0"; } },
      { key: "mu", type: "range", min: 0, max: 0.99, step: 0.01, value: 0.9, show: two },
      { key: "beta2", type: "range", min: 1, max: 4, step: 0.25, value: 2,
        read: function (v) { return 1 - Math.pow(10, -v); },
        show: function (v) { return tnn.show(1 - Math.pow(10, -v), 4); } },
      { key: "draw", type: "button", when: function (state) { return state.surface === "noisy"; } }
    ].concat(RACERS.map(function (name) { return { key: name, type: "toggle", value: true }; })),
    compute: compute,
    draw: draw,
    words: words
  });
})();
