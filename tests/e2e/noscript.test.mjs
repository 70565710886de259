// Without JavaScript everything that is on the map is still there: as lists that filter, sort and turn their pages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clean, launch, numbers, open, picture, url } from "./browser.mjs";

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await open(browser, { javaScriptEnabled: false });
});
after(() => browser.close());

const count = async () => numbers(await page.locator("#list-count").textContent())[0];
const cards = () => page.locator("main article.card");
const titles = () => cards().getByRole("heading").allTextContents();

test("the map page leads to all lists", async () => {
  await page.goto(url);
  await picture(page, "no-javascript");
  const main = page.locator("main");
  for (const path of ["/organizacje", "/lokale", "/wsparcie", "/oferty", "/zapotrzebowanie", "/sprzet"])
    assert.ok(await main.locator(`a[href="${path}"]`).isVisible(), path);
  await main.locator('a[href="/lokale"]').click();
  assert.equal(new URL(page.url()).pathname, "/lokale");
});

test("a list filters when its form is sent, and each filter can be taken away", async () => {
  const all = await count();
  const form = page.getByRole("search", { name: "Filtry" });
  for (const fold of await form.locator("details").all()) {
    const summary = fold.locator("summary").first();
    if ((await summary.isVisible()) && !(await fold.evaluate((element) => element.open))) await summary.click();
  }
  await form.getByLabel("wolny").check();
  await form.getByRole("spinbutton", { name: "od" }).fill("30");
  await form.getByRole("button", { name: "Pokaż" }).click();
  const search = new URL(page.url()).searchParams;
  assert.deepEqual([search.get("status"), search.get("area_min")], ["free", "30"]);
  const some = await count();
  assert.ok(some > 0 && some < all);
  assert.ok((await cards().count()) > 0);
  for (const card of await cards().all()) assert.match(await card.textContent(), /wolny/);
  await page.locator(".chips").getByRole("link", { name: /wolny/ }).click();
  assert.ok((await count()) > some);
  await page.locator(".chips").getByRole("link", { name: "Wyczyść filtry" }).click();
  assert.equal(await count(), all);
});

test("a list sorts and turns its pages", async () => {
  await page.locator(".sorts").getByRole("link", { name: "powierzchnia" }).click();
  const texts = await cards().allTextContents();
  const figures = texts.map((text) => text.match(/([\d,\u00a0\u202f]+)\u00a0m²/)[1]);
  const sorted = figures.map((figure) => Number(figure.replace(/[^\d,]/g, "").replace(",", ".")));
  assert.ok(sorted.length > 5);
  const [up, down] = [sorted.toSorted((a, b) => a - b), sorted.toSorted((a, b) => b - a)].map(String);
  assert.ok([up, down].includes(String(sorted)), String(sorted));
  const first = await titles();
  const all = await count();
  await page.getByRole("navigation", { name: "Strony listy" }).getByRole("link", { name: "Następna" }).click();
  const second = await titles();
  assert.equal(second.filter((title) => first.includes(title)).length, 0);
  assert.equal(await count(), all);
  await page.getByRole("navigation", { name: "Strony listy" }).getByRole("link", { name: "Poprzednia" }).click();
  assert.deepEqual(await titles(), first);
});

test("from a list to a thing, from it to others, and back by the breadcrumb", async () => {
  await page.goto(`${url}/organizacje?has=offers`);
  const name = (await titles())[0];
  await cards().getByRole("link").first().click();
  assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), name);
  const offer = page.locator('main article a[href^="/oferty/"]').first();
  const offered = await offer.locator(".result-title").textContent();
  await offer.click();
  assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), offered);
  await page.locator('main article a[href^="/organizacje/"]').first().click();
  assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), name);
  await page.getByRole("navigation", { name: "Jesteś tutaj" }).getByRole("link", { name: "Organizacje" }).click();
  assert.equal(new URL(page.url()).pathname, "/organizacje");
});

test("the language switch keeps the place", async () => {
  await page.goto(`${url}/lokale?status=free`);
  const polish = await count();
  await page.getByRole("navigation", { name: "Język strony" }).getByRole("link", { name: "EN" }).first().click();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  assert.equal(new URL(page.url()).searchParams.get("status"), "free");
  assert.equal(await count(), polish);
  assert.match(await page.getByRole("heading", { level: 1 }).textContent(), /premises/i);
  await page.goto(`${url}/wsparcie`);
  assert.equal(await page.locator("html").getAttribute("lang"), "en", "the choice is remembered");
  clean(page);
});
