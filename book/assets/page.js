/* On paper every page is light, and what is folded on the screen is open. Afterwards all is as before. */
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
})();
