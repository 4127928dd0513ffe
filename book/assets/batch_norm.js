/* The batch normalization widget: a batch's values before and after, on two axes joined by lines.
   Engine (arithmetic) and view are apart; the engine is on window.tnn, where the tests compare it with the reference
   kernels. Controls, axes and the state in the address are widget.js's. All text comes from the page. */
(function () {
  "use strict";

  // ---- engine ----------------------------------------------------------------------------------------------

  function column(x, c) {
    return x.map(function (row) { return row[c]; });
  }

  function mean(values) {
    return values.reduce(function (sum, v) { return sum + v; }, 0) / values.length;
  }

  function biasedVariance(values) {
    var m = mean(values);
    return mean(values.map(function (v) { return (v - m) * (v - m); }));
  }

  /* x: N rows of C values; gamma, beta, runningMean, runningVar: C values. Returns y, shaped like x. */
  function batchNormInference(x, gamma, beta, runningMean, runningVar, eps) {
    return x.map(function (row) {
      return row.map(function (v, c) {
        return gamma[c] * ((v - runningMean[c]) / Math.sqrt(runningVar[c] + eps)) + beta[c];
      });
    });
  }

  /* The same with the batch's own mean and biased variance. */
  function batchNormForward(x, gamma, beta, eps) {
    var columns = gamma.map(function (_, c) { return column(x, c); });
    return batchNormInference(x, gamma, beta, columns.map(mean), columns.map(biasedVariance), eps);
  }

  window.tnn = Object.assign(window.tnn || {}, {
    batchNormForward: batchNormForward,
    batchNormInference: batchNormInference
  });

  var RUNNING_MEAN = 3, RUNNING_VAR = 4, MARKED = 5, LARGEST = 64;

  /* What the controls say, and what follows from it: the batch x (marked example first) and y. */
  function compute(state) {
    var others = tnn.normals(state.draw + 1, LARGEST - 1).slice(0, state.size - 1);
    var values = [MARKED].concat(others.map(function (z) { return RUNNING_MEAN + Math.sqrt(RUNNING_VAR) * z; }));
    var x = values.map(function (v) { return [v]; });
    var gamma = [state.gamma], beta = [state.beta];
    var y = state.mode === "training"
      ? batchNormForward(x, gamma, beta, state.eps)
      : batchNormInference(x, gamma, beta, [RUNNING_MEAN], [RUNNING_VAR], state.eps);
    return { x: values, y: column(y, 0) };
  }

  // ---- view ------------------------------------------------------------------------------------------------

  var HEIGHT = 250, PAD = 16, TOP = 62, BOTTOM = 190;

  function two(v) { return tnn.show(v, 2); }

  function draw(chart, state, result, text) {
    var px = chart.across({ range: [-4, 10], ticks: [-4, -2, 0, 2, 4, 6, 8, 10], label: text.input },
      TOP - 10, 16, PAD, chart.width - PAD);
    var py = chart.across({ range: [-8, 8], ticks: [-8, -6, -4, -2, 0, 2, 4, 6, 8], label: text.output },
      BOTTOM + 10, HEIGHT - 8, PAD, chart.width - PAD);
    for (var i = result.x.length - 1; i >= 0; i--) {  // the marked example, 0, last: on top
      var a = px(result.x[i]), b = py(result.y[i]), r = i ? 4 : 7;
      var data = { "data-x": result.x[i], "data-y": result.y[i] };
      var group = chart.add("g", Object.assign({ class: i ? "example" : "example marked" }, data));
      chart.add("line", { x1: a, y1: TOP, x2: b, y2: BOTTOM }, undefined, group);
      chart.add("circle", { cx: a, cy: TOP, r: r }, undefined, group);
      chart.add("circle", { cx: b, cy: BOTTOM, r: r }, undefined, group);
    }
  }

  function words(state, result) {
    return {
      n: state.size, xmean: two(mean(result.x)), xstd: two(Math.sqrt(biasedVariance(result.x))),
      ymean: two(mean(result.y)), ystd: two(Math.sqrt(biasedVariance(result.y))),
      marked: two(MARKED), result: two(result.y[0])
    };
  }

  function power(v) { return Math.pow(10, v); }

  tnn.widget("batch-norm", {
    height: HEIGHT,
    controls: [
      { key: "mode", type: "choice", values: ["training", "evaluation"], value: "training" },
      { key: "size", type: "range", min: 1, max: LARGEST, value: 4 },
      { key: "gamma", type: "range", min: -2, max: 2, step: 0.1, value: 1, show: two },
      { key: "beta", type: "range", min: -2, max: 2, step: 0.1, value: 0, show: two },
      { key: "eps", type: "range", min: -8, max: 1, value: -5, read: power,
        show: function (v) { return v < -2 ? tnn.power(power(v), 0) : tnn.show(power(v)); } },
      { key: "draw", type: "button" }
    ],
    compute: compute,
    draw: draw,
    words: words
  });
})();
