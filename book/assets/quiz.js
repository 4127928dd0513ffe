/* Quizzes answered in place. The page holds the question, the answers and the explanations, and can be read without
   this script, which turns the list into radio buttons and shows the explanation of the answer that was chosen.
   Words come from the page. A right answer is announced as the event "tnn-answered". */
(function () {
  "use strict";

  function element(parent, name, attributes, text) {
    var node = document.createElement(name);
    Object.keys(attributes).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    if (text) { node.textContent = text; }
    parent.appendChild(node);
    return node;
  }

  document.querySelectorAll(".tnn-quiz").forEach(function (quiz) {
    var question = quiz.querySelector(".question"), list = quiz.querySelector("ol.answers");
    var details = quiz.querySelector("details"), reasons = details.querySelectorAll("li");
    quiz.removeAttribute("role");  // the answers are the group now; two with one name would be said twice
    quiz.removeAttribute("aria-labelledby");
    list.setAttribute("role", "radiogroup");
    list.setAttribute("aria-labelledby", question.id);
    Array.prototype.forEach.call(list.children, function (item, i) {
      var label = document.createElement("label"), words = document.createElement("span");
      while (item.firstChild) { words.appendChild(item.firstChild); }
      element(label, "input", { type: "radio", name: quiz.id, value: i });
      label.appendChild(words);
      item.setAttribute("role", "presentation");
      item.appendChild(label);
    });
    details.hidden = true;
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = quiz.dataset.check;
    button.setAttribute("aria-describedby", question.id);
    quiz.insertBefore(button, details);
    var answer = document.createElement("div");
    answer.className = "answer";
    answer.setAttribute("role", "status");
    quiz.insertBefore(answer, details);

    button.addEventListener("click", function () {
      var chosen = list.querySelector("input:checked"), reason = chosen && reasons[chosen.value];
      answer.textContent = reason ? "" : quiz.dataset.choose;
      if (!reason) { return; }
      var right = reason.dataset.right === "true";
      reason.childNodes.forEach(function (node) { answer.appendChild(node.cloneNode(true)); });
      quiz.classList.toggle("right", right);
      quiz.classList.toggle("wrong", !right);
      if (right) {
        details.hidden = false;
        quiz.dispatchEvent(new CustomEvent("tnn-answered", { bubbles: true, detail: quiz.id }));
      }
    });
    list.addEventListener("keydown", function (event) {
      if (event.key === "Enter") { event.preventDefault(); button.click(); }
    });
  });
})();
