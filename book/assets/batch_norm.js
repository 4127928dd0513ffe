/* The batch normalization widget: a batch's values before and after, on two axes joined by lines.
   Engine (arithmetic), state and view are apart; the engine is on window.tnn, where the tests compare it with the
   reference kernels. A classic script, because modules don't run from file://. All text comes from the page. */
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

  /* Independent standard normal values, the same for the same seed (mulberry32, then Box-Muller). */
  function normals(seed, n) {
    var state = seed | 0, values = [];
    function uniform() {
      state = (state + 0x6d2b79f5) | 0;
      var t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    }
    while (values.length < n) {
      values.push(Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
    }
    return values;
  }

  window.tnn = Object.assign(window.tnn || {}, {
    batchNormForward: batchNormForward,
    batchNormInference: batchNormInference
  });

  // ---- state -----------------------------------------------------------------------------------------------

  var RUNNING_MEAN = 3, RUNNING_VAR = 4, MARKED = 5, LARGEST = 64;

  /* What the controls say, and what follows from it: the batch x (marked example first) and y. */
  function compute(state) {
    var others = normals(state.seed, LARGEST - 1).slice(0, state.size - 1);
    var values = [MARKED].concat(others.map(function (z) { return RUNNING_MEAN + Math.sqrt(RUNNING_VAR) * z; }));
    var x = values.map(function (v) { return [v]; });
    var gamma = [state.gamma], beta = [state.beta];
    var y = state.training
      ? batchNormForward(x, gamma, beta, state.eps)
      : batchNormInference(x, gamma, beta, [RUNNING_MEAN], [RUNNING_VAR], state.eps);
    return { x: values, y: column(y, 0) };
  }

  // ---- view ------------------------------------------------------------------------------------------------

  var X_RANGE = [-4, 10], Y_RANGE = [-8, 8], HEIGHT = 250, PAD = 16, TOP = 62, BOTTOM = 190;
  var widgets = 0;

  function element(parent, name, attributes, text) {
    var svg = /^(svg|g|line|circle|text)$/.test(name);
    var node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    if (text !== undefined) { node.textContent = text; }
    parent.appendChild(node);
    return node;
  }

  function fill(template, values) {
    return template.replace(/\{(\w+)\}/g, function (_, key) { return values[key]; });
  }

  function show(v) {
    return v.toFixed(2).replace("-", "\u2212");
  }

  function scale(range, width) {
    return function (v) {
      var share = (Math.min(Math.max(v, range[0]), range[1]) - range[0]) / (range[1] - range[0]);
      return PAD + share * (width - 2 * PAD);
    };
  }

  function drawAxis(svg, range, step, y, labelY, position, label) {
    element(svg, "line", { class: "axis", x1: position(range[0]), x2: position(range[1]), y1: y, y2: y });
    for (var v = range[0]; v <= range[1]; v += step) {
      element(svg, "line", { class: "axis", x1: position(v), x2: position(v), y1: y, y2: y + (labelY > y ? 5 : -5) });
      element(svg, "text", { x: position(v), y: y + (labelY > y ? 19 : -10), "text-anchor": "middle" },
        String(v).replace("-", "\u2212"));
    }
    element(svg, "text", { class: "title", x: PAD, y: labelY }, label);
  }

  function draw(svg, result, text) {
    var width = Math.max(svg.parentNode.clientWidth, 260);
    svg.textContent = "";
    svg.setAttribute("viewBox", "0 0 " + width + " " + HEIGHT);
    svg.setAttribute("height", HEIGHT);
    var px = scale(X_RANGE, width), py = scale(Y_RANGE, width);
    drawAxis(svg, X_RANGE, 2, TOP - 10, 16, px, text.input);
    drawAxis(svg, Y_RANGE, 2, BOTTOM + 10, HEIGHT - 8, py, text.output);
    for (var i = result.x.length - 1; i >= 0; i--) {  // the marked example, 0, last: on top
      var g = element(svg, "g", { class: i ? "example" : "example marked", "data-x": result.x[i], "data-y": result.y[i] });
      var a = px(result.x[i]), b = py(result.y[i]), r = i ? 4 : 7;
      element(g, "line", { x1: a, y1: TOP, x2: b, y2: BOTTOM });
      element(g, "circle", { cx: a, cy: TOP, r: r });
      element(g, "circle", { cx: b, cy: BOTTOM, r: r });
    }
  }

  function slider(parent, id, label, attributes) {
    var row = element(parent, "div", { class: "control" });
    element(row, "label", { for: id }, label);
    var value = element(row, "output", { for: id });
    return { input: element(row, "input", Object.assign({ type: "range", id: id }, attributes)), value: value };
  }

  function start(root) {
    var text = root.dataset, id = "batch-norm-" + (++widgets) + "-", seed = 1;
    root.textContent = "";  // the static fallback

    var svg = element(element(root, "div", { class: "chart" }), "svg", { role: "img" });
    var summary = element(root, "p", { class: "summary", role: "status" });
    var controls = element(root, "div", { class: "controls" });
    var modes = element(controls, "fieldset", {});
    element(modes, "legend", {}, text.mode);
    var training = null;
    [["train", text.training], ["eval", text.evaluation]].forEach(function (mode) {
      var label = element(modes, "label", {});
      var radio = element(label, "input", { type: "radio", name: id + "mode", value: mode[0] });
      element(label, "span", {}, mode[1]);
      if (mode[0] === "train") { training = radio; radio.checked = true; }
    });
    var size = slider(controls, id + "size", text.size, { min: 1, max: LARGEST, step: 1, value: 4 });
    var gamma = slider(controls, id + "gamma", text.gamma, { min: -2, max: 2, step: 0.1, value: 1 });
    var beta = slider(controls, id + "beta", text.beta, { min: -2, max: 2, step: 0.1, value: 0 });
    var eps = slider(controls, id + "eps", text.eps, { min: -8, max: 1, step: 1, value: -5 });
    var button = element(controls, "button", { type: "button" }, text.draw);

    function update() {
      var state = { seed: seed, training: training.checked, size: Number(size.input.value),
        gamma: Number(gamma.input.value), beta: Number(beta.input.value), eps: Math.pow(10, Number(eps.input.value)) };
      var result = compute(state);
      size.value.textContent = state.size;
      gamma.value.textContent = show(state.gamma);
      beta.value.textContent = show(state.beta);
      eps.value.textContent = String(state.eps);
      eps.input.setAttribute("aria-valuetext", String(state.eps));
      var words = fill(text.summary, {
        n: state.size, xmean: show(mean(result.x)), xstd: show(Math.sqrt(biasedVariance(result.x))),
        ymean: show(mean(result.y)), ystd: show(Math.sqrt(biasedVariance(result.y))),
        marked: show(MARKED), result: show(result.y[0])
      });
      draw(svg, result, text);
      svg.setAttribute("aria-label", text.chart + " " + words);
      summary.textContent = words;
    }

    controls.addEventListener("input", update);
    button.addEventListener("click", function () { seed += 1; update(); });
    window.addEventListener("resize", update);
    update();
  }

  document.querySelectorAll("[data-widget='batch-norm']").forEach(start);
})();
