/* Initialization: one random network run forward and backward, beside what two equations predict. The engine (activations,
   weights, both passes, the integrals) is on window.tnn.init, where the tests compare it with the reference kernels. */
(function () {
  "use strict";

  // ---- engine: matrices are arrays of Float64Array rows, W is (out, in) ----------------------------------------

  var SELU_SCALE = 1.0507009873554805, SELU_ALPHA = 1.6732632423543772;

  function sigmoid(x) { return 0.5 * (1 + Math.tanh(0.5 * x)); }

  var ACTIVATIONS = {  // [phi, dphi]
    linear: [function (x) { return x; }, function () { return 1; }],
    relu: [function (x) { return Math.max(x, 0); }, function (x) { return x > 0 ? 1 : 0; }],
    tanh: [Math.tanh, function (x) { var t = Math.tanh(x); return 1 - t * t; }],
    sigmoid: [sigmoid, function (x) { var s = sigmoid(x); return s * (1 - s); }],
    selu: [
      function (x) { return SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)); },
      function (x) { return SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * Math.exp(x)); }
    ]
  };

  /* E[f(z)], z standard normal: the midpoint rule, with 0, where activations have kinks, between two panels. */
  function expectation(f) {
    var sum = 0, h = 0.01;
    for (var i = -1000; i < 1000; i++) {
      var z = (i + 0.5) * h;
      sum += f(z) * Math.exp(-0.5 * z * z);
    }
    return sum * h / Math.sqrt(2 * Math.PI);
  }

  function nextMoment(q, phi, sigmaW) {
    return sigmaW * sigmaW * expectation(function (z) { var a = phi(Math.sqrt(q) * z); return a * a; });
  }

  function gradientFactor(q, dphi, sigmaW) {
    return sigmaW * sigmaW * expectation(function (z) { var d = dphi(Math.sqrt(q) * z); return d * d; });
  }

  function matrix(values, rows, columns) {
    return Array.from({ length: rows }, function (_, i) { return values.slice(i * columns, (i + 1) * columns); });
  }

  function dot(a, b) {
    var sum = 0;
    for (var i = 0; i < a.length; i++) { sum += a[i] * b[i]; }
    return sum;
  }

  function transpose(A) {
    return Array.from(A[0], function (_, j) { return Float64Array.from(A, function (row) { return row[j]; }); });
  }

  /* x @ W.T: (N, in) and (out, in) to (N, out). */
  function times(x, W) {
    return x.map(function (row) { return Float64Array.from(W, function (w) { return dot(row, w); }); });
  }

  function each(A, f) {
    return A.map(function (row, i) { return row.map(function (v, j) { return f(v, i, j); }); });
  }

  /* The rows of A made orthonormal, one after the other (Gram and Schmidt; each twice, against rounding). */
  function orthonormal(A) {
    var done = [];
    A.forEach(function (row) {
      for (var twice = 0; twice < 2; twice++) {
        done.forEach(function (q) {
          var along = dot(row, q);
          row = row.map(function (v, i) { return v - along * q[i]; });
        });
      }
      var size = Math.sqrt(dot(row, row));
      done.push(row.map(function (v) { return v / size; }));
    });
    return done;
  }

  /* Pre-activations of every layer, as the kernel `forward` gives them, without biases. */
  function forward(x, weights, phi) {
    var a = x;
    return weights.map(function (W) {
      var h = times(a, W);
      a = each(h, phi);
      return h;
    });
  }

  /* Gradients with respect to the pre-activations, first layer first; gradOut: with respect to the last. */
  function backward(gradOut, hidden, weights, dphi) {
    var grads = [gradOut], g = gradOut;
    for (var l = hidden.length - 2; l >= 0; l--) {
      var back = times(g, transpose(weights[l + 1])), h = hidden[l];
      g = each(back, function (v, i, j) { return v * dphi(h[i][j]); });
      grads.unshift(g);
    }
    return grads;
  }

  function meanSquare(A) {
    var sum = 0;
    A.forEach(function (row) { sum += dot(row, row); });
    return sum / (A.length * A[0].length);
  }

  var WIDTH = 48, EXAMPLES = 12, LONGEST = 50, ROOT = Math.sqrt(WIDTH);
  var SIGMA = { he: Math.SQRT2, xavier: 1, "default": Math.sqrt(1 / 3), orthogonal: 1, small: 0.01 * ROOT, unit: ROOT };
  var cache = {};

  /* Values of mean 0 and variance 1: uniform for torch's default, normal otherwise. */
  function unitValues(scheme, seed) {
    var n = WIDTH * WIDTH;
    if (scheme !== "default") { return Float64Array.from(tnn.normals(seed, n)); }
    var z = tnn.normals(seed, 2 * n);  // the angle of two independent normal numbers is uniform
    return Float64Array.from({ length: n }, function (_, i) {
      return Math.sqrt(3) * Math.atan2(z[i], z[n + i]) / Math.PI;
    });
  }

  /* Weights of variance 1 / width for one drawing, all layers; kept until another drawing is asked for. */
  function drawing(scheme, draw) {
    var kind = scheme === "orthogonal" || scheme === "default" ? scheme : "normal", key = kind + draw;
    if (cache.key !== key) {
      cache = { key: key, weights: [] };
      for (var l = 0; l < LONGEST; l++) {
        var W = matrix(unitValues(kind, 1000 * draw + l + 1), WIDTH, WIDTH);
        cache.weights.push(kind === "orthogonal" ? orthonormal(W) : each(W, function (v) { return v / ROOT; }));
      }
      cache.x = matrix(Float64Array.from(tnn.normals(1000 * draw + 900, EXAMPLES * WIDTH)), EXAMPLES, WIDTH);
      cache.g = matrix(Float64Array.from(tnn.normals(1000 * draw + 901, EXAMPLES * WIDTH)), EXAMPLES, WIDTH);
    }
    return cache;
  }

  /* Mean squares of signal and gradient, measured and predicted, layers 1 to depth; gradients over the last one's. */
  function compute(state) {
    var f = ACTIVATIONS[state.activation], sigmaW = SIGMA[state.scheme] * state.scale;
    var drawn = drawing(state.scheme, state.draw);
    var weights = drawn.weights.slice(0, state.depth).map(function (W) {
      return each(W, function (v) { return v * sigmaW; });
    });
    var hidden = forward(drawn.x, weights, f[0]), last = meanSquare(drawn.g);
    var grads = backward(drawn.g, hidden, weights, f[1]);
    var q = [sigmaW * sigmaW], chi = [1];
    while (q.length < state.depth) { q.push(nextMoment(q[q.length - 1], f[0], sigmaW)); }
    for (var l = state.depth - 2; l >= 0; l--) { chi.unshift(chi[0] * gradientFactor(q[l], f[1], sigmaW)); }
    return {
      signal: hidden.map(meanSquare), gradient: grads.map(function (g) { return meanSquare(g) / last; }),
      q: q, chi: chi
    };
  }

  window.tnn.init = {
    activations: ACTIVATIONS, expectation: expectation, nextMoment: nextMoment, gradientFactor: gradientFactor,
    forward: forward, backward: backward, orthonormal: orthonormal, drawing: drawing, compute: compute, sigma: SIGMA
  };

  // ---- view ----------------------------------------------------------------------------------------------------

  function power(v) { return v > 0 ? Math.log10(v) : -99; }

  /* A plain number if it is neither small nor large. */
  function number(v) {
    if (v === 0) { return "0"; }
    return v >= 0.01 && v < 1000 ? tnn.show(v, v < 1 ? 3 : 2) : tnn.power(v);
  }

  function draw(chart, state, result, text) {
    var at = chart.axes({ range: [0, state.depth], label: text.x },
      { range: [-16, 16], ticks: [-16, -12, -8, -4, 0, 4, 8, 12, 16], label: text.y });
    chart.add("line", { class: "axis", x1: at.x(0), x2: at.x(state.depth), y1: at.y(0), y2: at.y(0),
      "stroke-dasharray": "2 4" });
    [["signal", "q", "curve", "example", 4.5], ["gradient", "chi", "curve second", "example marked", 3]].forEach(function (c) {
      chart.path(result[c[0]].map(function (v, i) { return [at.x(i + 1), at.y(power(v))]; }), { class: c[2] });
      var group = chart.add("g", { class: c[3] }), step = state.depth > 20 ? 5 : 1;
      result[c[1]].forEach(function (v, i) {
        if ((i + 1) % step && i) { return; }
        chart.add("circle", { cx: at.x(i + 1), cy: at.y(power(v)), r: c[4] }, undefined, group);
      });
    });
    chart.key([{ words: text.signal, class: "curve" }, { words: text.gradient, class: "curve second" }],
      chart.width - 16, 40);
  }

  function words(state, result) {
    return {
      depth: state.depth, first: number(result.signal[0]), last: number(result.signal[state.depth - 1]),
      predicted: number(result.q[state.depth - 1]), gradient: number(result.gradient[0]),
      gradientPredicted: number(result.chi[0])
    };
  }

  tnn.widget("init-depth", {
    height: 320,
    controls: [
      { key: "activation", type: "select", values: ["relu", "tanh", "sigmoid", "linear", "selu"], value: "relu" },
      { key: "scheme", type: "select", values: ["he", "xavier", "default", "orthogonal", "small", "unit"], value: "he" },
      { key: "scale", type: "range", min: 0.5, max: 2, step: 0.05, value: 1,
        show: function (v) { return tnn.show(v, 2); } },
      { key: "depth", type: "range", min: 2, max: LONGEST, value: 50 },
      { key: "draw", type: "button" }
    ],
    compute: compute,
    draw: draw,
    words: words
  });
})();
