/* What the reader has read and answered. This browser keeps it and sends it nowhere.
   { "04_batch_normalization": { "read": true, "quizzes": ["quiz-gaussian"], "of": 7 } }

   An element with data-progress="04_batch_normalization" is filled with that chapter's state in words, and gets
   data-state="new", "begun" or "read". Words come from the foot of the page. */
(function () {
  "use strict";

  var KEY = "tnn-progress", foot = document.querySelector(".tnn-foot"), words, here, quizzes;
  if (!foot) { return; }
  words = JSON.parse(foot.dataset.progressWords);
  here = location.pathname.replace(/.*\//, "").replace(/\.html$/, "");
  quizzes = document.querySelectorAll(".tnn-quiz");

  function load() {
    try {
      var kept = JSON.parse(localStorage.getItem(KEY));
      return kept && kept.constructor === Object ? kept : {};
    } catch (error) { return {}; }
  }

  function change(edit) {
    var kept = load();
    edit(kept);
    try { localStorage.setItem(KEY, JSON.stringify(kept)); } catch (error) { /* full */ }
    show();
  }

  function of(kept, name) {
    var own = kept[name] || {}, answered = Array.isArray(own.quizzes) ? own.quizzes.length : 0;
    return { read: own.read === true, answered: answered, of: Math.max(own.of || 0, answered) };
  }

  function said(state) {
    var parts = state.read ? [words.read] : [];
    if (state.answered) {
      parts.push(words.answered.replace("{n}", state.answered).replace("{of}", state.of));
    }
    return parts.join(", ");
  }

  function show() {
    var kept = load();
    document.querySelectorAll("[data-progress]").forEach(function (node) {
      var own = of(kept, node.dataset.progress);
      own.of = Math.max(own.of, Number(node.dataset.of) || 0);
      node.textContent = said(own) || node.dataset.none || "";
      node.dataset.state = own.read ? "read" : own.answered ? "begun" : "new";
    });
    document.querySelectorAll(".tnn-done").forEach(function (button) {
      button.setAttribute("aria-pressed", of(kept, here).read);
      button.textContent = of(kept, here).read ? words.done : words.mark;
    });
  }

  function button(parent, name, text, act) {
    var node = document.createElement("button");
    node.type = "button";
    node.className = name;
    node.textContent = text;
    node.addEventListener("click", act);
    parent.insertBefore(node, parent.querySelector("p"));
  }

  /* Each chapter in the side bar says how far the reader is. */
  document.querySelectorAll(".bd-sidebar-primary .bd-links a").forEach(function (link) {
    var name = link.pathname.replace(/.*\//, "").replace(/\.html$/, "");
    if (!/^(\d\d_|capstone)/.test(name)) { return; }
    var mark = document.createElement("span");
    mark.className = "tnn-mark";
    mark.dataset.progress = name;
    link.appendChild(mark);
  });

  if (/^(\d\d_|capstone)/.test(here)) {
    button(foot, "tnn-done", words.mark, function () {
      change(function (kept) {
        var own = kept[here] = kept[here] || {};
        own.read = own.read !== true;
        own.of = quizzes.length;
      });
    });
    document.addEventListener("tnn-answered", function (event) {
      change(function (kept) {
        var own = kept[here] = kept[here] || {}, done = own.quizzes = Array.isArray(own.quizzes) ? own.quizzes : [];
        if (done.indexOf(event.detail) < 0) { done.push(event.detail); }
        own.of = quizzes.length;
      });
    });
  }

  document.querySelectorAll(".tnn-progress").forEach(function (box) {
    var note = document.createElement("p");
    note.setAttribute("role", "status");
    note.textContent = localStorage.refused ? words.refused : "";
    button(box, "tnn-clear", words.clear, function () {
      try { localStorage.removeItem(KEY); } catch (error) { /* none kept */ }
      show();
      note.textContent = words.cleared;
    });
    box.appendChild(note);
  });

  window.addEventListener("storage", show);
  window.addEventListener("pageshow", show);  // after Back
  show();
})();
