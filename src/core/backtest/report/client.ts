/**
 * What runs in the page: it draws with uPlot and switches the light. Plain JavaScript of the browser, kept as text because it is never
 * part of this program; without it the tables still say everything.
 */
export const CLIENT = `
(function () {
  'use strict';
  var root = document.documentElement;
  var data = JSON.parse(document.getElementById('data').textContent);
  var charts = [];
  var css = function (name) { return getComputedStyle(root).getPropertyValue(name).trim(); };
  var group = function (text) { return text.replace(/\\B(?=(\\d{3})+(?!\\d))/g, ','); };
  var number = function (value, decimals) {
    var parts = Math.abs(value).toFixed(decimals).split('.');
    return (value < 0 ? '-' : '') + group(parts[0]) + (parts[1] === undefined ? '' : '.' + parts[1]);
  };
  var time = function (ms) { return new Date(ms).toISOString().slice(0, 16).replace('T', ' '); };
  var utc = function (ms) { return uPlot.tzDate(new Date(ms), 'Etc/UTC'); };
  var decimalsFor = function (step) { return Math.max(0, Math.min(8, Math.ceil(-Math.log10(step) - 1e-9))); };
  var formats = {
    money: function (value) { return number(value, 2); },
    percent: function (value) { return number(value * 100, 2) + ' %'; },
    price: function (value) { return number(value, value >= 1000 ? 2 : value >= 1 ? 4 : 8); }
  };
  var ticks = function (format) {
    return function (self, splits, axis, space, step) {
      var scale = format === 'percent' ? 100 : 1;
      return splits.map(function (value) { return value === null ? '' : number(value * scale, decimalsFor(step * scale)) + (format === 'percent' ? ' %' : ''); });
    };
  };
  var months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  var dates = function (self, splits, axis, space, step) {
    var before = '';
    return splits.map(function (ms) {
      var d = new Date(ms);
      var year = String(d.getUTCFullYear());
      var day = d.getUTCDate() + ' ' + months[d.getUTCMonth()];
      var text = step < 86400000 && (d.getUTCHours() || d.getUTCMinutes()) ? d.toISOString().slice(11, 16) : step >= 360 * 86400000 ? year : step >= 28 * 86400000 ? months[d.getUTCMonth()] : day;
      var second = year !== before && step < 360 * 86400000 ? '\\n' + year : '';
      before = year;
      return text + second;
    });
  };
  var logRange = function (self, low, high) {
    if (!(low > 0)) return [1, 10];
    var step = Math.pow(10, Math.floor(Math.log10(low)));
    return [Math.floor(low / step) * step, high * 1.05];
  };
  var triangle = function (context, x, y, size, isUp) {
    context.beginPath();
    context.moveTo(x, y + (isUp ? -size : size));
    context.lineTo(x - size, y + (isUp ? size : -size) * 0.8);
    context.lineTo(x + size, y + (isUp ? size : -size) * 0.8);
    context.closePath();
    context.fill();
  };
  var drawMarks = function (marks) {
    return function (u) {
      var context = u.ctx;
      var size = 4 * devicePixelRatio;
      context.save();
      context.beginPath();
      context.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
      context.clip();
      marks.forEach(function (mark) {
        if (mark.time < u.scales.x.min || mark.time > u.scales.x.max) return;
        var x = u.valToPos(mark.time, 'x', true);
        var y = u.valToPos(mark.price, 'y', true);
        context.fillStyle = mark.side === 'buy' ? css('--good') : css('--bad');
        triangle(context, x, y + (mark.side === 'buy' ? 1 : -1) * size * 1.6, size, mark.side === 'buy');
      });
      context.restore();
    };
  };
  var widest = function (chart) {
    return chart.lines.reduce(function (most, line) {
      return line.y.reduce(function (width, value) { return value === null ? width : Math.max(width, formats[chart.format](value).length); }, most);
    }, 0);
  };
  var axis = function (values, extra) {
    return Object.assign({
      stroke: css('--soft'), font: '12px system-ui, sans-serif', values: values,
      grid: { stroke: css('--line'), width: 1 }, ticks: { show: false }
    }, extra);
  };
  var build = function (element, chart) {
    var columns = [chart.x].concat(chart.lines.map(function (line) { return line.y; }));
    var reading = element.querySelector('.reading');
    var rest = chart.rest || '';
    reading.textContent = rest;
    var together = chart.sync ? data.charts.filter(function (other) { return other.sync === chart.sync; }) : [chart];
    var longest = Math.max.apply(null, together.map(widest));
    var options = {
      width: element.clientWidth - 14, height: element.clientWidth < 500 ? Math.round(chart.height * 0.8) : chart.height, ms: 1, tzDate: utc, padding: [6, 8, 0, 0],
      cursor: { y: false, points: { size: 6 }, sync: chart.sync ? { key: chart.sync } : undefined, drag: { x: true, y: false } },
      legend: { show: false },
      scales: { x: { time: true }, y: chart.isLog ? { distr: 3, range: logRange } : {} },
      axes: [axis(dates, { size: 40, grid: { show: false } }), axis(ticks(chart.format), { size: Math.max(48, Math.min(86, 14 + 6.6 * longest)) })],
      series: [{}].concat(chart.lines.map(function (line) {
        return {
          label: line.name, stroke: css(line.color), width: line.isThin ? 1.25 : 1.75, dash: line.isDashed ? [5, 4] : undefined,
          fill: line.isFilled ? css(line.color) + '2b' : undefined, fillTo: 0, points: { show: false }, spanGaps: true
        };
      })),
      hooks: {
        draw: chart.marks ? [drawMarks(chart.marks)] : [],
        setCursor: [function (u) {
          var row = u.cursor.idx;
          if (row === null || row === undefined) { reading.textContent = rest; return; }
          reading.textContent = time(u.data[0][row]) + ' UTC   ' + chart.lines.map(function (line, i) { return line.name + ' ' + (u.data[i + 1][row] === null ? '–' : formats[chart.format](u.data[i + 1][row])); }).join('   ');
        }]
      }
    };
    var plot = new uPlot(options, columns, element.querySelector('.plot'));
    plot.root.setAttribute('aria-hidden', 'true');
    return { plot: plot, element: element, chart: chart };
  };
  var drawAll = function () {
    charts.forEach(function (each) { each.plot.destroy(); });
    charts = [];
    data.charts.forEach(function (chart) {
      var element = document.getElementById(chart.id);
      if (element) charts.push(build(element, chart));
    });
  };
  var resize = function () {
    charts.forEach(function (each) {
      var width = each.element.clientWidth - 14;
      var height = each.element.clientWidth < 500 ? Math.round(each.chart.height * 0.8) : each.chart.height;
      if (width > 0 && (width !== each.plot.width || height !== each.plot.height)) each.plot.setSize({ width: width, height: height });
    });
  };
  var isDark = function () {
    var said = root.getAttribute('data-theme');
    return said ? said === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  };
  var button = document.getElementById('theme');
  var label = function () { button.textContent = isDark() ? 'Light' : 'Dark'; };
  button.hidden = false;
  button.addEventListener('click', function () { root.setAttribute('data-theme', isDark() ? 'light' : 'dark'); label(); drawAll(); });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', function () { label(); drawAll(); });
  Array.prototype.forEach.call(document.querySelectorAll('button.copy'), function (each) {
    if (!navigator.clipboard) return;
    each.hidden = false;
    each.addEventListener('click', function () {
      navigator.clipboard.writeText(each.previousElementSibling.textContent).then(function () { each.textContent = 'Copied'; }, function () { each.textContent = 'Copying was refused'; });
    });
  });
  var before = null;
  addEventListener('beforeprint', function () { before = root.getAttribute('data-theme'); root.setAttribute('data-theme', 'light'); drawAll(); });
  addEventListener('afterprint', function () { if (before === null) root.removeAttribute('data-theme'); else root.setAttribute('data-theme', before); drawAll(); });
  addEventListener('resize', resize);
  label();
  drawAll();
  root.setAttribute('data-drawn', String(charts.length));
})();
`
