/* The gallery of augmentations: one image, one method, its strength, and the label that comes out. Images are lists of
   channels, of rows, of values from 0 to 1, as in the reference kernels, with which the tests compare window.tnn.augment.
   The photographs are 20 x 20 crops of scikit-learn's two, by danielbuechele and vultilion on Flickr (CC BY 2.0). */
(function () {
  "use strict";

  // ---- engine ----------------------------------------------------------------------------------------------

  /* An image whose value at (channel, row, column) is value(channel, i, j). */
  function made(C, H, W, value) {
    return Array.from({ length: C }, function (_, c) {
      return Array.from({ length: H }, function (_, i) {
        return Array.from({ length: W }, function (_, j) { return value(c, i, j); });
      });
    });
  }

  function map(x, value) { return made(x.length, x[0].length, x[0][0].length, value); }

  function at(x, c, i, j) { return (x[c][i] || [])[j] || 0; }  // zeros outside

  function flip(x) { return map(x, function (c, i, j) { return x[c][i][x[c][i].length - 1 - j]; }); }

  function shift(x, dy, dx) { return map(x, function (c, i, j) { return at(x, c, i - dy, j - dx); }); }

  function crop(x, top, left, height, width, padding) {
    return made(x.length, height, width, function (c, i, j) { return at(x, c, top + i - padding, left + j - padding); });
  }

  function bilinear(x, c, row, column) {
    var i = Math.floor(row), j = Math.floor(column), a = row - i, b = column - j;
    return (1 - a) * ((1 - b) * at(x, c, i, j) + b * at(x, c, i, j + 1)) +
      a * ((1 - b) * at(x, c, i + 1, j) + b * at(x, c, i + 1, j + 1));
  }

  function rotate(x, degrees) {  // counterclockwise; rows count downwards
    var t = degrees * Math.PI / 180, cy = (x[0].length - 1) / 2, cx = (x[0][0].length - 1) / 2;
    return map(x, function (c, i, j) {
      return bilinear(x, c, cy + Math.cos(t) * (i - cy) + Math.sin(t) * (j - cx),
        cx - Math.sin(t) * (i - cy) + Math.cos(t) * (j - cx));
    });
  }

  function resize(x, height, width) {  // half-pixel centres, the edge goes on
    var H = x[0].length, W = x[0][0].length;
    function inside(v, n) { return Math.min(Math.max(v, 0), n - 1); }
    return made(x.length, height, width, function (c, i, j) {
      return bilinear(x, c, inside((i + 0.5) * H / height - 0.5, H), inside((j + 0.5) * W / width - 0.5, W));
    });
  }

  function clip(v) { return Math.min(Math.max(v, 0), 1); }

  function brightness(x, factor) { return map(x, function (c, i, j) { return clip(factor * x[c][i][j]); }); }

  function contrast(x, factor) {
    var grey = x.length === 3 ? [0.299, 0.587, 0.114] : [1], mean = 0, count = x[0].length * x[0][0].length;
    map(x, function (c, i, j) { mean += grey[c] * x[c][i][j] / count; });
    return map(x, function (c, i, j) { return clip(mean + factor * (x[c][i][j] - mean)); });
  }

  /* The box (y0, y1, x0, x1) around a pixel, clipped at the edges. */
  function box(centre, height, width, H, W) {
    var y = centre[0] - Math.floor(height / 2), x = centre[1] - Math.floor(width / 2);
    return [Math.max(y, 0), Math.min(y + height, H), Math.max(x, 0), Math.min(x + width, W)];
  }

  /* x with other(channel, i, j) inside the box. */
  function within(x, b, other) {
    return map(x, function (c, i, j) {
      return i >= b[0] && i < b[1] && j >= b[2] && j < b[3] ? other(c, i, j) : x[c][i][j];
    });
  }

  function cutout(x, centre, size) {
    return within(x, box(centre, size, size, x[0].length, x[0][0].length), function () { return 0; });
  }

  function erase(x, place, seed) {  // place: top, left, height, width
    var noise = tnn.normals(seed, x.length * place[2] * place[3]), k = 0;
    return within(x, [place[0], place[0] + place[2], place[1], place[1] + place[3]], function () { return noise[k++]; });
  }

  function mixup(x, other, lam) {
    return map(x, function (c, i, j) { return lam * x[c][i][j] + (1 - lam) * other[c][i][j]; });
  }

  /* The image, and the share of it that is left: the label's. */
  function cutmix(x, other, lam, centre) {
    var H = x[0].length, W = x[0][0].length, side = Math.sqrt(1 - lam);
    var b = box(centre, Math.floor(H * side), Math.floor(W * side), H, W);
    return { x: within(x, b, function (c, i, j) { return other[c][i][j]; }),
      lam: 1 - (b[1] - b[0]) * (b[3] - b[2]) / (H * W) };
  }

  window.tnn = Object.assign(window.tnn || {}, { augment: { flip: flip, shift: shift, crop: crop, rotate: rotate,
    resize: resize, brightness: brightness, contrast: contrast, cutout: cutout, erase: erase, mixup: mixup,
    cutmix: cutmix } });

  // ---- images: one character a value, digits 0 to g (16), photographs 0 to f, class means 0 to z -----------------

  var PACKED = {
    six: "0005e200001db000005g2000006f500001fgfb1002de1c90004g7d900005gf30",
    nine: "00bc000002gggd0003gcae0001g1cf0000dg9f20000309b000009f40009cd300",
    three: "029fe93004d89g800006ef30000be2000002fb0000002f400156dg6002ccdb00",
    temple: "bbbbbbb8ccccccddddddbbbbbca68cccccddddddbbccbaba87bccdddddddcb99aa678757addddddecb222233443359dddeeeccb4" +
      "55456668adddeeeecb8333555666abdeeeeec6334455555578dddeeecc53234454566bdddddd9a4333667679bbaaaaaa77333367" +
      "7777aa9abbba5332236666776b9abbcb633566666555579bbbbb95312242323367abbbab8221113243469ccaaaa8333453789889" +
      "8ba9876456546465554559b743335543566799aa867644325565455676544673354366676555554647534543ccddddd7dddddeee" +
      "eeeecdddddb59ddddeeeeeeeddddcb9758cddeeeeeeedcaaa8566658beeeeeeedc22123333335aeeeeeeccb444345557adeeeeee" +
      "cb83225445559cdeeeeec7333445555578dddeeecc42223343344adddddd9b312233444569bbbbbb77222255555699abbccb6322" +
      "23666565588bcccc733454555555579bcccc953111323222358bbbbb821010112223589abba83334434555566997866456556444" +
      "455557874333554456666666666544324565455666543563354265676555554646534543eeeeeee6dfffffffffffeeeeeec5afff" +
      "ffffffffeeeeea7548dfffffffffedb986555558ceffffffdd22222333335beeefffddc344345446aeeeeeeedc83235444559cee" +
      "eeeed7323344444568deeeeecc42223343334adddddd8b312233433469cccccc57222233444488accccb632223555544567bcccc" +
      "733444444444478bbccca53111223221357bbbbb8210101122235779aa9622222245444557766443332222333445455632233322" +
      "23334444435333223333223334333442243244433222322334423432",
    flower: "0000000000001000000000000000001111000010000000000122110000000000013597521000000000016cdddddd71000000001a" +
      "ddeededdd8000000007ceedeeeeeed50000001addeeddddedd80000002cdddcbabcdddb1000006cdddbbbbcdddc3000006cddcba" +
      "bbbdddc3000004bccdcbaaccddc1000002bcdedccccdcc900000008bcccdcddccb300000001acbccdcccc700000000039bcbcccc" +
      "820000000002367aa97662000000000133330024740000000001223248d9dca0000000000127ddedddd100002222344455532222" +
      "222212212444554223344322111123333333333554331111234587533333344422226bbaaaab632134444339a9a9999aa7113554" +
      "447aaa88779aaa5125554489888546679a72235545a99643245699922334469a8633434689942333358985323336799423333487" +
      "77432356899333333489896456588873433333788666678778533333223897778778963333341125788788997333443411233557" +
      "876554444444111133334454655543341111223467a8aa94422311111237aaaaaaa4433322212445666312211122111124435543" +
      "11234322111113323333211565331111223465333113343332224776776751112444533666655666751135556456664434567731" +
      "25665466454112245651236654755211112356622335446642112222456323333456421111134553233333544321112356633332" +
      "33555532232455433322224453343453453222222125644354456421122211234555556642222233001233345443344433340001" +
      "11114332345542230001111255757765421300100124777767754324"
  };
  var MEANS = "008sp70002rtqp3009va5q900cs30ke00dp10jg007t42od002tmmu60009tuc10007kmd20008rtj3001dwug2004lyve1003hrvc10" +
    "01cmve1000covj52006ltl9502jum6000burtc100bjarc10035cs800004ln40002eqe32004pvpmd102kuusi401iuue1008rkpp40" +
    "0696qj20013jwd00002bqr5001417rf002gfhse001kvuj40001gq410007uk64102npce910bwfjnc00iwnvub00cmqwm40025gt800" +
    "001iq40002msurb009xqkg600cwd62000bvrk91004ghjf300138ih4002djpe3002oxk510003ol40000hwd30002tj200006uf7300" +
    "08xrqm5005xpeoj001oscon1003nxsa000asupe301nrpse202c5fo80019cqqa003ktwqa002cppa20005re10000dq500000aprd10" +
    "04qomp5007pfgq5003istg1001fvt90003oijk3002ohgn7000arti4000bpod4004rmmo6007rchu7005orvw70018ddq9001116ld0" +
    "02eccmd000botl60";
  var PARTNER = { six: "three", nine: "three", temple: "flower", flower: "temple" };

  function unpacked(text, C, N, most) {
    return made(C, N, N, function (c, i, j) { return parseInt(text[(c * N + i) * N + j], 36) / most; });
  }

  var images = {};
  Object.keys(PACKED).forEach(function (name) {
    images[name] = PACKED[name].length === 64 ? unpacked(PACKED[name], 1, 8, 16) : unpacked(PACKED[name], 3, 20, 15);
  });
  var means = unpacked(MEANS, 10, 8, 35);

  /* The digit whose mean training image is nearest to an 8 x 8 image. */
  function nearest(x) {
    var distances = means.map(function (mean) {
      var d = 0;
      mean.forEach(function (row, i) { row.forEach(function (m, j) { d += Math.pow(x[0][i][j] - m, 2); }); });
      return d;
    });
    return distances.indexOf(Math.min.apply(null, distances));
  }

  function between(k, step, n) { return Math.floor(((k + 0.6) * step % 1) * n); }  // 0 ... n - 1, another one each time

  function compute(state) {
    var x = images[state.image], other = images[PARTNER[state.image]], N = x[0].length, s = state.strength, k = state.draw;
    var centre = [between(k, 0.618, N), between(k, 0.755, N)], n = Math.round(s * N), sign = k % 2 ? -1 : 1, lam = 1;
    var y, amount = "", m;
    if (state.method === "flip") { y = s > 0 ? flip(x) : x; }
    if (state.method === "shift") {
      m = Math.round(s * N / 2);
      amount = m;
      y = shift(x, [0, 1, 1, -1][k % 4] * m, [1, -1, 0, 1][k % 4] * m);
    }
    if (state.method === "crop") {
      m = Math.round(s * N / 2);
      amount = m;
      y = crop(x, between(k, 0.618, 2 * m + 1), between(k, 0.755, 2 * m + 1), N, N, m);
    }
    if (state.method === "rotate") { amount = tnn.show(sign * Math.round(180 * s)); y = rotate(x, sign * Math.round(180 * s)); }
    if (state.method === "resize") {
      m = Math.round(N * (k % 2 ? 1 + 2 * s : 1 - 0.75 * s));
      amount = m + " × " + m;
      y = resize(x, m, m);
    }
    if (state.method === "brightness" || state.method === "contrast") {
      m = k % 2 ? 1 + 2 * s : 1 - 0.9 * s;
      amount = tnn.show(m, 2);
      y = (state.method === "contrast" ? contrast : brightness)(x, m);
    }
    if (state.method === "cutout") { amount = n + " × " + n; y = cutout(x, centre, n); }
    if (state.method === "erase") {
      amount = n + " × " + n;
      y = erase(x, [between(k, 0.618, N - n + 1), between(k, 0.755, N - n + 1), n, n], k + 1);
    }
    if (state.method === "mixup") { lam = 1 - s; y = mixup(x, other, lam); }
    if (state.method === "cutmix") { m = cutmix(x, other, 1 - s, centre); y = m.x; lam = m.lam; }
    return { before: x, after: y, lam: lam, amount: amount,
      digit: x.length === 1 ? nearest(y[0].length === N ? y : resize(y, N, N)) : null };
  }

  // ---- view ------------------------------------------------------------------------------------------------

  var HEIGHT = 316, TOP = 26;

  function picture(chart, x, left, size, name) {
    var group = chart.add("g", { "shape-rendering": "crispEdges", class: name }), unit = size / x[0].length;
    x[0].forEach(function (row, i) {
      row.forEach(function (_, j) {
        var rgb = [0, 1, 2].map(function (c) { return Math.round(255 * clip(x[c % x.length][i][j])); });
        chart.add("rect", { x: left + j * unit, y: TOP + i * unit, width: unit + 0.2, height: unit + 0.2,
          fill: "rgb(" + rgb.join() + ")" }, undefined, group);
      });
    });
    chart.add("rect", { class: "axis", x: left, y: TOP, width: size, height: size, fill: "none" });
  }

  function draw(chart, state, result, text) {
    var size = Math.min(230, (chart.width - 40) / 2), right = chart.width / 2 + 10, left = chart.width / 2 - 10 - size;
    chart.add("text", { class: "title", x: left, y: 16 }, text.before);
    chart.add("text", { class: "title", x: right, y: 16 }, text.after);
    picture(chart, result.before, left, size, "before");
    picture(chart, result.after, right, size, "after");
    [[left, 1], [right, result.lam]].forEach(function (bar) {  // the label, as shares
      [[state.image, bar[1], 0, "curve"], [PARTNER[state.image], 1 - bar[1], 1, "curve second"]].forEach(function (part) {
        var y = TOP + size + 16 + 20 * part[2];
        if (part[2] && bar[1] === 1) { return; }
        chart.add("text", { x: bar[0], y: y + 4 }, text[part[0]] + " " + tnn.show(part[1], 2));
        chart.add("line", { class: part[3], x1: bar[0] + size * 0.55, x2: bar[0] + size * (0.55 + 0.45 * part[1]),
          y1: y, y2: y });
      });
    });
  }

  tnn.widget("augment", {
    height: HEIGHT,
    controls: [
      { key: "image", type: "choice", values: ["six", "nine", "temple", "flower"], value: "six" },
      { key: "method", type: "select", value: "rotate", values: ["flip", "shift", "crop", "rotate", "resize",
        "brightness", "contrast", "cutout", "erase", "mixup", "cutmix"] },
      { key: "strength", type: "range", min: 0, max: 1, step: 0.05, value: 0.1,
        show: function (v) { return tnn.show(v, 2); } },
      { key: "draw", type: "button", when: function (state) { return ["flip", "mixup"].indexOf(state.method) < 0; } }
    ],
    compute: compute,
    draw: draw,
    words: function (state, result, text) {
      function share(name, v) { return text[name] + " " + tnn.show(v, 2); }
      var said = text["say" + state.method[0].toUpperCase() + state.method.slice(1)].replace("{amount}", result.amount);
      return { said: said, label: share(state.image, result.lam) +
          (result.lam < 1 ? ", " + share(PARTNER[state.image], 1 - result.lam) : ""),
        reads: result.digit === null ? "" : text.reads.replace("{digit}", result.digit) };
    }
  });
})();
