/* The generalization widget: a polynomial fitted to random points, and its two errors over capacity or data size.
   The engine (features, minimum-norm least squares by one-sided Jacobi rotations, errors) is on window.tnn, where the
   tests compare it with the reference kernels. Controls, axes and the state in the address are widget.js's. */
(function () {
  "use strict";

  // ---- engine ----------------------------------------------------------------------------------------------

  function dot(a, b) {
    var sum = 0;
    for (var i = 0; i < a.length; i++) { sum += a[i] * b[i]; }
    return sum;
  }

  function transpose(A) {
    return A[0].map(function (_, j) { return A.map(function (row) { return row[j]; }); });
  }

  /* x: N numbers. Returns N rows of the powers 0 to degree. */
  function polynomialFeatures(x, degree) {
    return x.map(function (v) {
      var row = [1];
      for (var j = 1; j <= degree; j++) { row.push(row[j - 1] * v); }
      return row;
    });
  }

  function rotate(a, b, c, s) {
    for (var i = 0; i < a.length; i++) {
      var v = a[i];
      a[i] = c * v - s * b[i];
      b[i] = s * v + c * b[i];
    }
  }

  /* columns: a list of columns, at least as long as they are many. Returns { U, V }: the columns turned until they are
     perpendicular, U = A V, with V orthogonal; the lengths of U's columns are A's singular values. */
  function perpendicular(columns) {
    var n = columns.length, U = columns.map(function (c) { return c.slice(); });
    var V = U.map(function (_, i) { return U.map(function (_, j) { return i === j ? 1 : 0; }); });
    for (var sweep = 0, turned = true; turned && sweep < 60; sweep++) {
      turned = false;
      for (var p = 0; p < n - 1; p++) {
        for (var q = p + 1; q < n; q++) {
          var a = dot(U[p], U[p]), b = dot(U[q], U[q]), g = dot(U[p], U[q]);
          if (Math.abs(g) <= 1e-15 * Math.sqrt(a * b) || g === 0) { continue; }
          turned = true;
          var zeta = (b - a) / (2 * g), t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
          var c = 1 / Math.sqrt(1 + t * t);
          rotate(U[p], U[q], c, c * t);
          rotate(V[p], V[q], c, c * t);
        }
      }
    }
    return { U: U, V: V };
  }

  /* X: N rows of D values. y: N values. The weights that make |X w - y| smallest; of several the shortest. */
  function leastSquaresFit(X, y) {
    var tall = X.length >= X[0].length, rows = transpose(X);
    var turned = perpendicular(tall ? rows : X);
    var squares = turned.U.map(function (u) { return dot(u, u); });
    var cut = Math.max(X.length, X[0].length) * Math.pow(2, -52);
    var least = cut * cut * Math.max.apply(null, squares), w = rows.map(function () { return 0; });
    squares.forEach(function (square, k) {
      if (square <= least) { return; }
      var from = tall ? turned.U[k] : turned.V[k], to = tall ? turned.V[k] : turned.U[k];
      var along = dot(from, y) / square;
      for (var j = 0; j < w.length; j++) { w[j] += along * to[j]; }
    });
    return w;
  }

  function predict(w, x) {
    return polynomialFeatures(x, w.length - 1).map(function (row) { return dot(row, w); });
  }

  function meanSquare(a, b) {
    var d = a.map(function (v, i) { return v - b[i]; });
    return dot(d, d) / d.length;
  }

  function truth(x) { return Math.sin(4 * x); }

  /* n points, the same for the same seed, and the first ones of any longer set: inputs that fill the interval evenly,
     each a golden section further than the one before, and noise (mulberry32, then Box-Muller). */
  function trainingSet(seed, n, sigma) {
    var state = seed | 0, x = [], y = [];
    function uniform() {
      state = (state + 0x6d2b79f5) | 0;
      var t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    }
    var start = uniform();
    for (var i = 0; i < n; i++) {
      var noise = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
      x.push(2 * ((start + i * (Math.sqrt(5) - 1) / 2) % 1) - 1);
      y.push(truth(x[i]) + sigma * noise);
    }
    return { x: x, y: y };
  }

  var GRID = [], LARGEST = 15;
  for (var g = 0; g <= 100; g++) { GRID.push(-1 + g / 50); }
  var TRUE = GRID.map(truth);

  /* A fit of this degree: { w, seen, fresh }. Fresh is exact: the squared distance to the truth, plus the noise. */
  function fit(set, degree, sigma) {
    var w = leastSquaresFit(polynomialFeatures(set.x, degree), set.y);
    return { w: w, seen: meanSquare(predict(w, set.x), set.y),
      fresh: meanSquare(predict(w, GRID), TRUE) + sigma * sigma };
  }

  window.tnn = Object.assign(window.tnn || {}, {
    polynomialFeatures: polynomialFeatures,
    leastSquaresFit: leastSquaresFit,
    trainingSet: trainingSet,
    fitPolynomial: fit
  });

  var SIZES = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 24, 27, 30, 35, 40, 50, 60, 80, 100];

  /* What the controls say, and what follows from it: the set, its fit, and both errors along one axis. */
  function compute(state) {
    var set = trainingSet(state.draw + 1, state.size, state.noise), along = [], k;
    if (state.over === "capacity") {
      for (k = 0; k <= LARGEST; k++) { along.push(Object.assign({ at: k }, fit(set, k, state.noise))); }
    } else {
      SIZES.forEach(function (n) {
        var part = trainingSet(state.draw + 1, n, state.noise);
        along.push(Object.assign({ at: n }, fit(part, state.degree, state.noise)));
      });
    }
    return { set: set, now: fit(set, state.degree, state.noise), along: along };
  }

  // ---- view ------------------------------------------------------------------------------------------------

  var HEIGHT = 484, LEFT = 56, TOP = 300, LOW = 0.001, HIGH = 1000;

  /* Three decimals, or a power of ten; what is only round-off is 0. */
  function three(v) {
    var power = v >= 1e5 || (v < 5e-4 && v > 1e-12);
    return power ? tnn.power(v) : tnn.show(v, 3);
  }

  function draw(chart, state, result, text) {
    var right = chart.width - 16, dashes = { class: "axis dashed" };
    var y = chart.up({ range: [-2.5, 2.5], label: text.y }, LEFT, 196, 26);
    var x = chart.across({ range: [-1, 1], label: text.x }, 196, 232, LEFT, right);
    chart.path(GRID.map(function (v, i) { return [x(v), y(TRUE[i])]; }), dashes);
    chart.path(GRID.map(function (v, i) { return [x(v), y(result.fitted[i])]; }), { class: "curve fit" });
    chart.key([{ words: text.truth, class: "axis dashed" }, { words: text.fit, class: "curve" }], right, 14);
    result.set.x.forEach(function (v, i) {
      var dot = chart.add("g", { class: "example", "data-x": v, "data-y": result.set.y[i] });
      chart.add("circle", { cx: x(v), cy: y(result.set.y[i]), r: 4 }, undefined, dot);
    });

    var degrees = state.over === "capacity";
    var axis = degrees ? { range: [0, LARGEST], ticks: [0, 3, 6, 9, 12, 15], label: text.overdegree }
      : { range: [4, 100], log: 10, ticks: [4, 10, 20, 50, 100], label: text.oversize };
    var error = chart.up({ range: [LOW, HIGH], log: 10, label: text.error }, LEFT, HEIGHT - 44, TOP);
    var place = chart.across(axis, HEIGHT - 44, HEIGHT - 6, LEFT, right);
    ["seen", "fresh"].forEach(function (name) {
      var points = result.along.map(function (a) { return [place(a.at), error(a[name])]; });
      chart.path(points, { class: name === "seen" ? "curve seen" : "curve second fresh" });
    });
    chart.key([{ words: text.seen, class: "curve" }, { words: text.fresh, class: "curve second" }], right, 264);
    var now = place(degrees ? state.degree : state.size);
    chart.add("line", Object.assign({ x1: now, x2: now, y1: HEIGHT - 44, y2: TOP }, dashes));
    ["seen", "fresh"].forEach(function (name) {
      var spot = chart.add("g", { class: name === "seen" ? "example now" : "example marked now" });
      chart.add("circle", { cx: now, cy: error(result.now[name]), r: name === "seen" ? 5 : 7 }, undefined, spot);
    });
  }

  tnn.widget("generalization", {
    height: HEIGHT,
    controls: [
      { key: "degree", type: "range", min: 0, max: LARGEST, value: 5 },
      { key: "size", type: "range", min: 4, max: 100, value: 20 },
      { key: "noise", type: "range", min: 0, max: 1, step: 0.1, value: 0.3,
        show: function (v) { return tnn.show(v, 1); } },
      { key: "over", type: "choice", values: ["capacity", "points"], value: "capacity" },
      { key: "draw", type: "button" }
    ],
    compute: function (state) {
      var result = compute(state);
      result.fitted = predict(result.now.w, GRID);
      return result;
    },
    draw: draw,
    words: function (state, result) {
      return { degree: state.degree, size: state.size, noise: tnn.show(state.noise, 1), seen: three(result.now.seen),
        fresh: three(result.now.fresh) };
    }
  });
})();
