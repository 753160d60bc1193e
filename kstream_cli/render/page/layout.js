// Lays items out in rows, so that links lead from row to row. `across` and `along` are an item's sizes: in a row, and from
// row to row. An item may ask for the first row (`first`), the last one (`last`), or the first place in its row (`title`).
// `aspect` is the frame's width for its height.
"use strict";
function layouts(sideways, aspect) {
  const ACROSS = 26, ALONG = 44;

  function layered(items, links) {
    const index = new Map(items.map((item, number) => [item.id, number]));
    const count = items.length;
    const out = items.map(() => []), into = items.map(() => []);
    const acyclic = withoutCycles(count, links.map(([tail, head]) => [index.get(tail), index.get(head)]));
    for (const [tail, head] of acyclic.edges) {
      out[tail].push(head);
      into[head].push(tail);
    }
    const rank = ranks(items, out, into);
    // A link over several rows gets a place in each of them.
    const nodes = items.map((item, number) => ({ across: item.across, along: item.along, rank: rank[number], item, near: [], far: [] }));
    const routes = acyclic.edges.map(([tail, head]) => {
      const route = [nodes[tail]];
      for (let row = rank[tail] + 1; row < rank[head]; row++) {
        const bend = { across: 6, along: 0, rank: row, item: null, near: [], far: [] };
        nodes.push(bend);
        route.push(bend);
      }
      route.push(nodes[head]);
      for (let at = 1; at < route.length; at++) {
        route[at - 1].far.push(route[at]);
        route[at].near.push(route[at - 1]);
      }
      return route;
    });
    const rows = inRows(nodes);
    order(rows);
    placeAcross(rows);
    placeAlong(rows);
    const across = nodes.length ? Math.min(...nodes.map((node) => node.at - node.across / 2)) : 0;
    for (const node of nodes) node.at -= across;
    return {
      nodes,
      places: new Map(nodes.filter((node) => node.item).map((node) => [node.item.id, node])),
      routes: routes.map((route, number) => (acyclic.turned[number] ? route.slice().reverse() : route)),
      across: Math.max(0, ...nodes.map((node) => node.at + node.across / 2)),
      along: Math.max(0, ...nodes.map((node) => node.start + node.along)),
    };
  }

  // Parts that nothing links are laid out by themselves and set side by side, in rows that fit a screen.
  function packed(items, links) {
    const group = new Map(items.map((item) => [item.id, item.id]));
    const root = (id) => {
      while (group.get(id) !== id) {
        group.set(id, group.get(group.get(id)));
        id = group.get(id);
      }
      return id;
    };
    for (const [tail, head] of links) group.set(root(tail), root(head));
    const groups = new Map();
    for (const item of items) {
      if (!groups.has(root(item.id))) groups.set(root(item.id), { items: [], links: [], numbers: [] });
      groups.get(root(item.id)).items.push(item);
    }
    links.forEach((link, number) => {
      const own = groups.get(root(link[0]));
      own.links.push(link);
      own.numbers.push(number);
    });
    const laid = [...groups.values()].map((own) => ({ own, ...layered(own.items, own.links) }));
    // Of some widths, the one with which most of the frame is used.
    const widest = Math.max(0, ...laid.map((each) => each.across)), total = laid.reduce((sum, each) => sum + each.across + ALONG, 0);
    const tried = [1, 1.25, 1.5, 2, 3, 4, 6, 9, 13, 20, 30, 45].map((by) => shelves(laid, Math.min(widest * by, total)));
    const size = (each) => Math.max(each.across / (sideways ? 1 : aspect), each.along / (sideways ? aspect : 1));
    const best = tried.reduce((one, other) => (size(other) < size(one) ? other : one));
    const all = { places: new Map(), routes: [], across: best.across, along: best.along };
    laid.forEach((each, number) => {
      const [across, along] = best.at[number];
      for (const node of each.nodes) {
        node.at += across;
        node.start += along;
        node.row = node.row.map((edge) => edge + along);
      }
      for (const [id, node] of each.places) all.places.set(id, node);
      each.routes.forEach((route, at) => { all.routes[each.own.numbers[at]] = route; });
    });
    return all;
  }

  function shelves(laid, limit) {
    const found = { at: [], across: 0, along: 0 };
    let across = 0, along = 0, tallest = 0;
    for (const each of laid) {
      if (across && across + each.across > limit) [across, along, tallest] = [0, along + tallest + ALONG, 0];
      found.at.push([across, along]);
      found.across = Math.max(found.across, across + each.across);
      found.along = Math.max(found.along, along + each.along);
      across += each.across + ALONG;
      tallest = Math.max(tallest, each.along);
    }
    return found;
  }

  function withoutCycles(count, edges) {
    const out = Array.from({ length: count }, () => []);
    edges.forEach(([tail, head], number) => out[tail].push([head, number]));
    const state = new Uint8Array(count), turned = edges.map(() => false);
    const entered = new Uint8Array(count);
    for (const [, head] of edges) entered[head] = 1;
    const starts = [...Array(count).keys()].sort((a, b) => entered[a] - entered[b]);
    for (const start of starts) {
      if (state[start]) continue;
      const stack = [[start, 0]];
      state[start] = 1;
      while (stack.length) {
        const top = stack[stack.length - 1];
        if (top[1] === out[top[0]].length) {
          state[top[0]] = 2;
          stack.pop();
          continue;
        }
        const [head, number] = out[top[0]][top[1]++];
        if (state[head] === 1) turned[number] = true;
        else if (!state[head]) {
          state[head] = 1;
          stack.push([head, 0]);
        }
      }
    }
    return { turned, edges: edges.map(([tail, head], number) => (turned[number] ? [head, tail] : [tail, head])) };
  }

  function ranks(items, out, into) {
    const rank = items.map(() => 0), waiting = into.map((list) => list.length), queue = [];
    waiting.forEach((left, number) => left || queue.push(number));
    for (let at = 0; at < queue.length; at++) {
      for (const head of out[queue[at]]) {
        rank[head] = Math.max(rank[head], rank[queue[at]] + 1);
        if (--waiting[head] === 0) queue.push(head);
      }
    }
    for (let at = queue.length - 1; at >= 0; at--) {
      const number = queue[at];
      if (!into[number].length && out[number].length && !items[number].first) {
        rank[number] = Math.min(...out[number].map((head) => rank[head])) - 1;
      }
    }
    const lowest = Math.max(0, ...rank);
    items.forEach((item, number) => { if (item.last) rank[number] = lowest; });
    return rank;
  }

  function inRows(nodes) {
    const rows = [];
    for (const node of nodes) (rows[node.rank] ||= []).push(node);
    for (let at = 0; at < rows.length; at++) rows[at] ||= [];
    return rows;
  }

  function order(rows) {
    const number = () => rows.forEach((row) => row.forEach((node, at) => { node.order = at; }));
    number();
    for (let sweep = 0; sweep < 8; sweep++) {
      const down = sweep % 2 === 0;
      for (const row of down ? rows : rows.slice().reverse()) {
        for (const node of row) {
          const beside = down ? node.near : node.far;
          node.wish = node.item?.title ? -1 : beside.length ? beside.reduce((sum, each) => sum + each.order / rows[each.rank].length, 0) / beside.length : node.order / row.length;
        }
        row.sort((a, b) => a.wish - b.wish || a.order - b.order);
        row.forEach((node, at) => { node.order = at; });
      }
    }
  }

  function placeAcross(rows) {
    for (const row of rows) {
      let at = 0;
      for (const node of row) {
        node.at = at + node.across / 2;
        at += node.across + ACROSS;
      }
      for (const node of row) node.at -= at / 2;
    }
    for (let sweep = 0; sweep < 10; sweep++) {
      const down = sweep % 2 === 0;
      for (const row of down ? rows : rows.slice().reverse()) {
        const wishes = row.map((node) => {
          const beside = sweep > 7 ? [...node.near, ...node.far] : down ? node.near : node.far;
          return beside.length ? beside.reduce((sum, each) => sum + each.at, 0) / beside.length : node.at;
        });
        spread(row, wishes);
      }
    }
  }

  // The places nearest to what is wished for that keep the order and the distances (pool adjacent violators).
  function spread(row, wishes) {
    let offset = 0;
    const offsets = row.map((node, at) => {
      if (at) offset += (row[at - 1].across + node.across) / 2 + ACROSS;
      return offset;
    });
    const pools = [];
    row.forEach((node, at) => {
      let pool = { sum: wishes[at] - offsets[at], size: 1 };
      while (pools.length && pools[pools.length - 1].sum / pools[pools.length - 1].size > pool.sum / pool.size) {
        const last = pools.pop();
        pool = { sum: pool.sum + last.sum, size: pool.size + last.size };
      }
      pools.push(pool);
    });
    let at = 0;
    for (const pool of pools) {
      for (let n = 0; n < pool.size; n++, at++) row[at].at = pool.sum / pool.size + offsets[at];
    }
  }

  function placeAlong(rows) {
    let start = 0;
    for (const row of rows) {
      const tallest = Math.max(0, ...row.map((node) => node.along));
      for (const node of row) {
        node.start = start;
        node.row = [start, start + tallest];
      }
      start += tallest + ALONG;
    }
  }

  return { layered, packed };
}
