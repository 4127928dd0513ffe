/* What interactive figures share: controls, axes, the state in the address, words from the page. CONTRIBUTING says how
   to write one. A classic script, because modules don't run from file://.

   tnn.widget(name, { controls, compute, draw, words, height }) brings to life every element with data-widget="name":
     controls  in order: { key, type, value, … }; type range (min, max, step, read, show), choice or select (values),
               toggle, button (counts its presses), or play (moves the range called `of` to its end);
               when: (state) => whether the control does anything now
     compute   (state) => result: the engine, which knows nothing of the page
     draw      (chart, state, result): the view; chart draws in an SVG that is chart.width wide
     words     (state, result, text) => { name: text } for the template in data-summary
     height    of the picture, in pixels: a number, or a function of its width
   The label of a control is data-KEY, that of a choice data-VALUE; data-title is the figure's name, data-chart says
   what the picture shows. Every figure has the same parts in the same order: title, picture, summary, controls, and
   a foot to reset it and to link to it. A screen reader hears the summary once the reader pauses, not at each step. */
(function () {
  "use strict";

  var SVG = "http://www.w3.org/2000/svg";
  var still = window.matchMedia("(prefers-reduced-motion: reduce)");
  var count = 0;

  function element(parent, name, attributes, text) {
    var node = parent.namespaceURI === SVG || name === "svg"
      ? document.createElementNS(SVG, name) : document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    if (text !== undefined) { node.textContent = text; }
    parent.appendChild(node);
    return node;
  }

  /* A number for people: a true minus sign, and as many digits as asked. */
  function show(v, digits) {
    return (digits === undefined ? String(v) : v.toFixed(digits)).replace("-", "\u2212");
  }

  /* A number of any size, 3.2 × 10⁻⁵; a power of ten alone if no digits are wanted. */
  function power(v, digits) {
    var parts = v.toExponential(digits === undefined ? 1 : digits).split("e"), raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    var up = parts[1].replace("+", "").replace("-", "⁻").replace(/\d/g, function (d) { return raised[d]; });
    return (parts[0] === "1" ? "" : show(Number(parts[0]), digits === undefined ? 1 : digits) + " × ") + "10" + up;
  }

  function fill(template, values) {
    return template.replace(/\{(\w+)\}/g, function (_, key) { return values[key]; });
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

  // ---- axes ------------------------------------------------------------------------------------------------

  function ticksOf(axis) {
    var low = axis.range[0], high = axis.range[1], ticks = [], v;
    if (axis.ticks) { return axis.ticks; }
    if (axis.log) {
      for (v = Math.ceil(Math.log(low) / Math.log(axis.log) - 1e-9); Math.pow(axis.log, v) <= high * (1 + 1e-9); v++) {
        ticks.push(Math.pow(axis.log, v));
      }
      return ticks;
    }
    var rough = (high - low) / 6, unit = Math.pow(10, Math.floor(Math.log(rough) / Math.LN10));
    var step = unit * [1, 2, 5, 10].find(function (f) { return unit * f >= rough; });
    for (v = Math.ceil(low / step - 1e-9); v * step <= high + step * 1e-9; v++) {
      ticks.push(Number((v * step).toPrecision(12)));
    }
    return ticks;
  }

  function tick(axis, v) { return axis.log === 10 && (v < 0.01 || v > 1000) ? power(v, 0) : show(v); }

  /* The function from values to pixels; values beyond the range end at its edge. axis.log is a base, such as 10. */
  function scale(axis, from, to) {
    var f = axis.log ? Math.log : Number, low = f(axis.range[0]), high = f(axis.range[1]);
    return function (v) {
      var inside = Math.min(Math.max(v, axis.range[0]), axis.range[1]);
      return from + (f(inside) - low) / (high - low) * (to - from);
    };
  }

  function Chart(svg, width, height) {
    this.svg = svg;
    this.width = width;
    this.height = height;
    svg.textContent = "";
    svg.setAttribute("viewBox", "0 0 " + width + " " + height);
    svg.setAttribute("height", height);
  }

  /* Adds an SVG element, to a group `to` if one is given. */
  Chart.prototype.add = function (name, attributes, text, to) {
    return element(to || this.svg, name, attributes, text);
  };

  /* A horizontal axis at height `at`, its numbers on the side of its label: above it or below. */
  Chart.prototype.across = function (axis, at, labelAt, from, to) {
    var chart = this, place = scale(axis, from, to), down = labelAt > at;
    chart.add("line", { class: "axis", x1: from, x2: to, y1: at, y2: at });
    ticksOf(axis).forEach(function (v) {
      chart.add("line", { class: "axis", x1: place(v), x2: place(v), y1: at, y2: at + (down ? 5 : -5) });
      chart.add("text", { x: place(v), y: at + (down ? 19 : -10), "text-anchor": "middle" }, tick(axis, v));
    });
    chart.add("text", { class: "title", x: from, y: labelAt }, axis.label);
    return place;
  };

  Chart.prototype.up = function (axis, at, from, to) {
    var chart = this, place = scale(axis, from, to);
    chart.add("line", { class: "axis", x1: at, x2: at, y1: from, y2: to });
    ticksOf(axis).forEach(function (v) {
      chart.add("line", { class: "axis", x1: at - 5, x2: at, y1: place(v), y2: place(v) });
      chart.add("text", { x: at - 8, y: place(v) + 4, "text-anchor": "end" }, tick(axis, v));
    });
    chart.add("text", { class: "title", x: 4, y: to - 10 }, axis.label);
    return place;
  };

  /* The usual pair of axes, { range, label, log, ticks } each; returns { x, y }, functions from values to pixels. */
  Chart.prototype.axes = function (x, y) {
    var bottom = this.height - 44;
    return { y: this.up(y, 52, bottom, 28), x: this.across(x, bottom, this.height - 6, 52, this.width - 16) };
  };

  Chart.prototype.path = function (points, attributes) {
    var d = points.map(function (p, i) { return (i ? "L" : "M") + p[0].toFixed(1) + " " + p[1].toFixed(1); }).join("");
    return this.add("path", Object.assign({ d: d, fill: "none" }, attributes));
  };

  /* What the lines mean, { words, class } each: a sample and its name, in one row that ends at `right`. */
  Chart.prototype.key = function (entries, right, y) {
    var chart = this;
    entries.slice().reverse().forEach(function (entry) {
      var words = chart.add("text", { x: right, y: y, "text-anchor": "end" }, entry.words);
      var end = right - words.getComputedTextLength() - 6;
      chart.add("line", { class: entry.class, x1: end - 26, x2: end, y1: y - 4, y2: y - 4 });
      right = end - 42;
    });
  };

  // ---- controls --------------------------------------------------------------------------------------------

  /* Each maker returns { get, set, node }: the control's value as its state holds it, in numbers, texts and truth
     values, and the element that is disabled where the control does nothing. */
  var makers = {
    range: function (parent, id, control, label) {
      var row = element(parent, "div", { class: "control" });
      element(row, "label", { for: id }, label);
      var value = element(row, "output", { for: id, "aria-live": "off" });  // the slider itself says it
      var input = element(row, "input", { type: "range", id: id, min: control.min, max: control.max,
        step: control.step || 1 });
      return {
        get: function () { return Number(input.value); },
        set: function (v) { input.value = v; },
        node: input,
        tell: function (v) {
          value.textContent = control.show ? control.show(v) : show(v);
          input.setAttribute("aria-valuetext", value.textContent);
        }
      };
    },
    choice: function (parent, id, control, label, text) {
      var group = element(parent, "fieldset");
      element(group, "legend", {}, label);
      var radios = control.values.map(function (value) {
        var line = element(group, "label");
        var radio = element(line, "input", { type: "radio", name: id, value: value });
        element(line, "span", {}, text[value]);
        return radio;
      });
      return {
        get: function () { return radios.find(function (r) { return r.checked; }).value; },
        set: function (v) { radios.forEach(function (r) { r.checked = r.value === v; }); },
        node: group
      };
    },
    select: function (parent, id, control, label, text) {
      var row = element(parent, "div", { class: "control" });
      element(row, "label", { for: id }, label);
      var select = element(row, "select", { id: id });
      control.values.forEach(function (value) { element(select, "option", { value: value }, text[value]); });
      return { get: function () { return select.value; }, set: function (v) { select.value = v; }, node: select };
    },
    toggle: function (parent, id, control, label) {
      var line = element(parent, "label", { class: "tick" });  // not "toggle": the theme folds what has that class
      var box = element(line, "input", { type: "checkbox", id: id });
      element(line, "span", {}, label);
      return {
        get: function () { return box.checked; },
        set: function (v) { box.checked = String(v) === "true"; },
        node: box
      };
    },
    button: function (parent, id, control, label, text, update) {
      var presses = 0, button = element(parent, "button", { type: "button" }, label);
      button.addEventListener("click", function () { presses += 1; update(); });
      return {
        get: function () { return presses; },
        set: function (v) { presses = Number(v); },
        node: button
      };
    },
    play: function (parent, id, control, label, text, update, others) {
      var button = element(parent, "button", { type: "button", "aria-pressed": "false" }, label), timer = null;
      function stop() { clearInterval(timer); timer = null; button.setAttribute("aria-pressed", "false"); }
      button.addEventListener("click", function () {
        var input = others[control.of].node;
        if (timer) { stop(); return; }
        if (still.matches) { input.value = input.max; update(); return; }
        if (input.value === input.max) { input.value = input.min; }
        button.setAttribute("aria-pressed", "true");
        timer = setInterval(function () {
          input.stepUp();
          update();
          if (input.value === input.max) { stop(); }
        }, control.pause || 60);
      });
      return { get: function () { return null; }, set: stop, node: button };
    }
  };

  // ---- the state in the address: #batch-norm:size=8&beta=1.5 -------------------------------------------------

  function stateInAddress(id) {
    var hash = decodeURIComponent(location.hash.slice(1)), at = hash.indexOf(":");
    return at > 0 && hash.slice(0, at) === id ? new URLSearchParams(hash.slice(at + 1)) : null;
  }

  function start(root, spec) {
    var text = root.dataset, made = {}, id = root.id || spec.name;
    var form = "tnn-" + (++count) + "-";
    root.textContent = "";  // the static fallback
    root.setAttribute("role", "group");
    root.setAttribute("aria-labelledby", form + "title");
    root.tabIndex = -1;  // where a link in the text leads
    element(root, "p", { class: "title", id: form + "title" }, text.title);
    var holder = element(root, "div", { class: "chart" });
    var svg = element(holder, "svg", { role: "img", "aria-label": text.chart, "aria-describedby": form + "summary" });
    var summary = element(root, "p", { class: "summary", id: form + "summary" });
    var controls = element(root, "div", { class: "controls" });
    var foot = element(root, "div", { class: "foot" });
    var reset = element(foot, "button", { type: "button" }, text.reset);
    var here = element(foot, "a", {}, text.link);
    var live = element(root, "p", { class: "live", role: "status" }), pause = null;

    function read() {
      var state = {};
      spec.controls.forEach(function (c) {
        var v = made[c.key].get();
        state[c.key] = c.read ? c.read(v) : v;
      });
      return state;
    }

    function update() {
      spec.controls.forEach(function (c) { if (made[c.key].tell) { made[c.key].tell(made[c.key].get()); } });
      var state = read(), result = spec.compute(state);
      var said = fill(text.summary, spec.words(state, result, text));
      var width = Math.max(holder.clientWidth, 260);
      var height = typeof spec.height === "function" ? spec.height(width) : spec.height;
      spec.draw(new Chart(svg, width, height), state, result, text);
      summary.textContent = said;
      spec.controls.forEach(function (c) { if (c.when) { made[c.key].node.disabled = !c.when(state); } });
      here.href = location.href.split("#")[0] + "#" + id + ":" + changes();
    }

    function changes() {
      return spec.controls.filter(function (c) { return c.type !== "play" && made[c.key].get() !== c.value; })
        .map(function (c) { return c.key + "=" + encodeURIComponent(made[c.key].get()); }).join("&");
    }

    function announce(words) {
      clearTimeout(pause);
      pause = setTimeout(function () { live.textContent = words || summary.textContent; }, words ? 0 : 700);
    }

    function changed() {
      update();
      history.replaceState(null, "", here.href);
      announce();
    }

    function restore(given) {
      spec.controls.forEach(function (c) {
        made[c.key].set(given && given.has(c.key) ? given.get(c.key) : c.value);
      });
      update();
    }

    spec.controls.forEach(function (c) {
      if (c.value === undefined) { c.value = c.type === "button" ? 0 : c.type === "toggle" ? false : null; }
      made[c.key] = makers[c.type](controls, form + c.key, c, text[c.key], text, changed, made);
    });
    controls.addEventListener("input", changed);
    root.addEventListener("focusout", function () { live.textContent = ""; });  // or it would be read twice
    reset.addEventListener("click", function () { restore(null); changed(); });
    here.addEventListener("click", function (event) {
      if (!navigator.clipboard) { return; }  // the address of the page has it too
      event.preventDefault();
      history.replaceState(null, "", here.href);
      navigator.clipboard.writeText(here.href).then(function () {
        here.textContent = text.copied;
        announce(text.copied);
        setTimeout(function () { here.textContent = text.link; }, 2000);
      }, function () {});
    });
    window.addEventListener("hashchange", function () {
      var given = stateInAddress(id);
      if (!given) { return; }
      restore(given);
      root.scrollIntoView({ block: "nearest" });  // where it is seen, nothing moves
      root.focus({ preventScroll: true });
      announce();
    });
    var given = stateInAddress(id);
    restore(given);
    if (given) { root.scrollIntoView({ block: "center" }); }
    new ResizeObserver(update).observe(holder);
  }

  window.tnn = Object.assign(window.tnn || {}, {
    show: show,
    power: power,
    normals: normals,
    scale: scale,
    ticks: ticksOf,
    widget: function (name, spec) {
      spec.name = name;
      document.querySelectorAll("[data-widget='" + name + "']").forEach(function (root) { start(root, spec); });
    }
  });
})();
