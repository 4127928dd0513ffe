/* The order of search results, as Sphinx lets a project define it; tnn.pages.search puts it into language_data.js.
   A page is worth what the query's words tell: rare words more than common ones, words in headings more than words in
   the text, and keywords of the page most. Each result says what its page is about and which sections the words name. */
var tnnPages = {/* pages */};

/* Words that no page holds would leave nothing to be found, as every word must be on a page: they are passed over. */
var splitQuery = function (query) {
  var all = query.split(/[^\p{Letter}\p{Number}_]+/gu).filter(Boolean);
  if (!Search._index) { return all; }
  var known = all.filter(function (word) {
    var stem = new Stemmer().stemWord(word.toLowerCase()), index = Search._index;
    return stopwords.indexOf(word.toLowerCase()) < 0 && [index.terms, index.titleterms].some(function (terms) {
      return stem in terms || stem.length > 2 && Object.keys(terms).some(function (term) { return term.includes(stem); });
    });
  });
  return known.length ? known : all;
};

var Scorer = (function () {
  var query = new URLSearchParams(location.search).get("q") || "", asked = null;

  function stems(text) {
    var stemmer = new Stemmer();
    return text.toLowerCase().split(/[^\p{Letter}\p{Number}_]+/u).filter(function (word) {
      return word && stopwords.indexOf(word) < 0;
    }).map(function (word) { return stemmer.stemWord(word); });
  }

  function pagesOf(terms, word) {
    return Object.prototype.hasOwnProperty.call(terms, word) ? [].concat(terms[word]) : [];
  }

  /* For each word of the query: how much it tells, and the pages that have it in a heading. */
  function weigh() {
    var index = Search._index;
    return stems(splitQuery(query).join(" ")).map(function (word) {
      var titled = pagesOf(index.titleterms, word), held = titled.concat(pagesOf(index.terms, word));
      return { word: word, titled: titled, held: held,
        tells: Math.log(1 + index.docnames.length / Math.max(1, new Set(held).size)) };
    });
  }

  function covers(words) {
    return words.length > 0 && words.every(function (word) {
      return asked.some(function (term) { return term.word === word; });
    });
  }

  function escaped(text) {
    var node = document.createElement("span");
    node.textContent = text;
    return node.innerHTML;
  }

  /* The page's headings that hold words of the query, best first: [share of the query, heading, anchor]. */
  function headings(number) {
    var found = [], all = Search._index.alltitles;
    Object.keys(all).forEach(function (heading) {
      all[heading].forEach(function (place) {
        if (place[0] !== number || !place[1]) { return; }
        var own = stems(heading), share = 0;
        asked.forEach(function (term) { share += own.indexOf(term.word) >= 0 ? term.tells : 0; });
        if (share) { found.push([share / (1 + own.length / 10), heading, place[1]]); }
      });
    });
    return found.sort(function (a, b) { return b[0] - a[0]; });
  }

  return {
    objNameMatch: 11, objPartialMatch: 6, objPrio: { 0: 15, 1: 5, 2: -5 }, objPrioDefault: 0,
    title: 15, partialTitle: 7, term: 5, partialTerm: 2,

    score: function (result) {
      asked = asked || weigh();
      var number = Search._index.docnames.indexOf(result[0]), page = tnnPages[result[0]] || { words: [], about: "" };
      var value = 0, best = 0, named = headings(number);
      asked.forEach(function (term) {
        value += term.tells * ((term.held.indexOf(number) >= 0) + (term.titled.indexOf(number) >= 0));
      });
      page.words.forEach(function (phrase) {
        var words = stems(phrase);
        if (covers(words)) { best = Math.max(best, 5 + 3 * words.length); }
      });
      value += best + (named.length ? named[0][0] : 0) + (result[2] ? result[4] / 5 - 1 : 0);
      if (!result[2]) {
        result[3] = escaped(page.about) + named.slice(0, 3).map(function (heading, i) {
          return (i ? " · " : " → ") + '<a href="' + result[0] + DOCUMENTATION_OPTIONS.LINK_SUFFIX + "#" + heading[2] + '">' +
            escaped(heading[1]) + "</a>";
        }).join("");
      }
      return value;
    }
  };
})();
