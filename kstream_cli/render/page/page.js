// Draws a topology that can be searched, folded and clicked through. Text is only ever set as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";
  // The frame is what is seen of the drawing.
  const frame = byId("picture"), svg = drawing("svg");
  frame.append(svg);
  const LINE = 26, PADDING = 16, FOLD_FROM = 40, READABLE_FROM = 0.3, MANY = 4;
  const sideways = data.direction === "LR";
  const { layered, packed } = layouts(sideways, (frame.clientWidth || 4) / (frame.clientHeight || 3));

  const shapes = new Map(data.shapes.map((shape) => [shape.id, shape]));
  const parts = new Map(data.parts.map((part) => [part.id, part]));
  const folded = new Set(data.shapes.length > FOLD_FROM && data.parts.length > 1 ? parts.keys() : []);
  const below = new Map(), above = new Map();
  for (const [tail, head] of data.edges) {
    if (!below.has(tail)) below.set(tail, []);
    if (!above.has(head)) above.set(head, []);
    below.get(tail).push(head);
    above.get(head).push(tail);
  }

  let chosen = null, drawn = new Map(), view = { x: 0, y: 0, scale: 1 }, extent = { width: 1, height: 1 };
  let walking = null; // {path, step}

  // --- Elements

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value !== null && value !== undefined) made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }

  function drawing(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  // --- Sizes

  const pen = document.createElement("canvas").getContext("2d");
  const family = "system-ui, sans-serif";
  function widthOf(text, size) {
    pen.font = `${size}px ${family}`;
    return pen.measureText(text).width;
  }

  function broken(text, width) {
    const rows = [];
    while (text.length > width) {
      let at = 0;
      for (const found of text.slice(0, width).matchAll(/[-._/ ,:]/g)) at = found.index + 1;
      if (at < width / 3) at = width;
      rows.push(text.slice(0, at));
      text = text.slice(at);
    }
    rows.push(text);
    return rows;
  }

  const measured = new Map();
  function sizeOf(id, kind, label, detail) {
    if (!measured.has(id)) {
      const rows = broken(label, LINE), small = detail ? broken(detail, LINE * 4 / 3) : [];
      const widest = Math.max(...rows.map((row) => widthOf(row, 13)), ...small.map((row) => widthOf(row, 10)), 40);
      const slanted = ["topic", "repartition", "changelog", "source"].includes(kind);
      const height = rows.length * 17 + small.length * 13 + (kind === "store" ? 20 : 12);
      measured.set(id, { rows, small, width: widest + (slanted ? 36 : 24), height });
    }
    return measured.get(id);
  }

  // --- What is drawn: inside each open part its vertices, around the parts the topics

  function boxOf(id) {
    const part = shapes.get(id)?.part;
    return part ?? id;
  }

  function layout() {
    const inner = new Map();
    for (const part of data.parts) if (!folded.has(part.id)) inner.set(part.id, insidePart(part));
    const items = [];
    for (const part of data.parts) {
      const laid = inner.get(part.id);
      const size = sizeOf(`part ${part.id}`, "subtopology", part.title, part.about);
      const [across, along] = laid
        ? [laid.across + 2 * PADDING, laid.along + 2 * PADDING]
        : sideways ? [size.height, size.width] : [size.width, size.height];
      items.push({ id: part.id, across, along });
    }
    for (const shape of data.shapes) {
      if (shape.part) continue;
      const size = sizeOf(shape.id, shape.kind, shape.label, shape.detail);
      items.push({ id: shape.id, across: sideways ? size.height : size.width, along: sideways ? size.width : size.height });
    }
    const links = new Map(), readers = new Map();
    for (const [tail, head, kind] of data.edges) {
      const from = boxOf(tail), to = boxOf(head);
      if (from === to) continue;
      links.set(`${from}\n${to}`, [from, to]);
      if (kind === "uses") readers.set(from, (readers.get(from) || new Set()).add(to));
    }
    // What many parts read would draw all of them into one long row.
    for (const [from, heads] of readers) if (heads.size > MANY) for (const to of heads) links.delete(`${from}\n${to}`);
    const outer = packed(items, [...links.values()]);
    const routes = new Map([...links.values()].map(([tail, head], number) => [`${tail}\n${head}`, outer.routes[number]]));
    return { inner, outer, routes };
  }

  function insidePart(part) {
    const title = { id: "", title: true, first: true };
    [title.across, title.along] = sideways ? [18, widthOf(part.title, 12) + 30] : [widthOf(part.title, 12) + 30, 18];
    const inside = new Set(part.vertices);
    const items = [title, ...part.vertices.map((id) => {
      const shape = shapes.get(id), size = sizeOf(id, shape.kind, shape.label, shape.detail);
      return {
        id, across: sideways ? size.height : size.width, along: sideways ? size.width : size.height,
        first: shape.kind === "source", last: shape.kind === "sink",
      };
    })];
    const links = data.edges.filter(([tail, head]) => inside.has(tail) && inside.has(head));
    return { ...layered(items, links), links };
  }

  // From places along and across to a rectangle on the screen.
  function rectangle(node, across, along) {
    const [x, y] = sideways ? [node.start + along, node.at - node.across / 2 + across] : [node.at - node.across / 2 + across, node.start + along];
    return sideways ? { x, y, width: node.along, height: node.across } : { x, y, width: node.across, height: node.along };
  }

  function draw() {
    const { inner, outer, routes } = layout();
    const rectangles = new Map(), layer = { parts: [], edges: [], vertices: [] };
    for (const part of data.parts) {
      const box = rectangle(outer.places.get(part.id), 0, 0), laid = inner.get(part.id);
      rectangles.set(part.id, box);
      if (!laid) {
        layer.vertices.push(foldedPart(part, box));
        continue;
      }
      const [across, along] = sideways ? [box.y + PADDING, box.x + PADDING] : [box.x + PADDING, box.y + PADDING];
      layer.parts.push(openPart(part, box, rectangle(laid.places.get(""), across, along)));
      for (const id of part.vertices) {
        rectangles.set(id, rectangle(laid.places.get(id), across, along));
      }
      laid.links.forEach(([tail, head, kind], number) => {
        layer.edges.push(edge(tail, head, kind, points(laid.routes[number], rectangles.get(tail), rectangles.get(head), across, along)));
      });
    }
    for (const shape of data.shapes) if (!shape.part) rectangles.set(shape.id, rectangle(outer.places.get(shape.id), 0, 0));
    const seen = new Set();
    for (const [tail, head, kind] of data.edges) {
      const from = boxOf(tail), to = boxOf(head);
      if (from === to) continue;
      const start = rectangles.get(tail) ? tail : from, end = rectangles.get(head) ? head : to;
      if (seen.has(`${start}\n${end}`)) continue;
      seen.add(`${start}\n${end}`);
      const route = routes.get(`${from}\n${to}`), [one, other] = [rectangles.get(start), rectangles.get(end)];
      const at = route ? points(route, one, other, 0, 0) : [one, other].map((box) => [box.x + box.width / 2, box.y + box.height / 2]);
      layer.edges.push(edge(start, end, kind, at));
    }
    for (const shape of data.shapes) {
      const box = rectangles.get(shape.id);
      if (box) layer.vertices.push(vertex(shape, box));
    }
    extent = sideways ? { width: outer.along, height: outer.across } : { width: outer.across, height: outer.along };
    const world = drawing("g", { id: "world" });
    world.append(...layer.parts, ...layer.edges, ...layer.vertices);
    svg.replaceChildren(arrows(), world);
    svg.setAttribute("width", Math.ceil(extent.width));
    svg.setAttribute("height", Math.ceil(extent.height));
    drawn = new Map([...world.querySelectorAll("[data-id]")].map((each) => [each.dataset.id, each]));
    light();
    const first = drawn.get(chosen) || world.querySelector(".vertex");
    first?.setAttribute("tabindex", "0");
    move();
  }

  function arrows() {
    const made = drawing("defs");
    const arrow = drawing("marker", { id: "arrow", viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" });
    arrow.append(drawing("path", { d: "M0,0L10,5L0,10z" }));
    made.append(arrow);
    return made;
  }

  // The ends of a link lie on its vertices' borders; in between it keeps to its places in the rows that it crosses.
  function points(route, tail, head, across, along) {
    const first = route[0], last = route[route.length - 1], forward = first.rank <= last.rank;
    const middle = (box) => (sideways ? box.y + box.height / 2 : box.x + box.width / 2);
    const near = (box) => (sideways ? box.x : box.y);
    const far = (box) => near(box) + (sideways ? box.width : box.height);
    const found = [[middle(tail), forward ? far(tail) : near(tail)]];
    // A link passes the taller ones of its own row before it turns to the next.
    if (forward) found.push([middle(tail), first.row[1] + along]);
    for (const bend of route.slice(1, -1)) {
      const [from, to] = forward ? bend.row : [bend.row[1], bend.row[0]];
      found.push([bend.at + across, from + along], [bend.at + across, to + along]);
    }
    if (!forward) found.push([middle(head), last.row[1] + along]);
    found.push([middle(head), forward ? near(head) : far(head)]);
    return sideways ? found.map(([cross, main]) => [main, cross]) : found;
  }

  function edge(tail, head, kind, at) {
    let path = `M${at[0].map(Math.round)}`;
    for (let n = 1; n < at.length; n++) {
      const [x1, y1] = at[n - 1], [x2, y2] = at[n];
      const bend = sideways
        ? [[(x1 + x2) / 2, y1], [(x1 + x2) / 2, y2]]
        : [[x1, (y1 + y2) / 2], [x2, (y1 + y2) / 2]];
      path += `C${[...bend, [x2, y2]].map((point) => point.map(Math.round).join(",")).join(" ")}`;
    }
    const made = drawing("path", { class: `edge ${kind}`, d: path, "aria-hidden": "true" });
    if (kind !== "uses") made.setAttribute("marker-end", "url(#arrow)");
    made.dataset.tail = tail;
    made.dataset.head = head;
    return made;
  }

  function openPart(part, box, title) {
    const made = drawing("g", { class: "part" });
    made.dataset.part = part.id;
    made.append(drawing("rect", { x: box.x, y: box.y, width: box.width, height: box.height, rx: 10 }));
    const fold = drawing("g", { class: "fold", role: "button", tabindex: 0, "aria-expanded": "true", "aria-label": `Collapse ${part.title}` });
    fold.append(drawing("rect", { class: "hit", x: title.x, y: title.y, width: title.width, height: title.height, fill: "transparent" }));
    fold.append(drawing("text", { class: "title", x: title.x, y: title.y + 14 }, `▾ ${part.title}`));
    pressable(fold, () => toggle(part.id));
    made.append(fold);
    return made;
  }

  function foldedPart(part, box) {
    const made = shaped("subtopology", box, sizeOf(`part ${part.id}`, "subtopology", part.title, part.about));
    made.dataset.id = part.id;
    made.setAttribute("role", "button");
    made.setAttribute("aria-expanded", "false");
    made.setAttribute("aria-label", `${part.title}, ${part.about}, folded; press to expand`);
    pressable(made, () => toggle(part.id));
    return made;
  }

  function vertex(shape, box) {
    const made = shaped(shape.kind, box, sizeOf(shape.id, shape.kind, shape.label, shape.detail));
    made.dataset.id = shape.id;
    made.setAttribute("role", "button");
    made.setAttribute("aria-pressed", String(chosen === shape.id));
    const ins = (above.get(shape.id) || []).length, outs = (below.get(shape.id) || []).length;
    made.setAttribute("aria-label", `${shape.kind} ${shape.label} ${shape.detail}, ${ins} in, ${outs} out`);
    pressable(made, () => choose(chosen === shape.id ? null : shape.id));
    return made;
  }

  function shaped(kind, box, size) {
    const made = drawing("g", { class: `vertex ${kind}`, tabindex: -1 });
    const { x, y, width: w, height: h } = box, r = x + w, b = y + h;
    if (["topic", "repartition", "changelog"].includes(kind)) {
      made.append(drawing("path", { class: "shape", d: `M${x},${y}H${r - 9}L${r},${y + 9}V${b}H${x}z` }));
      made.append(drawing("path", { class: "extra", d: `M${r - 9},${y}V${y + 9}H${r}` }));
    } else if (kind === "source") {
      made.append(drawing("path", { class: "shape", d: `M${x + 12},${y}H${r - 12}L${r},${y + h / 2}L${r - 12},${b}H${x + 12}L${x},${y + h / 2}z` }));
    } else if (kind === "store") {
      made.append(drawing("path", { class: "shape", d: `M${x},${y + 6}A${w / 2},6 0 0 1 ${r},${y + 6}V${b - 6}A${w / 2},6 0 0 1 ${x},${b - 6}z` }));
      made.append(drawing("path", { class: "extra", d: `M${x},${y + 6}A${w / 2},6 0 0 0 ${r},${y + 6}` }));
    } else {
      made.append(drawing("rect", { class: "shape", x, y, width: w, height: h, rx: kind === "sink" ? 0 : 7 }));
      if (kind === "sink") made.append(drawing("rect", { class: "extra", x: x + 3, y: y + 3, width: w - 6, height: h - 6 }));
    }
    let at = y + (kind === "store" ? 12 : 6) + 13;
    for (const row of size.rows) {
      made.append(drawing("text", { x: x + w / 2, y: at, "text-anchor": "middle" }, row));
      at += 17;
    }
    at -= 4;
    for (const row of size.small) {
      made.append(drawing("text", { class: "small", x: x + w / 2, y: at, "text-anchor": "middle" }, row));
      at += 13;
    }
    return made;
  }

  function pressable(made, press) {
    made.addEventListener("click", (event) => { if (!moved) press(event); });
    made.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        event.stopPropagation();
        press(event);
      }
    });
  }

  // --- Choosing, and what is upstream and downstream

  function reached(start, links) {
    const seen = new Set([start]), waiting = [start];
    while (waiting.length) {
      for (const id of links.get(waiting.pop()) || []) {
        if (!seen.has(id)) {
          seen.add(id);
          waiting.push(id);
        }
      }
    }
    return seen;
  }

  function light() {
    const step = walking && data.paths[walking.path].steps[walking.step];
    let lit = null;
    if (walking) lit = new Set(data.paths[walking.path].steps.map((each) => each.vertex));
    else if (chosen) lit = new Set([...reached(chosen, above), ...reached(chosen, below)]);
    const shown = lit && new Set([...lit].map((id) => (folded.has(shapes.get(id)?.part) ? shapes.get(id).part : id)));
    svg.classList.toggle("dimmed", Boolean(lit));
    for (const [id, made] of drawn) {
      made.classList.toggle("lit", Boolean(shown?.has(id)));
      made.classList.toggle("chosen", id === (step ? step.vertex : chosen));
      made.classList.toggle("stepped", Boolean(walking && shown.has(id)));
      if (made.hasAttribute("aria-pressed")) made.setAttribute("aria-pressed", String(id === chosen));
    }
    for (const made of svg.querySelectorAll(".edge")) {
      made.classList.toggle("lit", Boolean(shown?.has(made.dataset.tail) && shown.has(made.dataset.head)));
    }
    for (const made of svg.querySelectorAll(".part")) {
      const part = parts.get(made.dataset.part);
      made.classList.toggle("lit", Boolean(shown && part.vertices.some((id) => shown.has(id))));
    }
  }

  function choose(id, { center = false, keep = false } = {}) {
    if (id !== null && !shapes.has(id)) return;
    chosen = id;
    if (!keep) walking = null;
    const part = shapes.get(id)?.part;
    if (part && folded.has(part)) {
      folded.delete(part);
      draw();
    } else light();
    tell();
    tellPath();
    if (id && center) look(id);
    remember();
  }

  function tell() {
    const details = byId("details");
    details.replaceChildren();
    if (!chosen) {
      details.append(element("p", { class: "muted" }, "Click a node for its details, and for what is upstream and downstream of it."));
      return;
    }
    const shape = shapes.get(chosen), list = element("dl");
    for (const [name, values] of shape.facts.map(([name, values]) => [name, values])) {
      list.append(element("dt", {}, name));
      for (const [text, to] of values) {
        const there = to && shapes.has(to);
        list.append(element("dd", {}, there ? link(text, to) : text));
      }
    }
    details.append(element("h2", {}, shape.label), element("small", {}, shape.kind), list);
  }

  function link(text, to) {
    return element("a", { href: `#s=${encodeURIComponent(to)}`, onclick: (event) => { event.preventDefault(); choose(to, { center: true }); } }, text);
  }

  function toggle(part) {
    const before = anchor(part);
    if (folded.has(part)) folded.delete(part);
    else folded.add(part);
    draw();
    stay(part, before);
    remember();
    (drawn.get(part) || svg.querySelector(`[data-part="${CSS.escape(part)}"] .fold`))?.focus({ preventScroll: true });
  }

  function anchor(part) {
    const made = drawn.get(part) || svg.querySelector(`[data-part="${CSS.escape(part)}"]`);
    return made?.getBoundingClientRect();
  }

  // What was clicked stays where it was on the screen.
  function stay(part, before) {
    const now = anchor(part);
    if (!before || !now) return;
    view.x += before.left - now.left;
    view.y += before.top - now.top;
    move();
  }

  // --- Paths: steps at vertices, one after the other

  function tellPath() {
    const panel = byId("path");
    panel.hidden = !data.paths.length;
    panel.replaceChildren();
    if (!data.paths.length) return;
    const choice = element("select", { "aria-label": "Path", onchange: (event) => walk(Number(event.target.value), 0) });
    data.paths.forEach((path, number) => choice.append(element("option", { value: number }, path.title)));
    choice.value = String(walking?.path ?? 0);
    const steps = data.paths[walking?.path ?? 0].steps;
    const go = (by) => walk(walking?.path ?? 0, walking ? walking.step + by : 0);
    const back = element("button", { onclick: () => go(-1), title: "Step back (p)" }, "Back");
    const next = element("button", { onclick: () => go(1), title: "Next step (n)" }, walking ? "Next" : "Start");
    back.disabled = !walking || walking.step === 0;
    next.disabled = Boolean(walking && walking.step === steps.length - 1);
    const list = element("ol");
    steps.forEach((step, number) => {
      const at = walking?.step === number;
      const item = element("li", at ? { "aria-current": "step" } : {}, element("button", { onclick: () => walk(walking?.path ?? 0, number) }, step.title));
      if (at && step.lines.length) item.append(element("pre", {}, step.lines.join("\n")));
      list.append(item);
    });
    panel.append(element("h2", {}, "Path"), choice, " ", back, " ", next, list);
  }

  function walk(path, step) {
    const steps = data.paths[path]?.steps;
    if (!steps?.length) return;
    step = Math.max(0, Math.min(step, steps.length - 1));
    walking = { path, step };
    const inside = new Set(steps.map((each) => shapes.get(each.vertex)?.part).filter((part) => part && folded.has(part)));
    for (const part of inside) folded.delete(part);
    if (inside.size) draw();
    choose(steps[step].vertex, { center: true, keep: true });
    say(`Step ${step + 1} of ${steps.length}: ${steps[step].title}`);
  }

  // --- Looking around

  function move() {
    svg.style.transform = `translate(${view.x}px,${view.y}px) scale(${view.scale})`;
    svg.classList.toggle("far", view.scale < READABLE_FROM);
  }

  // While the picture moves it is a layer that is not painted anew; at rest it is sharp again.
  let resting = 0;
  function moving() {
    svg.classList.add("moving");
    clearTimeout(resting);
    resting = setTimeout(() => svg.classList.remove("moving"), 250);
    move();
  }

  function fit() {
    const { clientWidth: width, clientHeight: height } = frame, margin = 24;
    const scale = Math.min((width - margin * 2) / extent.width, (height - margin * 2) / extent.height, 1.5);
    view.scale = Math.max(scale, 0.02);
    view.x = (width - extent.width * view.scale) / 2;
    view.y = (height - extent.height * view.scale) / 2;
    move();
  }

  function zoom(by, x = frame.clientWidth / 2, y = frame.clientHeight / 2) {
    const scale = Math.min(Math.max(view.scale * by, 0.02), 6);
    view.x = x - (x - view.x) * scale / view.scale;
    view.y = y - (y - view.y) * scale / view.scale;
    view.scale = scale;
    moving();
  }

  function look(id) {
    const made = drawn.get(id);
    if (!made) return;
    const box = made.getBBox();
    view.scale = Math.max(view.scale, 0.8);
    view.x = frame.clientWidth / 2 - (box.x + box.width / 2) * view.scale;
    view.y = frame.clientHeight / 2 - (box.y + box.height / 2) * view.scale;
    move();
  }

  let moved = false;
  const pointers = new Map();
  frame.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 1) moved = false;
  });
  addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = (point) => Math.hypot(point.x - other.x, point.y - other.y) || 1;
      const box = frame.getBoundingClientRect(), now = { x: event.clientX, y: event.clientY };
      zoom(apart(now) / apart(before), (now.x + other.x) / 2 - box.left, (now.y + other.y) / 2 - box.top);
      moved = true;
    } else if (moved || Math.hypot(event.clientX - before.x, event.clientY - before.y) > 4) {
      moved = true;
      frame.classList.add("panning");
      view.x += event.clientX - before.x;
      view.y += event.clientY - before.y;
      moving();
    } else return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  for (const ended of ["pointerup", "pointercancel"]) {
    addEventListener(ended, (event) => {
      pointers.delete(event.pointerId);
      frame.classList.remove("panning");
    });
  }
  frame.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = frame.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  frame.addEventListener("click", (event) => { if (!moved && [svg, frame].includes(event.target)) choose(null); });

  // --- Keys

  function neighbour(id, key) {
    const [forward, back] = sideways ? ["ArrowRight", "ArrowLeft"] : ["ArrowDown", "ArrowUp"];
    const shownAs = (other) => (drawn.has(other) ? other : boxOf(other));
    const members = parts.has(id) ? parts.get(id).vertices : [id];
    const steps = key === forward ? below : key === back ? above : null;
    if (steps) return members.flatMap((each) => steps.get(each) || []).map(shownAs).find((other) => other !== id && drawn.has(other));
    const here = drawn.get(id).getBBox(), next = key === "ArrowRight" || key === "ArrowDown";
    const center = (box) => (sideways ? box.y + box.height / 2 : box.x + box.width / 2);
    const row = (box) => (sideways ? box.x + box.width / 2 : box.y + box.height / 2);
    const beside = [...drawn].map(([other, made]) => [other, made.getBBox()])
      .filter(([other, box]) => other !== id && Math.abs(row(box) - row(here)) < 30 && (center(box) > center(here)) === next)
      .sort((a, b) => Math.abs(center(a[1]) - center(here)) - Math.abs(center(b[1]) - center(here)));
    return beside[0]?.[0];
  }

  frame.addEventListener("keydown", (event) => {
    const id = event.target.closest("[data-id]")?.dataset.id;
    if (!event.key.startsWith("Arrow") || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (!id) {
      view.x += { ArrowLeft: 60, ArrowRight: -60 }[event.key] || 0;
      view.y += { ArrowUp: 60, ArrowDown: -60 }[event.key] || 0;
      move();
      return;
    }
    const other = neighbour(id, event.key);
    if (!other) return;
    for (const made of svg.querySelectorAll('.vertex[tabindex="0"]')) made.setAttribute("tabindex", "-1");
    drawn.get(other).setAttribute("tabindex", "0");
    drawn.get(other).focus({ preventScroll: true });
    inSight(other);
  });

  function inSight(id) {
    const box = drawn.get(id).getBoundingClientRect(), seen = frame.getBoundingClientRect();
    if (box.left < seen.left || box.right > seen.right || box.top < seen.top || box.bottom > seen.bottom) look(id);
  }

  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const keys = {
      "/": () => byId("search").focus(), "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: fit,
      e: () => foldAll(false), c: () => foldAll(true), Escape: () => choose(null),
      n: () => data.paths.length && walk(walking?.path ?? 0, walking ? walking.step + 1 : 0),
      p: () => walking && walk(walking.path, walking.step - 1),
    };
    if (Object.hasOwn(keys, event.key)) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  // --- Search

  const search = byId("search"), found = byId("found");
  let at = -1, texts = null;
  function searched() {
    return data.shapes.map((shape) => {
      const named = `${shape.label} ${shape.detail} ${shape.kind}`.toLowerCase();
      const facts = shape.facts.flatMap(([, values]) => values.map(([value]) => value)).join(" ").toLowerCase();
      return { shape, label: shape.label.toLowerCase(), named, all: `${named} ${facts}` };
    });
  }
  function matches(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    const scored = [], whole = text.trim().toLowerCase();
    texts ??= searched();
    for (const { shape, label, named, all } of texts) {
      if (!words.every((word) => all.includes(word))) continue;
      scored.push([label === whole ? 0 : label.startsWith(whole) ? 1 : words.every((word) => named.includes(word)) ? 2 : 3, shape]);
    }
    return scored.sort((a, b) => a[0] - b[0]).slice(0, 50).map(([, shape]) => shape);
  }
  function showFound() {
    const shown = matches(search.value);
    at = shown.length ? 0 : -1;
    found.replaceChildren(...shown.map((shape, number) => element("li", {
      role: "option", id: `found-${number}`, "aria-selected": String(number === at), "data-to": shape.id, onclick: () => take(shape.id),
    }, shape.label, " ", element("small", {}, shape.detail || shape.kind))));
    if (search.value.trim() && !shown.length) found.append(element("li", { role: "option", "aria-disabled": "true" }, "nothing found"));
    found.hidden = !search.value.trim();
    search.setAttribute("aria-expanded", String(!found.hidden));
    mark();
  }
  function mark() {
    [...found.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
    if (at >= 0) {
      search.setAttribute("aria-activedescendant", `found-${at}`);
      found.children[at].scrollIntoView({ block: "nearest" });
    } else search.removeAttribute("aria-activedescendant");
  }
  function take(id) {
    found.hidden = true;
    search.setAttribute("aria-expanded", "false");
    choose(id, { center: true });
    drawn.get(id)?.focus({ preventScroll: true });
  }
  search.addEventListener("input", showFound);
  search.addEventListener("keydown", (event) => {
    const items = found.querySelectorAll("[data-to]").length;
    if (event.key === "Escape") {
      search.value = "";
      showFound();
      frame.focus();
    } else if (event.key === "Enter" && at >= 0) take(found.children[at].dataset.to);
    else if (items && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + items) % items;
      mark();
    }
  });
  addEventListener("pointerdown", (event) => { if (!event.target.closest(".search")) found.hidden = true; });

  // --- Buttons

  function say(text) {
    byId("status").textContent = text;
    clearTimeout(say.later);
    say.later = setTimeout(() => { byId("status").textContent = ""; }, 4000);
  }

  function foldAll(all) {
    folded.clear();
    if (all) for (const id of parts.keys()) folded.add(id);
    draw();
    fit();
    remember();
  }

  // The picture alone, with the colours of now written into it.
  function picture() {
    const copy = svg.cloneNode(true);
    for (const [name, value] of Object.entries({ xmlns: SVG, viewBox: `-20 -20 ${Math.ceil(extent.width + 40)} ${Math.ceil(extent.height + 40)}`, width: Math.ceil(extent.width + 40), height: Math.ceil(extent.height + 40) })) copy.setAttribute(name, value);
    const theirs = [...copy.querySelectorAll("#world *, marker path")], ours = [...svg.querySelectorAll("#world *, marker path")];
    theirs.forEach((each, number) => {
      const style = getComputedStyle(ours[number]);
      for (const name of ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-family", "opacity"]) {
        const value = style.getPropertyValue(name);
        if (value && !(name === "opacity" && value === "1")) each.setAttribute(name, value);
      }
      for (const name of ["tabindex", "role", "aria-label", "aria-pressed", "aria-expanded", "class"]) each.removeAttribute(name);
      for (const name of Object.keys(each.dataset)) delete each.dataset[name];
    });
    for (const name of ["class", "style"]) copy.removeAttribute(name);
    copy.setAttribute("role", "img");
    copy.setAttribute("aria-label", data.description);
    const back = drawing("rect", { x: -20, y: -20, width: "100%", height: "100%", fill: getComputedStyle(document.body).backgroundColor });
    copy.insertBefore(back, copy.firstChild);
    return new XMLSerializer().serializeToString(copy);
  }

  async function copyPicture() {
    const text = picture();
    try {
      await navigator.clipboard.writeText(text);
      say("Copied the picture as SVG");
    } catch {
      const area = element("textarea", { "aria-hidden": "true" });
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      say(done ? "Copied the picture as SVG" : "The browser does not let this page copy");
    }
  }

  function turnTheme() {
    const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = root.dataset.theme === "auto" ? (dark ? "dark" : "light") : root.dataset.theme;
    root.dataset.theme = now === "dark" ? "light" : "dark";
  }

  for (const [id, press] of Object.entries({
    expand: () => foldAll(false), collapse: () => foldAll(true), fit, in: () => zoom(1.25), out: () => zoom(0.8), theme: turnTheme, copy: copyPicture,
  })) byId(id).addEventListener("click", press);
  if (!data.parts.length) byId("expand").hidden = byId("collapse").hidden = true;

  // --- The fragment: what is chosen and folded, so that a link shows the same

  function remember() {
    const fields = new URLSearchParams();
    if (chosen) fields.set("s", chosen);
    const open = [...parts.keys()].filter((id) => !folded.has(id));
    fields.set("o", open.length === parts.size ? "all" : open.join(","));
    if (walking) fields.set("p", `${walking.path}.${walking.step}`);
    history.replaceState(null, "", `#${fields}`);
  }

  function recall() {
    const fields = new URLSearchParams(location.hash.slice(1));
    if (fields.has("o")) {
      const open = new Set(fields.get("o") === "all" ? parts.keys() : fields.get("o").split(","));
      folded.clear();
      for (const id of parts.keys()) if (!open.has(id)) folded.add(id);
    }
    draw();
    fit();
    const [path, step] = (fields.get("p") || "").split(".").map(Number);
    if (fields.get("p") && data.paths[path]) walk(path, step || 0);
    else if (shapes.has(fields.get("s"))) choose(fields.get("s"), { center: true });
    else {
      chosen = null;
      walking = null;
      light();
      tell();
      tellPath();
    }
  }
  addEventListener("hashchange", recall);

  function listAll() {
    const list = byId("list"), add = (title, ids) => list.append(
      element("h2", {}, title),
      element("ul", {}, ...ids.map((id) => element("li", {}, element("button", { onclick: () => choose(id, { center: true }) }, `${shapes.get(id).label} `, element("small", {}, shapes.get(id).detail)))))
    );
    for (const part of data.parts) add(part.title, part.vertices);
    const topics = data.shapes.filter((shape) => !shape.part).map((shape) => shape.id);
    if (topics.length) add("Topics", topics);
  }
  byId("all").addEventListener("toggle", listAll, { once: true });

  recall();
  new ResizeObserver(() => { if (!chosen && !walking) fit(); }).observe(frame);
})();
