// Draws the charts of the live page with uPlot. Colours are the page's own, and follow its scheme.

const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const fine = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

const duration = ns => ns >= 1e9 ? fine.format(ns / 1e9) + " s" : ns >= 1e6 ? fine.format(ns / 1e6) + " ms"
  : ns >= 1e3 ? fine.format(ns / 1e3) + " µs" : fine.format(ns) + " ns";

const count = n => n >= 1e9 ? fine.format(n / 1e9) + " G" : n >= 1e6 ? fine.format(n / 1e6) + " M" : n >= 1e3 ? fine.format(n / 1e3) + " k" : fine.format(n);

const two = n => String(Math.floor(n)).padStart(2, "0");

function clock(seconds, step) {
  const hours = two(seconds / 3600), minutes = two(seconds / 60 % 60);
  if (step >= 60) return hours + ":" + minutes;
  const text = minutes + ":" + two(seconds % 60);
  return step >= 1 ? text : text + (seconds % 1).toFixed(3).slice(1);
}

const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
  86400];

// Powers of ten have a line and a name.
const decades = { splits: (u, i, low, high) => {
  const all = [];
  for (let e = Math.ceil(Math.log10(low) - 1e-9); 10 ** e <= high * 1.001; e++) all.push(10 ** e);
  return all;
}, filter: (u, splits) => splits };

function axis(more) {
  return { stroke: style("--muted"), grid: { stroke: style("--line"), width: 1 }, ticks: { stroke: style("--line"), width: 1, size: 4 },
    font: "11px system-ui, sans-serif", ...more };
}

const timeAxis = () => axis({ incrs: steps, space: 70, size: 34, values: (u, splits, i, space, step) => splits.map(v => clock(v, step)) });

// A dashed line, and its name.
function mark(u, vertical, at, name) {
  const { ctx, bbox } = u, ratio = devicePixelRatio;
  if (!(at > 0)) return;
  const place = Math.round(u.valToPos(vertical ? Math.log10(at) : at, vertical ? "x" : "y", true));
  const inside = vertical ? place >= bbox.left && place <= bbox.left + bbox.width : place >= bbox.top && place <= bbox.top + bbox.height;
  if (!inside) return;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = style("--bad");
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([5 * ratio, 4 * ratio]);
  ctx.beginPath();
  if (vertical) { ctx.moveTo(place, bbox.top); ctx.lineTo(place, bbox.top + bbox.height); }
  else { ctx.moveTo(bbox.left, place); ctx.lineTo(bbox.left + bbox.width, place); }
  ctx.stroke();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = vertical ? "right" : "left";
  ctx.textBaseline = vertical ? "top" : "bottom";
  ctx.fillText(name, vertical ? place - 5 * ratio : bbox.left + 6 * ratio, vertical ? bbox.top + 2 * ratio : place - 3 * ratio);
  ctx.restore();
}

const looks = { interrupts: ["--accent", 1.5], DPCs: ["--muted", 1], chunks: ["--ink", 1, [4, 3]] };

const rates = names => ({
  scales: { x: { time: false }, y: { range: (u, low, high) => [0, Math.max(high || 0, 1) * 1.1] } },
  axes: [timeAxis(), axis({ size: 50, values: (u, splits) => splits.map(count) })],
  series: [
    { label: "at", value: (u, v) => v == null ? "–" : clock(v, 0) },
    ...names.map(label => ({ label, stroke: style(looks[label][0]), width: looks[label][1], dash: looks[label][2], points: { show: false },
      value: (u, v) => v == null ? "–" : count(v) })),
  ],
});

const kinds = {
  waits: chart => ({
    scales: { x: { time: false }, y: { distr: 3, range: (u, low, high) => [Math.min(low || 100, 100), Math.max(high || 1e6, chart.deadline * 2, 1e6)] } },
    axes: [timeAxis(), axis({ size: 62, ...decades, values: (u, splits) => splits.map(duration) })],
    series: [
      { label: "at", value: (u, v) => v == null ? "–" : clock(v, 0) },
      { label: "longest", stroke: style("--accent"), fill: style("--fill"), width: 1, points: { show: false },
        paths: uPlot.paths.bars({ size: [0.9, 8, 1] }), value: (u, v) => v == null ? "–" : duration(v) },
      { label: "median", stroke: style("--muted"), width: 1, points: { show: false }, value: (u, v) => v == null ? "–" : duration(v) },
      { label: "with a loss", stroke: style("--bad"), fill: style("--bad"), width: 0, paths: () => null,
        points: { show: true, size: 9, fill: style("--bad") }, value: (u, v) => v == null ? "–" : duration(v) },
    ],
    hooks: { draw: [u => mark(u, false, chart.deadline, "deadline " + duration(chart.deadline))] },
  }),
  rates: () => rates(["interrupts", "DPCs", "chunks"]),
  "card-rates": () => rates(["interrupts", "chunks"]),
  histogram: chart => ({
    scales: {
      x: { time: false, range: (u, low, high) => [Math.floor(Math.min(low ?? 2, 2)), Math.max(high ?? 6, 6, Math.log10(chart.deadline || 1)) + 0.3] },
      y: { distr: 3, range: (u, low, high) => [0.5, Math.max(high || 10, 10) * 2] },
    },
    axes: [axis({ incrs: [1], space: 30, size: 34, values: (u, splits) => splits.map(v => duration(10 ** v)) }),
      axis({ size: 46, ...decades, values: (u, splits) => splits.map(count) })],
    series: [
      { label: "from", value: (u, v) => v == null ? "–" : duration(10 ** v) },
      { label: "waits", stroke: style("--accent"), fill: style("--fill"), width: 1, points: { show: false },
        paths: uPlot.paths.bars({ size: [1, 60, 1], align: 1 }), value: (u, v) => v == null ? "–" : count(v) },
    ],
    hooks: { draw: [u => mark(u, true, chart.deadline, "deadline " + duration(chart.deadline))] },
  }),
};

class Chart {
  constructor(place, kind) {
    Object.assign(this, { place, kind, deadline: 0, rows: [], plot: null });
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(place);
    const scheme = matchMedia("(prefers-color-scheme: dark)"), anew = () => {
      this.plot?.destroy();
      this.plot = null;
      // The place may be gone since: the page shows something else there.
      if (place.isConnected) this.draw();
      else scheme.removeEventListener("change", anew);
    };
    scheme.addEventListener("change", anew);
  }

  push(isAnew, rows, deadline) {
    this.deadline = deadline;
    this.rows = isAnew ? rows : this.rows.concat(rows);
    this.draw();
  }

  // Most of the height is the plot's; the legend below it shows what the pointer is at.
  size() { return { width: Math.max(this.place.clientWidth, 50), height: Math.max(this.place.clientHeight - 24, 60) }; }

  columns() {
    const width = { histogram: 2, "card-rates": 3 }[this.kind] ?? 4, columns = Array.from({ length: width }, () => new Array(this.rows.length));
    this.rows.forEach((row, i) => { for (let c = 0; c < width; c++) columns[c][i] = row[c] ?? null; });
    if (this.kind === "histogram") columns[0] = columns[0].map(ns => Math.floor(10 * Math.log10(Math.max(ns, 1))) / 10);
    return columns;
  }

  draw() {
    if (this.plot) this.plot.setData(this.columns());
    else this.plot = new uPlot({ ...this.size(), ...kinds[this.kind](this), cursor: { drag: { x: false, y: false }, points: { size: 5 } } },
      this.columns(), this.place);
  }

  fit() { this.plot?.setSize(this.size()); }
}

const charts = new WeakMap();

// Called by the page: what its chart at a place shows is to be seen there.
window.drawChart = (place, kind, isAnew, rows, deadline) => {
  if (!charts.has(place)) charts.set(place, new Chart(place, kind));
  charts.get(place).push(isAnew, rows, deadline);
};
