// A change in the database is on the map, in the list and in the panel at once; nobody restarts anything.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { clean, eventually, json, launch, look, open, openMap, shown, url } from "./browser.mjs";

function sql(text) {
  const sockets = `${process.env.PESTOR_DATA_DIR}/run`;
  const options = ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", sockets, "-p", "5432", "-U", "pestor", "-d", "pestor", "-c", text];
  return execFileSync("psql", options, { encoding: "utf8" }).trim();
}

const [id, slug, name, longitude, latitude] = sql(
  `select p.id, p.slug, p.name, st_x(point), st_y(point) from premises p
   join premises_period s on s.premises_id = p.id and s.valid @> current_date
   where s.status = 'free' order by p.id limit 1`,
).split("|");
const become = (status) =>
  sql(`update premises_period set status = '${status}' where premises_id = ${id} and valid @> current_date`);

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await open(browser);
});
after(async () => {
  become("free");
  await browser.close();
});

const list = async (search) => (await fetch(`${url}/lokale?${search}`)).text();
/** How many free premises the groups and marks of the whole town count. */
async function freeOnMap() {
  const { groups, singles } = await shown(page, "premises");
  const open = singles.filter(({ status }) => ["free", "open_call"].includes(status)).length;
  return groups.reduce((sum, { free_count: free }) => sum + free, open);
}

test("tile, list and detail follow a change within a second", async () => {
  const version = async () => new URL((await json("/tiles/premises.json")).tiles[0], url).searchParams.get("v");
  const before = await version();
  assert.ok((await list("status=free")).includes(`/lokale/${slug}"`));
  const started = performance.now();
  become("renovation");
  await eventually((now) => now !== before, version);
  const took = performance.now() - started;
  console.log(`a change is on the map after ${Math.round(took)} ms`);
  assert.ok(!(await list("status=free")).includes(`/lokale/${slug}"`));
  assert.ok((await list("status=renovation")).includes(`/lokale/${slug}"`));
  const detail = await (await fetch(`${url}/lokale/${slug}?fragment=1`)).text();
  assert.match(detail, /status-big[^]*?w remoncie/);
});

test("an open page shows the change by itself: mark, result, panel and groups", async () => {
  become("free");
  await openMap(page);
  const free = await freeOnMap();
  const home = await page.evaluate(() => {
    const { map } = document.querySelector("#map");
    return [map.getZoom(), ...map.getCenter().toArray()];
  });
  await look(page, 16, Number(longitude), Number(latitude));
  const mark = async () => (await shown(page, "premises")).singles.find((feature) => feature.slug === slug)?.status;
  await eventually("free", mark);
  const started = performance.now();
  become("renovation");
  await eventually("renovation", mark);
  console.log(`an open map shows a change after ${Math.round(performance.now() - started)} ms`);
  await page.locator("#panel-body a.result", { hasText: name }).first().click();
  await page.locator("#panel-body article.detail .status-big", { hasText: "w remoncie" }).waitFor();
  await page.locator("#panel-body [data-back]:visible").click();
  await look(page, ...home);
  await eventually(free - 1, freeOnMap);
  clean(page);
});
