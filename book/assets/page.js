/* On paper every page is light, and what is folded on the screen is open. Afterwards all is as before. And once the page
   is at rest, the formulas that MathJax left for later are set, a few at a time: a screen reader may be ahead of them. */
(function () {
  "use strict";

  var root = document.documentElement, paper = window.matchMedia("print"), before = null;

  function prepare() {
    if (before) { return; }
    before = { theme: root.dataset.theme, closed: document.querySelectorAll("details:not([open])") };
    root.dataset.theme = "light";
    before.closed.forEach(function (details) { details.open = true; });
  }

  function restore() {
    if (!before) { return; }
    root.dataset.theme = before.theme;
    before.closed.forEach(function (details) { details.open = false; });
    before = null;
  }

  paper.addEventListener("change", function () { (paper.matches ? prepare : restore)(); });
  window.addEventListener("beforeprint", prepare);
  window.addEventListener("afterprint", restore);

  var later = window.requestIdleCallback || function (f) { setTimeout(f, 50); };

  function setFormulas() {
    var maths = window.MathJax && window.MathJax.startup && window.MathJax.startup.document;
    var waiting = document.querySelectorAll("mjx-lazy");
    if (!maths || !maths.lazySet || !waiting.length) { return; }
    Array.prototype.slice.call(waiting, 0, 4).forEach(function (node) {
      maths.lazySet.add(node.getAttribute("data-mjx-lazy"));
    });
    maths.lazyHandleSet();
    maths.lazyPromise.then(function () { later(setFormulas); });
  }

  window.addEventListener("load", function () { setTimeout(function () { later(setFormulas); }, 5000); });
})();
