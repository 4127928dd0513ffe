/* The backpropagation widget: L = (f(w x + b) + x)^2 as a graph, forward and backward one operation at a time.
   The engine is on window.tnn, where the tests compare it with the reference engine and torch. What it says of a
   step is a formula, so that it needs no language. */
(function () {
  "use strict";

  // ---- engine ----------------------------------------------------------------------------------------------

  function multiply(p, q) { return { value: p * q, slopes: [q, p] }; }
  function add(p, q) { return { value: p + q, slopes: [1, 1] }; }

  var ACTIVATIONS = {
    relu: function (z) { return { value: Math.max(z, 0), slopes: [z > 0 ? 1 : 0] }; },
    sigmoid: function (z) { var s = 1 / (1 + Math.exp(-z)); return { value: s, slopes: [s * (1 - s)] }; },
    tanh: function (z) { var t = Math.tanh(z); return { value: t, slopes: [1 - t * t] }; }
  };

  /* In the order of the forward pass: a result, the operation, and what it takes. */
  var OPERATIONS = [
    { name: "u", sign: " · ", of: ["w", "x"], rule: multiply },
    { name: "z", sign: " + ", of: ["u", "b"], rule: add },
    { name: "a", of: ["z"] },
    { name: "y", sign: " + ", of: ["a", "x"], rule: add },
    { name: "L", sign: " · ", of: ["y", "y"], rule: multiply }
  ];
  var FORWARD = OPERATIONS.length, LAST = 2 * FORWARD + 1;

  /* What is known after `step` steps: FORWARD of them go forward, one sets dL/dL = 1, the others go backward.
     overwrite: the mistake of writing a gradient where it should be added. Returns values, grads and slopes (those
     of an operation, by its name), the operation of this step, and what each of its gradients was before. */
  function run(inputs, activation, step, overwrite) {
    var values = { x: inputs.x, w: inputs.w, b: inputs.b }, grads = {}, slopes = {}, now = null, before = {};
    OPERATIONS.slice(0, Math.min(step, FORWARD)).forEach(function (operation) {
      var rule = operation.rule || ACTIVATIONS[activation];
      var result = rule.apply(null, operation.of.map(function (name) { return values[name]; }));
      values[operation.name] = result.value;
      slopes[operation.name] = result.slopes;
      now = operation;
    });
    if (step > FORWARD) { grads.L = 1; now = null; }
    for (var i = FORWARD - 1; i > LAST - 1 - step && i >= 0; i--) {
      now = OPERATIONS[i];
      before = Object.assign({}, grads);
      now.of.forEach(function (name, k) {
        var part = grads[now.name] * slopes[now.name][k];
        grads[name] = overwrite || !(name in grads) ? part : grads[name] + part;
      });
    }
    return { values: values, grads: grads, slopes: slopes, now: now, before: before };
  }

  function loss(inputs, activation) { return run(inputs, activation, FORWARD).values.L; }

  /* dL/dx by moving x a little both ways. */
  function nudged(inputs, activation) {
    var h = 1e-5;
    function at(x) { return loss({ x: x, w: inputs.w, b: inputs.b }, activation); }
    return (at(inputs.x + h) - at(inputs.x - h)) / (2 * h);
  }

  window.tnn = Object.assign(window.tnn || {}, { backprop: run, backpropNudged: nudged });

  function compute(state) {
    var result = run(state, state.f, state.step, state.overwrite);
    result.backward = state.step > FORWARD;
    result.nudged = nudged(state, state.f);
    return result;
  }

  // ---- in words: formulas ------------------------------------------------------------------------------------

  function two(v) { return v === undefined ? "?" : tnn.show(Math.abs(v) < 0.005 ? 0 : v, 2); }
  function slope(v) { return tnn.show(Number(v.toFixed(3))); }
  function term(v, show) { return v < 0 ? "(" + (show || two)(v) + ")" : (show || two)(v); }
  function grad(name) { return "∂L/∂" + name; }

  function formula(operation) {
    return operation.name + " = " + (operation.sign ? operation.of.join(operation.sign) : "f(" + operation.of[0] + ")");
  }

  function said(state, result) {
    var v = result.values, now = result.now;
    if (state.step > FORWARD && !now) { return grad("L") + " = 1"; }
    if (!now) { return ["x", "w", "b"].map(function (name) { return name + " = " + two(v[name]); }).join(", "); }
    if (state.step <= FORWARD) {
      var numbers = now.of.map(function (name) { return term(v[name]); });
      var inserted = now.sign ? numbers.join(now.sign) : "f(" + two(v.z) + ")";
      return formula(now) + " = " + inserted + " = " + two(v[now.name]);
    }
    return Array.from(new Set(now.of)).map(function (name) {
      var parts = [], added = !state.overwrite && name in result.before;
      now.of.forEach(function (other, k) {
        if (other !== name) { return; }
        parts.push(term(result.grads[now.name]) + " · " + term(result.slopes[now.name][k], slope));
      });
      if (state.overwrite) { parts = parts.slice(-1); }
      if (added) { parts.unshift(term(result.before[name])); }
      return grad(name) + " = " + parts.join(" + ") + " = " + two(result.grads[name]);
    }).join(", ");
  }

  function words(state, result) {
    var end = state.step === LAST;
    return {
      step: state.step, last: LAST, said: said(state, result), loss: two(result.values.L),
      gradient: end ? two(result.grads.x) : "?", nudged: end ? two(result.nudged) : "?"
    };
  }

  // ---- view ------------------------------------------------------------------------------------------------

  var PITCH = 86, BOX = 58, TOP = 4, HEIGHT = TOP + 5 * PITCH + BOX + 4;
  var PLACES = { x: [0, 0], w: [1, 0], b: [2, 0], u: [1, 1], z: [1, 2], a: [1, 3], y: [1, 4], L: [1, 5] };

  function draw(chart, state, result, text) {
    var wide = Math.min(chart.width * 0.3, 190), far = Math.min(chart.width / 2, 330) - wide / 2 - 2;

    function centre(name) { return chart.width / 2 + (PLACES[name][0] - 1) * far; }
    function top(name) { return TOP + PLACES[name][1] * PITCH; }

    function edge(operation, k) {
      var from = operation.of[k], to = operation.name, active = result.now === operation;
      var side = Math.sign(centre(from) - centre(to)), beside = side && PLACES[to][1] - PLACES[from][1] > 1;
      var twin = operation.of[0] === operation.of[1] ? (k ? 14 : -14) : 0;
      var start = [centre(from) + twin, top(from) + BOX], end, bend;
      if (beside) {                                        // down a side column, then into the box from the side
        start[0] = centre(from) + side * wide * 0.25;
        end = [centre(to) + side * wide / 2, top(to) + BOX / 2];
        bend = [start[0], end[1]];
      } else {
        end = [centre(to) + (side ? side * wide * 0.3 : twin), top(to)];
        if (side) { start[0] = centre(from) - side * wide * 0.25; }
      }
      var group = chart.add("g", { class: active ? "edge active" : "edge" });
      var points = bend ? [start, bend, end] : [start, end];
      group.appendChild(chart.path(points, {}));
      group.appendChild(chart.path(head(active && result.backward ? points.slice().reverse() : points), {}));
      if (result.slopes[to]) {
        var left = twin < 0 || (bend ? side > 0 : side < 0);
        var x = bend ? start[0] : (start[0] + end[0]) / 2;
        var y = (start[1] + end[1]) / 2 + (side && !bend ? 14 : 4);
        chart.add("text", { x: x + (left ? -6 : 6), y: y, "text-anchor": left ? "end" : "start", class: "slope" },
          "×" + slope(result.slopes[to][k]), group);
      }
    }

    /* The head of an arrow along these points: with the values in the forward pass, against them in the backward. */
    function head(points) {
      var from = points[points.length - 2], to = points[points.length - 1];
      var length = Math.hypot(to[0] - from[0], to[1] - from[1]);
      var dx = 4 * (to[0] - from[0]) / length, dy = 4 * (to[1] - from[1]) / length;
      return [[to[0] - 2 * dx + dy, to[1] - 2 * dy - dx], to, [to[0] - 2 * dx - dy, to[1] - 2 * dy + dx]];
    }

    function node(name, label) {
      var active = result.now && (result.now.name === name || result.now.of.indexOf(name) >= 0);
      var group = chart.add("g", { class: active ? "node active" : "node", "data-name": name });
      var x = centre(name), y = top(name);
      if (name in result.values) { group.dataset.value = result.values[name]; }
      if (name in result.grads) { group.dataset.grad = result.grads[name]; }
      chart.add("rect", { x: x - wide / 2, y: y, width: wide, height: BOX, rx: 6 }, undefined, group);
      var value = name in result.values ? two(result.values[name]) : "";
      var gradient = name in result.grads ? text.short + " " + two(result.grads[name]) : "";
      [[label, "title"], [value, "value"], [gradient, "gradient"]].forEach(function (line, i) {
        chart.add("text", { x: x, y: y + 17 + 17 * i, "text-anchor": "middle", class: line[1] }, line[0], group);
      });
    }

    OPERATIONS.forEach(function (operation) { operation.of.forEach(function (_, k) { edge(operation, k); }); });
    ["x", "w", "b"].forEach(function (name) { node(name, name); });
    OPERATIONS.forEach(function (operation) { node(operation.name, formula(operation)); });
  }

  function input(key, value) {
    return { key: key, type: "range", min: -3, max: 3, step: 0.1, value: value, show: two };
  }

  tnn.widget("backprop", {
    height: HEIGHT,
    controls: [
      { key: "step", type: "range", min: 0, max: LAST, value: 0 },
      { key: "play", type: "play", of: "step", pause: 900 },
      input("x", 1.5), input("w", -1), input("b", 2),
      { key: "f", type: "choice", values: ["sigmoid", "tanh", "relu"], value: "sigmoid" },
      { key: "overwrite", type: "toggle" }
    ],
    compute: compute,
    draw: draw,
    words: words
  });
})();
