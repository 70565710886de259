// Filters: the map, the panel and the list page must say the same, whatever is chosen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  clean, eventually, idle, json, launch, numbers, open, openMap, picture, shown, untilStatus, url,
} from "./browser.mjs";

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await open(browser);
  await openMap(page);
});
after(() => browser.close());

const filters = () => page.locator("#filters");
const bare = (name, value) => page.locator(`input[name=${name}]${value ? `[value=${value}]` : ""}`);
const field = (name, value) => filters().locator(bare(name, value));
const query = () => new URL(page.url()).searchParams;

/** Opens every group of fields around an input, as a reader would. */
async function unfold(name, value) {
  const folds = page.locator("#panel-controls details").filter({ has: bare(name, value) });
  for (const fold of await folds.all()) {
    if (await fold.evaluate((element) => element.open)) continue;
    await fold.locator("summary").first().click();
  }
}

async function tick(name, value) {
  await unfold(name, value);
  await filters().locator("label").filter({ has: bare(name, value) }).click();
}

/** How many things a list page counts. */
async function listed(path, search) {
  const html = await (await fetch(`${url}${path}?${search}`)).text();
  return Number(html.match(/data-total="(\d+)"/)[1]);
}

/** The map, the panel and the list agree on the number of a layer's things, which is returned. */
async function agreed(layer, path, position, changedFrom) {
  const search = new URLSearchParams(query());
  for (const name of ["layers", "at", "item"]) search.delete(name);
  const wanted = await listed(path, search);
  assert.ok(wanted > 0 && wanted !== changedFrom, `${path}?${search}: ${wanted}`);
  await untilStatus(page, (counts) => counts[position] === wanted);
  await eventually(wanted, async () => (await shown(page, layer)).total);
  return wanted;
}

test("free premises: map, panel and list say the same", async () => {
  const [, , all] = await untilStatus(page, (counts) => counts.length === 3);
  await tick("status", "free");
  await eventually("free", () => query().get("status"));
  const free = await agreed("premises", "/lokale", 2, all);
  const { groups, singles } = await shown(page, "premises");
  assert.ok(singles.every(({ status }) => status === "free"));
  assert.equal(groups.reduce((sum, group) => sum + group.free_count, singles.length), free);
  await picture(page, "filters");
});

test("two values of one filter are added, different filters are narrowed", async () => {
  const free = await listed("/lokale", "status=free");
  await tick("status", "open_call");
  await eventually("free,open_call", () => query().getAll("status").join());
  const both = await agreed("premises", "/lokale", 2, free);
  assert.ok(both > free);
  await unfold("area_min");
  await field("area_min").fill("30");
  await field("area_max").fill("80");
  await field("area_max").press("Enter");
  await eventually("30–80", () => `${query().get("area_min")}–${query().get("area_max")}`);
  const sized = await agreed("premises", "/lokale", 2, both);
  const { singles } = await shown(page, "premises");
  assert.ok(singles.every(({ area_m2: area }) => area >= 30 && area <= 80));
  await tick("accessible", "true");
  await eventually("true", () => query().get("accessible"));
  const accessible = await agreed("premises", "/lokale", 2, sized);
  assert.ok(accessible < sized);
});

test("a reload keeps the filters, on the map and in the form", async () => {
  const before = await page.textContent("#result-status");
  const search = query().toString();
  await page.reload();
  await idle(page);
  await untilStatus(page, numbers(before));
  assert.equal(query().toString(), search);
  assert.ok(await field("status", "free").isChecked());
  assert.equal(await field("area_min").inputValue(), "30");
  assert.ok(await field("accessible", "true").isChecked());
});

test("a chip takes its filter away, and back brings it again", async () => {
  const chips = page.locator("#panel-body .chips");
  const withAll = numbers(await page.textContent("#result-status"));
  await chips.getByRole("link", { name: /bez barier/ }).click();
  await eventually(null, () => query().get("accessible"));
  await untilStatus(page, (counts) => counts[2] > withAll[2]);
  assert.equal(await field("accessible", "true").isChecked(), false);
  await page.goBack();
  await untilStatus(page, withAll);
  assert.ok(await field("accessible", "true").isChecked());
});

test("“wyczyść” takes all filters away", async () => {
  await page.locator("#panel-body .chips").getByRole("link", { name: "Wyczyść filtry" }).click();
  await eventually("", () => [...query().keys()].filter((name) => name !== "at").join());
  const everything = await Promise.all(["/organizacje", "/wsparcie", "/lokale"].map((path) => listed(path, "")));
  await untilStatus(page, everything);
  await eventually(everything, async () =>
    Promise.all(["organisations", "support", "premises"].map(async (layer) => (await shown(page, layer)).total)),
  );
});

test("legal form and what organisations have on the exchange", async () => {
  const all = await listed("/organizacje", "");
  await tick("legal_form", "social_cooperative");
  await eventually("social_cooperative", () => query().get("legal_form"));
  const cooperatives = await agreed("organisations", "/organizacje", 0, all);
  const { singles } = await shown(page, "organisations");
  assert.ok(singles.every(({ legal_form: form }) => form === "social_cooperative"));
  await tick("has", "offers");
  await eventually("offers", () => query().get("has"));
  const selling = await agreed("organisations", "/organizacje", 0, cooperatives);
  assert.ok(selling < cooperatives);
  assert.ok((await shown(page, "organisations")).singles.every(({ offers }) => offers > 0));
  await filters().locator("button[type=reset]").click();
  await eventually("", () => [...query().keys()].filter((name) => name !== "at").join());
});

test("kinds of support, and the district for all layers at once", async () => {
  const all = await listed("/wsparcie", "");
  await tick("kind", "owes");
  await eventually("owes", () => query().get("kind"));
  await agreed("support", "/wsparcie", 1, all);
  await filters().locator("button[type=reset]").click();
  await eventually(null, () => query().get("kind"));
  await page.locator("#where > summary").click();
  const district = page.locator("#where select[name=within]");
  await district.selectOption("rubinkowo");
  await eventually("rubinkowo", () => query().get("within"));
  const wanted = await Promise.all(
    ["/organizacje", "/wsparcie", "/lokale"].map((path) => listed(path, "within=rubinkowo")),
  );
  await untilStatus(page, wanted.filter(Boolean));
  await eventually(wanted, async () =>
    Promise.all(["organisations", "support", "premises"].map(async (layer) => (await shown(page, layer)).total)),
  );
  clean(page);
});

test("the map and the list lead to each other with the filters kept", async () => {
  await page.goto(`${url}/lokale?status=open_call&area_min=20`);
  const count = numbers(await page.textContent("#list-count"))[0];
  await page.locator("main").getByRole("link", { name: "Pokaż na mapie" }).click();
  await idle(page);
  await eventually(count, async () => (await shown(page, "premises")).total);
  await page.locator("#panel-body .results-all, #panel-body a.result").first().waitFor();
  assert.equal(query().get("area_min"), "20");
  const tiles = await json("/tiles/premises.json?status=open_call&area_min=20");
  assert.match(tiles.tiles[0], /status=open_call/);
  clean(page);
});
