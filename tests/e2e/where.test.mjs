// "Where?": around an address, around oneself, in an area that is drawn; on the map, by keyboard, and without a script.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  clean, eventually, idle, launch, look, numbers, open, openMap, parameter, phone, picture, screenPoint, shown, untilStatus, url,
} from "./browser.mjs";
import { accessible, fits, untranslated } from "./checks.mjs";

const OLD_TOWN = [18.6045, 53.0104];
/** A square of streets in the Old Town. */
const CORNERS = [[18.597, 53.008], [18.612, 53.008], [18.612, 53.014], [18.597, 53.014]];

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await open(browser);
  await openMap(page);
});
after(() => browser.close());

const where = (from = page) => from.locator("#where");
const unfold = async (from = page) => {
  if (!(await where(from).evaluate((element) => element.open))) await where(from).locator("> summary").click();
};
const said = (from = page) => from.locator("#where-message").textContent();
const chips = (from = page) => from.locator("#panel-body .chips");
const outlines = (from = page) =>
  from.evaluate(() => document.querySelector("#map").map.queryRenderedFeatures({ layers: ["where-outline"] }).length);

/** How many things a list counts. */
async function listed(path, search) {
  const html = await (await fetch(`${url}${path}?${search}`)).text();
  return Number(html.match(/data-total="(\d+)"/)[1]);
}

/** Map and panel show as many things of each layer as the lists with the same filters do. */
async function agrees() {
  const search = new URLSearchParams(new URL(page.url()).searchParams);
  for (const name of ["at", "layers", "item"]) search.delete(name);
  const wanted = await Promise.all(["/organizacje", "/wsparcie", "/lokale"].map((path) => listed(path, search)));
  assert.ok(wanted.some((count) => count > 0), String(search));
  await untilStatus(page, wanted.filter(Boolean));
  await eventually(wanted, async () =>
    Promise.all(["organisations", "support", "premises"].map(async (layer) => (await shown(page, layer)).total)),
  );
  return wanted;
}

test("around an address, with suggestions as one types, by keyboard", async () => {
  const all = await untilStatus(page, (counts) => counts.length === 3);
  await where().locator("> summary").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "W pobliżu adresu" }).focus();
  await page.keyboard.type("mickiewicza 110");
  const options = page.locator("#where-suggestions [role=option]");
  await options.first().waitFor();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator("#where-input").getAttribute("aria-activedescendant"), "where-suggestions-0");
  await page.keyboard.press("Enter");
  await eventually((near) => near?.startsWith("18."), async () => parameter(page, "near"));
  assert.equal(parameter(page, "radius_m"), "1000");
  await eventually((text) => /^Szukamy w pobliżu: .*Mickiewicza 110/.test(text), said);
  await eventually((count) => count > 0, outlines);
  const near = await agrees();
  assert.ok(near[0] < all[0]);
  await picture(page, "where-circle");
  // Another radius, another circle; with another filter they narrow each other.
  await page.locator("#where-radius").selectOption("250");
  await eventually("250", async () => parameter(page, "radius_m"));
  const nearer = await agrees();
  assert.ok(nearer[0] < near[0]);
  await chips().getByRole("link", { name: /Do 250/ }).click();
  await eventually(null, async () => parameter(page, "near"));
  assert.equal(parameter(page, "radius_m"), null, "a radius without a place would be refused");
  await eventually(0, outlines);
  clean(page);
});

test("an area is drawn, corrected, copied as a link, and taken away", async () => {
  await openMap(page);
  await look(page, 14, ...OLD_TOWN);
  await unfold();
  await page.getByRole("button", { name: "Narysuj obszar" }).click();
  const bar = page.getByRole("group", { name: "Rysowanie obszaru" });
  await bar.getByText("Klikaj kolejne rogi").waitFor();
  for (const corner of [...CORNERS, CORNERS[0]]) {
    const { x, y } = await screenPoint(page, ...corner);
    await page.mouse.move(x, y, { steps: 4 });
    await page.mouse.click(x, y);
    await page.waitForTimeout(120);
  }
  await bar.getByText("Przeciągnij rogi").waitFor();
  const from = await screenPoint(page, ...CORNERS[2]);
  await page.mouse.move(from.x, from.y, { steps: 3 });
  await page.mouse.down();
  await page.mouse.move(from.x + 40, from.y - 30, { steps: 6 });
  await page.mouse.up();
  await picture(page, "where-drawing");
  await accessible(page, [["light", { width: 1440, height: 900 }]]);
  await bar.getByRole("button", { name: "Gotowe" }).click();
  await bar.waitFor({ state: "detached" });
  await eventually((area) => area?.length > 12, async () => parameter(page, "area"));
  await idle(page);
  await eventually((count) => count > 0, outlines);
  const inside = await agrees();
  await picture(page, "where-area");
  assert.equal(parameter(page, "item"), null, "clicks were corners, they opened nothing");

  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Skopiuj link" }).click();
  await eventually("Link skopiowany.", said);
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, page.url());
  const other = await open(browser);
  await other.goto(link);
  await idle(other);
  await eventually((count) => count > 0, () => outlines(other));
  await untilStatus(other, inside.filter(Boolean));
  clean(other);
  await other.context().close();

  // Drawn again from where it was; cancelled, it stays as it was.
  const before = parameter(page, "area");
  await page.getByRole("button", { name: "Zmień obszar" }).click();
  await bar.getByRole("button", { name: "Gotowe" }).waitFor();
  await page.keyboard.press("Escape");
  await bar.waitFor({ state: "detached" });
  assert.equal(parameter(page, "area"), before);
  await eventually((count) => count > 0, outlines);
  await chips().getByRole("link", { name: /obszar/i }).click();
  await eventually(null, async () => parameter(page, "area"));
  await eventually(0, outlines);
  clean(page);
});

test("without a mouse: what the map shows is the area", async () => {
  await look(page, 14, ...OLD_TOWN);
  await unfold();
  await page.getByRole("button", { name: "Weź to, co widać na mapie" }).focus();
  await page.keyboard.press("Enter");
  await eventually((area) => area?.length > 12, async () => parameter(page, "area"));
  await agrees();
  await page.getByRole("button", { name: "Szukaj wszędzie" }).click();
  await eventually(null, async () => parameter(page, "area"));
  clean(page);
});

test("near me: asked for only when pressed, and a refusal is said plainly", async () => {
  await unfold();
  await page.getByRole("button", { name: "W pobliżu mnie" }).click();
  await eventually((text) => /nie zdradziła położenia/.test(text), said);
  assert.equal(parameter(page, "near"), null);

  const here = await open(browser, { geolocation: { longitude: OLD_TOWN[0], latitude: OLD_TOWN[1] }, permissions: ["geolocation"] });
  await openMap(here, "/?lang=pl");
  assert.equal(parameter(here, "near"), null, "nobody asked yet");
  await unfold(here);
  await here.getByRole("button", { name: "W pobliżu mnie" }).click();
  await eventually("18.60450,53.01040", async () => parameter(here, "near"));
  await eventually("Szukamy w pobliżu ciebie.", () => said(here));
  await eventually((count) => count > 0, () => outlines(here));
  clean(here);
  await here.context().close();
});

test("every look, narrow screens and all words", async () => {
  await page.goto(`${url}/?near=18.6045,53.0104&radius_m=500`);
  await idle(page);
  await unfold();
  assert.deepEqual(await untranslated(page), []);
  await accessible(page);
  await fits(page);
  const small = await open(browser, { viewport: phone });
  await openMap(small, "/?near=18.6045,53.0104&radius_m=500");
  await small.locator(".sheet-handle").click();
  await unfold(small);
  await picture(small, "where-phone");
  await small.context().close();
});

test("a list without a script: an address, a choice, a mistake", async () => {
  const plain = await open(browser, { javaScriptEnabled: false });
  await plain.goto(`${url}/lokale?status=free`);
  const field = plain.getByLabel("W pobliżu adresu");
  await field.fill("Mickiewicza 110");
  await plain.getByLabel("W promieniu").selectOption("2,0 km");
  await plain.getByRole("search", { name: "Filtry" }).getByRole("button", { name: "Pokaż" }).click();
  assert.equal(parameter(plain, "radius_m"), "2000");
  assert.deepEqual([parameter(plain, "status"), parameter(plain, "sort")], ["free", "distance"]);
  assert.ok(numbers(await plain.locator("#list-count").textContent())[0] > 0);
  assert.match(await plain.locator("main article.card").first().textContent(), /\d\s(m|km)/);
  await picture(plain, "where-list");

  await field.fill("Mickiewicza 1");
  await field.press("Enter");
  const choices = plain.locator("#place-answer a");
  assert.ok((await choices.count()) > 1);
  await picture(plain, "where-list-choice");
  await choices.first().click();
  assert.equal(parameter(plain, "radius_m"), "2000", "the radius stays");
  await field.fill("Xyzzyqw");
  await field.press("Enter");
  assert.equal(await field.inputValue(), "Xyzzyqw");
  await plain.getByText("Nie znamy takiego adresu").waitFor();
  await picture(plain, "where-list-unknown");
  clean(plain);
  await plain.context().close();
});

test("the list with its place field holds in every look", async () => {
  await page.goto(`${url}/lokale?place=Mickiewicza+1`);
  assert.deepEqual(await untranslated(page), []);
  await accessible(page);
  await fits(page);
});
