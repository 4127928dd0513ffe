/* The network on the first page: two hidden layers trained by gradient descent on two arms of points, with the answer
   that it gives everywhere. The engine is on window.tnn.network, where the tests compare it with the reference kernels.
   Arrays are (N, D); a layer is { W (out, in), b, and gamma, beta if its outputs are normalized }. */
(function () {
  "use strict";

  // ---- engine ----------------------------------------------------------------------------------------------

  var EPS = 1e-5, STRIDE = 10, MOST = 400;

  function zeros(n) { return new Array(n).fill(0); }

  function add(into, row, factor) {
    for (var i = 0; i < row.length; i++) { into[i] += factor * row[i]; }
    return into;
  }

  function dot(a, b) {
    for (var i = 0, sum = 0; i < a.length; i++) { sum += a[i] * b[i]; }
    return sum;
  }

  function map(rows, f) {
    return rows.map((row, n) => row.map((v, j) => f(v, j, n)));
  }

  function times(row, factor) { return row.map(v => factor * v); }

  function linear(x, W, b) {
    return x.map(row => W.map((w, o) => dot(row, w) + b[o]));
  }

  function relu(v) { return v < 0 ? 0 : v; }

  function columnMean(rows) {
    return rows.reduce((sum, row) => add(sum, row, 1 / rows.length), zeros(rows[0].length));
  }

  /* Each column's mean and standard deviation (of the biased variance, plus epsilon). */
  function moments(z) {
    var mean = columnMean(z);
    var squares = columnMean(map(z, (v, j) => (v - mean[j]) * (v - mean[j])));
    return { mean: mean, std: squares.map(v => Math.sqrt(v + EPS)) };
  }

  /* The logits, and for each layer what its backward pass needs. `known`: an earlier forward's layers, whose moments
     are used in place of this batch's own (evaluation mode). */
  function forward(layers, x, known) {
    var h = x, seen = layers.map((layer, i) => {
      var at = { x: h }, u = linear(h, layer.W, layer.b);
      if (layer.gamma) {
        var m = at.moments = known ? known[i].moments : moments(u);
        at.hat = map(u, (v, j) => (v - m.mean[j]) / m.std[j]);
        u = map(at.hat, (v, j) => layer.gamma[j] * v + layer.beta[j]);
      }
      at.out = h = i === layers.length - 1 ? u : map(u, relu);
      return at;
    });
    return { logits: h, layers: seen };
  }

  function probabilities(logits) {
    return logits.map(row => {
      var top = Math.max.apply(null, row), e = row.map(v => Math.exp(v - top));
      var sum = e.reduce((a, b) => a + b);
      return times(e, 1 / sum);
    });
  }

  /* Mean cross-entropy, and the share of wrong answers; one that prefers neither class is half wrong. */
  function judge(logits, labels) {
    var loss = 0, wrong = 0;
    logits.forEach((row, n) => {
      var top = Math.max.apply(null, row);
      loss += top - row[labels[n]] + Math.log(row.reduce((a, v) => a + Math.exp(v - top), 0));
      var lead = row[labels[n]] - row[1 - labels[n]];
      wrong += lead > 0 ? 0 : lead === 0 ? 0.5 : 1;
    });
    return { loss: loss / labels.length, wrong: wrong / labels.length };
  }

  function lossAndGradients(layers, x, labels) {
    var done = forward(layers, x), gradients = [];
    var g = map(probabilities(done.logits), (p, k, n) => (p - (labels[n] === k)) / labels.length);
    for (var i = layers.length - 1; i >= 0; i--) {
      var layer = layers[i], at = done.layers[i], grad = gradients[i] = {};
      if (i < layers.length - 1) { g = map(g, (v, j, n) => at.out[n][j] > 0 ? v : 0); }
      if (layer.gamma) { g = throughMoments(g, layer, at, grad); }
      grad.b = times(columnMean(g), g.length);
      grad.W = layer.W.map((_, o) => g.reduce((sum, row, n) => add(sum, at.x[n], row[o]), zeros(at.x[0].length)));
      g = i === 0 ? null : g.map(row => layer.W.reduce((sum, w, o) => add(sum, w, row[o]), zeros(layer.W[0].length)));
    }
    return { loss: judge(done.logits, labels).loss, gradients: gradients };
  }

  /* Back through a normalization: the batch's mean and standard deviation depend on every example. */
  function throughMoments(g, layer, at, grad) {
    var mean = columnMean(g), slope = columnMean(map(g, (v, j, n) => v * at.hat[n][j]));
    grad.beta = times(mean, g.length);
    grad.gamma = times(slope, g.length);
    return map(g, (v, j, n) => layer.gamma[j] * (v - mean[j] - at.hat[n][j] * slope[j]) / at.moments.std[j]);
  }

  function combine(a, b, f) {  // two arrays of one shape, of any depth
    return a.map((v, i) => Array.isArray(v) ? combine(v, b[i], f) : f(v, b[i]));
  }

  /* One step of gradient descent with momentum 0.9, as torch has it; weights decay, biases, gamma and beta don't.
     run: { layers, velocity }, and velocity may be missing. Returns the next such run. */
  function step(run, gradients, rate, decay) {
    var next = { layers: [], velocity: [] };
    run.layers.forEach((layer, i) => {
      var moved = {}, velocity = {};
      Object.keys(layer).forEach(key => {
        var p = layer[key], g = gradients[i][key];
        if (key === "W") { g = combine(g, p, (g, v) => g + decay * v); }
        velocity[key] = run.velocity ? combine(run.velocity[i][key], g, (v, g) => 0.9 * v + g) : g;
        moved[key] = combine(p, velocity[key], (p, v) => p - rate * v);
      });
      next.layers.push(moved);
      next.velocity.push(velocity);
    });
    return next;
  }

  /* Normal weights of standard deviation scale / sqrt(fan-in), no biases. */
  function initial(seed, width, scale, norm) {
    return [[2, width], [width, width], [width, 2]].map((size, i) => {
      var draws = tnn.normals(seed * 10 + i, size[0] * size[1]), layer = { W: [], b: zeros(size[1]) };
      for (var o = 0; o < size[1]; o++) {
        layer.W.push(times(draws.slice(o * size[0], (o + 1) * size[0]), scale / Math.sqrt(size[0])));
      }
      if (norm && i < 2) { layer.gamma = zeros(width).fill(1); layer.beta = zeros(width); }
      return layer;
    });
  }

  /* n points on two arms that wind around each other, and the share `flipped` of them with the wrong label:
     { x (n, 2), labels, wrong }, the same points for the same seed. */
  function arms(seed, n, flipped) {
    var draws = tnn.normals(seed, 3 * n), x = [], labels = [], luck = [];
    for (var i = 0; i < n; i++) {
      var t = (Math.floor(i / 2) + 0.5) / Math.ceil(n / 2), angle = 0.6 + 6 * t, r = 0.35 + 1.35 * t;
      if (i % 2) { r = -r; }
      x.push([r * Math.cos(angle) + 0.1 * draws[3 * i], r * Math.sin(angle) + 0.1 * draws[3 * i + 1]]);
      luck.push(draws[3 * i + 2]);
    }
    var limit = luck.slice().sort((a, b) => a - b)[Math.round(n * flipped)];
    var wrong = luck.map(v => v < limit);
    for (i = 0; i < n; i++) { labels.push(wrong[i] ? 1 - i % 2 : i % 2); }
    return { x: x, labels: labels, wrong: wrong };
  }

  var NEW = null;  // a thousand new points, rightly labelled

  /* The run up to a step, continued where the last call with the same settings stopped. */
  var kept = { key: null };
  function train(state) {
    var key = [state.rate, state.scale, state.width, state.flipped, state.decay, state.norm, state.draw].join();
    if (kept.key !== key) {
      kept = { key: key, set: arms(state.draw + 1, 100, state.flipped), at: [], run: {
        layers: initial(state.draw + 1, state.width, state.scale, state.norm) } };
    }
    for (; kept.at.length <= state.steps / STRIDE; kept.at.push(report(kept))) {
      for (var k = 0; kept.at.length && k < STRIDE; k++) {
        var found = lossAndGradients(kept.run.layers, kept.set.x, kept.set.labels);
        kept.run = step(kept.run, found.gradients, state.rate, state.decay);
      }
    }
    return kept;
  }

  function report(run) {
    NEW = NEW || arms(1000, 1000, 0);
    var seen = forward(run.run.layers, run.set.x);
    return { layers: run.run.layers, moments: seen.layers, seen: judge(seen.logits, run.set.labels),
      fresh: judge(forward(run.run.layers, NEW.x, seen.layers).logits, NEW.labels) };
  }

  window.tnn = Object.assign(window.tnn || {}, { network: {
    forward: forward, lossAndGradients: lossAndGradients, step: step, initial: initial, arms: arms, judge: judge
  } });

  // ---- view ------------------------------------------------------------------------------------------------

  var EDGE = 2.1, FINE = 56;

  /* How sure the network is of the second class at the centres of a grid, from -1 to 1, row by row from the top. */
  function field(at) {
    var x = zeros(FINE * FINE).map((_, k) => [
      EDGE * ((2 * (k % FINE) + 1) / FINE - 1), EDGE * (1 - (2 * Math.floor(k / FINE) + 1) / FINE)
    ]);
    return probabilities(forward(at.layers, x, at.moments).logits).map(p => p[1] - p[0]);
  }

  /* One class's part of the field: its colour behind a mask, so that it follows the theme. */
  function shade(chart, sure, sign, name, side) {
    var canvas = document.createElement("canvas"), paper = canvas.getContext("2d");
    canvas.width = canvas.height = FINE;
    var picture = paper.createImageData(FINE, FINE);
    sure.forEach((v, i) => {
      picture.data.fill(255 * Math.max(0, sign * v), 4 * i, 4 * i + 3);
      picture.data[4 * i + 3] = 255;
    });
    paper.putImageData(picture, 0, 0);
    var box = { x: 0, y: 0, width: side, height: side };
    var mask = chart.add("mask", Object.assign({ id: "network-" + name, maskUnits: "userSpaceOnUse" }, box));
    chart.add("image", Object.assign({ href: canvas.toDataURL(), preserveAspectRatio: "none" }, box), undefined, mask);
    chart.add("rect", Object.assign({ class: "field " + name, mask: "url(#network-" + name + ")" }, box));
  }

  function points(chart, set, side) {
    function place(v) { return side * (v / EDGE + 1) / 2; }
    set.x.forEach((p, i) => {
      var x = place(p[0]), y = side - place(p[1]), second = set.labels[i];
      var look = { class: "point " + (second ? "second" : "first") + (set.wrong[i] ? " wrong" : "") };
      var shape = second ? { x: x - 3.5, y: y - 3.5, width: 7, height: 7 } : { cx: x, cy: y, r: 4 };
      chart.add(second ? "rect" : "circle", Object.assign(look, shape));
    });
  }

  /* Both losses over the steps so far, and what the lines mean. */
  function curves(chart, state, result, text, left, top, bottom) {
    var right = chart.width - 12, y = chart.up({ range: [0.001, 10], log: 10, label: "" }, left, bottom, top);
    chart.add("text", { class: "title", x: left - 44, y: top - 10 }, text.loss);
    var x = chart.across({ range: [0, MOST], ticks: [0, 100, 200, 300, 400], label: text.time }, bottom, bottom + 38,
      left, right);
    var upTo = result.at.slice(0, state.steps / STRIDE + 1), look = { seen: "curve", fresh: "curve second" };
    Object.keys(look).forEach(name => {
      var line = upTo.map((at, k) => [x(k * STRIDE), y(at[name].loss)]);
      chart.path(line.filter(p => !isNaN(p[1])), { class: look[name] });
    });
    chart.key(Object.keys(look).map(name => ({ words: text[name], class: look[name] })), right, top - 10);
  }

  function percent(v) { return (100 * v).toFixed(0) + " %"; }

  function power(v) { return tnn.show(Number(Math.pow(10, v).toPrecision(2))); }

  function draw(chart, state, result, text) {
    var wide = chart.width >= 560, side = wide ? 300 : 260, sure = field(result.at[state.steps / STRIDE]);
    chart.add("rect", { class: "frame", width: side, height: side });
    shade(chart, sure, -1, "first", side);
    shade(chart, sure, 1, "second", side);
    points(chart, result.set, side);
    if (wide) { curves(chart, state, result, text, side + 64, 26, side - 44); }
    else { curves(chart, state, result, text, 52, side + 30, side + 114); }
  }

  tnn.widget("network", {
    height: width => width >= 560 ? 302 : 418,
    controls: [
      { key: "go", type: "play", of: "steps", pause: 60 },
      { key: "steps", type: "range", min: 0, max: MOST, step: STRIDE, value: 0 },
      { key: "rate", type: "range", min: -3, max: 1, step: 0.25, value: -1, read: v => Math.pow(10, v), show: power },
      { key: "scale", type: "range", min: -2, max: 1, step: 0.25, value: 0, read: v => Math.pow(10, v), show: power },
      { key: "width", type: "range", min: 0, max: 5, value: 4, read: v => Math.pow(2, v), show: v => Math.pow(2, v) },
      { key: "flipped", type: "range", min: 0, max: 0.4, step: 0.05, value: 0, show: percent },
      { key: "decay", type: "range", min: 0, max: 0.02, step: 0.002, value: 0, show: v => tnn.show(v, 3) },
      { key: "norm", type: "toggle" },
      { key: "draw", type: "button" }
    ],
    compute: train,
    draw: draw,
    words: (state, result) => {
      var now = result.at[state.steps / STRIDE];
      return { steps: state.steps, seen: percent(now.seen.wrong), fresh: percent(now.fresh.wrong) };
    }
  });

})();
