/* The convolution widget: a convolution at one place of its kernel, and the matrix that holds every place as a column.
   Engine and view are apart; the engine is on window.tnn, where the tests compare it with the reference kernels. */
(function () {
  "use strict";

  // ---- engine ----------------------------------------------------------------------------------------------

  /* Scan 13 of scikit-learn's digits, grey levels 0 to 16. */
  var SCAN = [
    [0, 2, 9, 15, 14, 9, 3, 0], [0, 4, 13, 8, 9, 16, 8, 0], [0, 0, 0, 6, 14, 15, 3, 0], [0, 0, 0, 11, 14, 2, 0, 0],
    [0, 0, 0, 2, 15, 11, 0, 0], [0, 0, 0, 0, 2, 15, 4, 0], [0, 1, 5, 6, 13, 16, 6, 0], [0, 2, 12, 12, 13, 11, 0, 0]];

  function sum(values) { return values.reduce(function (total, v) { return total + v; }, 0); }

  /* Places of a kernel along an axis of n pixels. */
  function outputSize(n, k, stride, padding) { return Math.floor((n + 2 * padding - k) / stride) + 1; }

  function padded(image, padding) {
    var n = image.length + 2 * padding, rows = [];
    for (var i = 0; i < n; i++) {
      rows.push([]);
      for (var j = 0; j < n; j++) { rows[i].push((image[i - padding] || [])[j - padding] || 0); }
    }
    return rows;
  }

  /* A square image's columns: for each place, row by row, the k * k pixels under the kernel. */
  function im2col(image, k, stride, padding) {
    var all = padded(image, padding), size = outputSize(image.length, k, stride, padding), columns = [];
    for (var i = 0; i < size; i++) {
      for (var j = 0; j < size; j++) {
        var column = [];
        for (var u = 0; u < k; u++) {
          for (var v = 0; v < k; v++) { column.push(all[i * stride + u][j * stride + v]); }
        }
        columns.push(column);
      }
    }
    return columns;
  }

  /* The kernel's k * k weights times each column, added up: one value for each place. */
  function convolve(columns, weights) {
    return columns.map(function (column) { return sum(column.map(function (v, i) { return v * weights[i]; })); });
  }

  /* k * k weights: the mean, or the difference of two sides, right minus left or lower minus upper. */
  function kernelOf(kind, k) {
    var weights = [], half = k * Math.floor(k / 2);
    for (var u = 0; u < k; u++) {
      for (var v = 0; v < k; v++) {
        var side = Math.sign(2 * (kind === "across" ? v : u) - (k - 1));
        weights.push(kind === "mean" ? 1 / (k * k) : side / half);
      }
    }
    return weights;
  }

  window.tnn = Object.assign(window.tnn || {}, {
    scan: SCAN, outputSize: outputSize, im2col: im2col, convolve: convolve, kernelOf: kernelOf
  });

  function compute(state) {
    var image = SCAN.map(function (row) { return row.map(function (v) { return v / 16; }); });
    var weights = kernelOf(state.kind, state.size);
    var columns = im2col(image, state.size, state.stride, state.padding), values = convolve(columns, weights);
    var n = outputSize(8, state.size, state.stride, state.padding), place = Math.min(state.place, n * n) - 1;
    return { image: padded(image, state.padding), weights: weights, columns: columns, values: values, n: n,
      place: place, row: Math.floor(place / n), column: place % n };
  }

  // ---- view ------------------------------------------------------------------------------------------------

  var TOP = 24, MIDDLE = 210, BOTTOM = 322;

  /* A grid of rows of numbers at (x, y), its cells `w` by `h`: blue above 0, orange below, fainter towards 0. */
  function grid(chart, rows, x, y, w, h, name) {
    var group = chart.add("g", { class: name }), most = Math.max.apply(null, rows.map(function (row) {
      return Math.max.apply(null, row.map(Math.abs));
    })) || 1;
    rows.forEach(function (row, i) {
      row.forEach(function (v, j) {
        if (v) {
          chart.add("rect", { class: v > 0 ? "value" : "gradient", x: x + j * w, y: y + i * h, width: w, height: h,
            "fill-opacity": Math.abs(v) / most }, undefined, group);
        }
        if (v < 0) {  // a minus, for those who don't see the colour
          chart.add("line", { class: "minus", x1: x + (j + 0.3) * w, x2: x + (j + 0.7) * w, y1: y + (i + 0.5) * h,
            y2: y + (i + 0.5) * h }, undefined, group);
        }
      });
    });
    frame(chart, x, y, rows[0].length * w, rows.length * h, { class: "axis" });
  }

  function frame(chart, x, y, width, height, attributes) {
    chart.add("rect", Object.assign({ x: x, y: y, width: width, height: height, fill: "none" }, attributes));
  }

  function chunks(values, n) {
    var rows = [];
    for (var i = 0; i < values.length; i += n) { rows.push(values.slice(i, i + n)); }
    return rows;
  }

  function draw(chart, state, result, text) {
    var side = Math.min(MIDDLE - TOP - 34, (chart.width - 40) * 0.4), cell = side / 12, k = state.size;
    var mark = { class: "second", "stroke-width": 2.5 };
    var left = 2, right = chart.width - 2 - result.n * cell, middle = (left + side + chart.width - side - k * cell) / 2;
    function title(x, y, words, anchor) { chart.add("text", { x: x, y: y, "text-anchor": anchor || "start" }, words); }
    title(left, 14, text.image);
    title(middle + k * cell / 2, 14, text.kernel, "middle");
    title(chart.width - 2, 14, text.result, "end");
    grid(chart, result.image, left, TOP, cell, cell, "image");
    frame(chart, left + state.padding * cell, TOP + state.padding * cell, 8 * cell, 8 * cell,
      { class: "contour" });
    grid(chart, chunks(result.weights, k), middle, TOP, cell, cell, "kernel");
    grid(chart, chunks(result.values, result.n), right, TOP, cell, cell, "result");
    frame(chart, left + result.column * state.stride * cell, TOP + result.row * state.stride * cell, k * cell,
      k * cell, mark);
    frame(chart, right + result.column * cell, TOP + result.row * cell, cell, cell, mark);
    var wide = Math.min(12, (chart.width - 4) / result.columns.length), high = (BOTTOM - MIDDLE - 10) / (k * k);
    title(left, MIDDLE - 8, text.matrix);
    var rows = result.weights.map(function (_, i) { return result.columns.map(function (c) { return c[i]; }); });
    grid(chart, rows, left, MIDDLE, wide, high, "matrix");
    frame(chart, left + result.place * wide, MIDDLE, wide, k * k * high, mark);
  }

  tnn.widget("convolution", {
    height: BOTTOM,
    controls: [
      { key: "kind", type: "select", values: ["across", "down", "mean"], value: "across" },
      { key: "size", type: "range", min: 2, max: 5, value: 3 },
      { key: "stride", type: "range", min: 1, max: 3, value: 1 },
      { key: "padding", type: "range", min: 0, max: 2, value: 1 },
      { key: "place", type: "range", min: 1, max: 121, value: 20 },
      { key: "play", type: "play", of: "place", pause: 120 }
    ],
    compute: compute,
    draw: draw,
    words: function (state, result) {
      var places = result.n * result.n, weights = state.size * state.size;
      return { n: result.n, places: places, place: result.place + 1, row: result.row + 1, column: result.column + 1,
        weights: weights, value: tnn.show(result.values[result.place], 3), products: places * weights,
        dense: places * 64 };
    }
  });
})();
