/* How much of a capstone mark is luck: its mean and spread over the draw of alphabets and test images. The engine is on
   window.tnn.markLuck, where the tests compare it with the reference kernel. */
(function () {
  "use strict";

  var NOTHING = 0.5, EVERYTHING = 0.9, POINTS = 12;

  function share(a) { return Math.min(1, Math.max(0, (a - NOTHING) / (EVERYTHING - NOTHING))); }

  /* Mean and standard deviation of the mark, the mean over `tasks`, each with an accuracy that is normal around mu:
     spread is that over alphabets, and n test images add the binomial's. By the midpoint rule over the normal density. */
  function markLuck(mu, spread, n, tasks) {
    var s = Math.sqrt(spread * spread + mu * (1 - mu) / n), first = 0, second = 0, all = 0;
    for (var i = -1600; i < 1600; i++) {
      var z = (i + 0.5) / 200, weight = Math.exp(-0.5 * z * z), v = POINTS * share(mu + s * z);
      all += weight;
      first += weight * v;
      second += weight * v * v;
    }
    var mean = first / all;
    return { mean: mean, std: Math.sqrt(Math.max(second / all - mean * mean, 0) / tasks) };
  }

  function compute(state) {
    var over = [];
    for (var a = 40; a <= 100; a++) {
      over.push([a / 100, markLuck(a / 100, state.spread, state.images, state.tasks)]);
    }
    return { over: over, here: markLuck(state.accuracy, state.spread, state.images, state.tasks) };
  }

  function ends(r) {
    return [Math.max(0, r.mean - 2 * r.std), Math.min(POINTS, r.mean + 2 * r.std)];
  }

  function draw(chart, state, result, text) {
    var at = chart.axes({ range: [40, 100], label: text.x }, { range: [0, POINTS], label: text.y });
    chart.key([{ words: text.average, class: "curve" }], chart.width - 16, 205);  // where no curve can be
    chart.key([{ words: text.luck, class: "curve second" }], chart.width - 16, 224);
    [0, 1].forEach(function (side) {
      chart.path(result.over.map(function (p) { return [at.x(100 * p[0]), at.y(ends(p[1])[side])]; }), { class: "curve second" });
    });
    chart.path(result.over.map(function (p) { return [at.x(100 * p[0]), at.y(p[1].mean)]; }), { class: "curve" });
    var group = chart.add("g", { class: "example marked" }), both = ends(result.here), x = at.x(100 * state.accuracy);
    chart.add("line", { x1: x, x2: x, y1: at.y(both[0]), y2: at.y(both[1]) }, undefined, group);
    chart.add("circle", { cx: x, cy: at.y(result.here.mean), r: 6 }, undefined, group);
  }

  function words(state, result) {
    var both = ends(result.here);
    return { mean: tnn.show(result.here.mean, 1), low: tnn.show(both[0], 1), high: tnn.show(both[1], 1) };
  }

  function percent(v) { return Math.round(100 * v) + " %"; }

  window.tnn.markLuck = markLuck;
  tnn.widget("mark-luck", {
    height: 280,
    controls: [
      { key: "accuracy", type: "range", min: 0.4, max: 0.99, step: 0.01, value: 0.75, show: percent },
      { key: "spread", type: "range", min: 0, max: 0.06, step: 0.002, value: 0.026,
        show: function (v) { return tnn.show(100 * v, 1) + " %"; } },
      { key: "images", type: "range", min: 50, max: 2000, step: 50, value: 1000 },
      { key: "tasks", type: "range", min: 1, max: 10, value: 2 }
    ],
    compute: compute,
    draw: draw,
    words: words
  });
})();
