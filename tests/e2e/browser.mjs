// A real headless Chromium, and a page that notices what must never happen.
import assert from "node:assert/strict";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { chromium } from "playwright-core";

export const url = process.env.PESTOR_URL;
export const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--ignore-gpu-blocklist",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A fresh page; `page.faults` gathers console errors, uncaught errors, policy violations and requests to other hosts. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({
    viewport: desktop,
    locale: "pl-PL",
    timezoneId: "Europe/Warsaw",
    reducedMotion: "reduce",
    ...options,
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.faults = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.faults.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => page.faults.push(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    const target = new URL(request.url());
    if (["http:", "https:", "ws:", "wss:"].includes(target.protocol) && target.origin !== url) {
      page.faults.push(`request to another host: ${request.url()}`);
    }
  });
  await page.exposeFunction("reportViolation", (text) => page.faults.push(`policy: ${text}`));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) =>
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  return page;
}

/** Nothing that must never happen has happened. */
export function clean(page) {
  assert.deepEqual(page.faults, []);
}

/** Opens a map page and waits until the map has drawn everything it wants to. */
export async function openMap(page, path = "/") {
  await page.goto(url + path);
  await idle(page);
}

/** Waits until the map has nothing left to load or move. */
export async function idle(page) {
  await page.waitForFunction(() => document.querySelector("#map[data-idle]") !== null, undefined, { timeout: 30_000 });
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const { map } = document.querySelector("#map");
        // One more frame: just after a movement the tiles of the new view are not asked for yet.
        map.once("idle", () => resolve());
        map.triggerRepaint();
      }),
  );
}

/** Features that are to be seen, of the style layers whose source layer is given. */
export function rendered(page, sourceLayer) {
  return page.evaluate((wanted) => {
    const { map } = document.querySelector("#map");
    // Features of tiles alone: those that the page itself makes are not always ready to be asked for.
    const layers = map.getStyle().layers.filter((layer) => layer["source-layer"] === wanted).map(({ id }) => id);
    return map
      .queryRenderedFeatures({ layers })
      .filter((feature) => feature.sourceLayer === wanted)
      .map(({ id, properties, layer, geometry }) => ({
        ...properties,
        slug: properties.id,
        id,
        layer: layer.id,
        place: geometry.type === "Point" ? geometry.coordinates : undefined,
      }));
  }, sourceLayer);
}

/** A point of the screen where a pointer would meet the wanted feature first: nothing lies over it. */
export async function pointOn(page, sourceLayer, wanted) {
  const found = await page.evaluate(
    ([layerName, { group, slug, id }]) => {
      const { map } = document.querySelector("#map");
      const canvas = map.getCanvas();
      const box = canvas.getBoundingClientRect();
      const isWanted = ({ sourceLayer: name, properties, id: number }) =>
        name === layerName &&
        (group === undefined || group === "point_count" in properties) &&
        (slug === undefined || slug === properties.id) &&
        (id === undefined || id === number);
      const candidates = map.queryRenderedFeatures().filter((feature) => feature.geometry.type === "Point");
      const offsets = [0, 6, -6, 12, -12, 18, -18, 24, -24];
      for (const feature of candidates.filter(isWanted)) {
        const centre = map.project(feature.geometry.coordinates);
        for (const dy of offsets) {
          for (const dx of offsets) {
            const point = { x: centre.x + dx, y: centre.y + dy };
            const screen = { x: box.left + point.x, y: box.top + point.y };
            if (document.elementFromPoint(screen.x, screen.y) !== canvas) continue;
            const [first] = map.queryRenderedFeatures([
              [point.x - 2, point.y - 2],
              [point.x + 2, point.y + 2],
            ]);
            if (first && first.id === feature.id && isWanted(first))
              return { ...screen, id: feature.id, properties: feature.properties, place: feature.geometry.coordinates };
          }
        }
      }
    },
    [sourceLayer, wanted],
  );
  assert.ok(found, `nothing to point at: ${sourceLayer} ${JSON.stringify(wanted)}`);
  return found;
}

/** Where on the screen a place is. */
export function screenPoint(page, longitude, latitude) {
  return page.evaluate((place) => {
    const { map } = document.querySelector("#map");
    const { left, top } = map.getCanvas().getBoundingClientRect();
    const { x, y } = map.project(place);
    return { x: left + x, y: top + y };
  }, [longitude, latitude]);
}

/** What a layer shows: groups and single things, each once, and how many things they are together. */
export async function shown(page, layer) {
  const features = new Map(
    (await rendered(page, layer))
      .filter((feature) => [layer, `${layer}-cluster`].includes(feature.layer))
      .map((feature) => [`${feature.layer}:${feature.id}`, feature]),
  );
  const all = [...features.values()];
  const groups = all.filter((feature) => feature.point_count !== undefined);
  const singles = all.filter((feature) => feature.point_count === undefined);
  return { groups, singles, total: groups.reduce((sum, group) => sum + group.point_count, singles.length) };
}

/** True when a group that was pressed is gone: what now lies nearest to its place is smaller. */
export async function brokenUp(page, layer, group) {
  const { groups, singles } = await shown(page, layer);
  const distance = ({ place: [lon, lat] }) => Math.hypot((lon - group.place[0]) * 0.6, lat - group.place[1]);
  const [nearest] = [...groups, ...singles].sort((one, other) => distance(one) - distance(other));
  return nearest !== undefined && (nearest.point_count ?? 1) < group.properties.point_count;
}

/** Waits until a function's answer is what is wanted; the error says what it was last. */
export async function eventually(wanted, answer, timeout = 20_000) {
  const end = Date.now() + timeout;
  let last;
  do {
    last = await answer();
    if (typeof wanted === "function" ? wanted(last) : isDeepStrictEqual(last, wanted)) return last;
    await new Promise((resolve) => setTimeout(resolve, 60));
  } while (Date.now() < end);
  if (typeof wanted === "function") assert.fail(`waited in vain; last seen: ${JSON.stringify(last)}`);
  assert.deepEqual(last, wanted);
}

/** The numbers in the line that says how many results there are, in the order of layers, those with none left out. */
export function numbers(text) {
  return [...text.matchAll(/\d[\d\u00a0\u202f]*/g)].map(([digits]) => Number(digits.replace(/\D/g, "")));
}

/** Numbers of the panel's status line once they are the wanted ones. */
export function untilStatus(page, wanted) {
  return eventually(wanted, async () => numbers(await page.textContent("#result-status")));
}

/** A parameter of the page's address. */
export const parameter = (page, name) => new URL(page.url()).searchParams.get(name);

/** What the map lights as open: its layer, or nothing. */
export function litAs(page, role) {
  return page.evaluate((wanted) => {
    const { map } = document.querySelector("#map");
    const layers = [`${wanted}-ring`, `${wanted}-mark`];
    return [...new Set(map.queryRenderedFeatures({ layers }).map((feature) => feature.properties.layer))];
  }, role);
}

/** Puts the map somewhere without any animation. */
export async function look(page, zoom, longitude, latitude) {
  await page.evaluate(
    (options) => document.querySelector("#map").map.jumpTo(options),
    { zoom, center: [longitude, latitude] },
  );
  await idle(page);
}

/** Keeps a picture of the page, to look at; the folder is not part of the repository. */
export function picture(page, name) {
  return page.screenshot({ path: join(import.meta.dirname, "output", `${name}.png`) });
}

/** Answers of the server's own JSON. */
export async function json(path) {
  const response = await fetch(url + path);
  assert.equal(response.status, 200, path);
  return response.json();
}
