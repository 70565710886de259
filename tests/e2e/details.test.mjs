// What the pages of premises and of institutions tell, in the panel and on their own pages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clean, eventually, launch, open, openMap, parameter, picture, url } from "./browser.mjs";

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await open(browser);
});
after(() => browser.close());

const article = () => page.locator("#panel-body article.detail");

test("premises in the panel: status, area, rent, and the history with its tenants", async () => {
  await openMap(page, "/?status=occupied&layers=premises");
  await page.locator("#panel-body a.result").first().click();
  await article().locator(".status-big", { hasText: "zajęty" }).waitFor();
  await article().getByText("Powierzchnia użytkowa").waitFor();
  assert.match(await article().textContent(), /\d,\d\d\u00a0m²/);
  const history = article().locator("#historia li");
  assert.ok((await history.count()) >= 2, "several periods");
  const current = history.and(page.locator("[aria-current=true]"));
  assert.equal(await current.count(), 1);
  assert.match(await current.textContent(), /teraz/);
  assert.match(await current.textContent(), /zajęty/);
  await picture(page, "detail-premises");
});

test("from premises to the organisation in them, and back", async () => {
  const tenant = article().locator('#historia [aria-current=true] a[data-item^="organizacje/"]').first();
  const name = await tenant.textContent();
  await tenant.click();
  await article().getByRole("heading", { level: 2, name }).waitFor();
  assert.match(parameter(page, "item"), /^organizacje\//);
  const rooms = article().locator("#lokal a.result");
  assert.ok((await rooms.count()) >= 1, "the organisation names its premises");
  await page.goBack();
  await eventually((item) => item.startsWith("lokale/"), () => parameter(page, "item"));
  await article().locator(".status-big").waitFor();
});

test("a detail that is gone says so and leads back", async () => {
  await page.evaluate(() => {
    const link = document.querySelector("#panel-body article a[data-item]");
    link.dataset.item = "organizacje/nie-ma-takiej";
    link.click();
  });
  const alert = page.getByRole("alert");
  await alert.getByText("Tego wpisu już nie ma").waitFor();
  page.faults = page.faults.filter((fault) => !fault.includes("404"));
  await page.locator("#panel-body [data-back]:visible").click();
  await article().locator(".status-big").waitFor();
  clean(page);
});

test("an institution in the panel: what it helps with and useful pages", async () => {
  await openMap(page, "/?layers=support&kind=owes");
  await page.locator("#panel-body a.result").first().click();
  await article().getByRole("heading", { name: "W czym pomaga" }).waitFor();
  for (const service of ["Doradztwo", "Szkolenia"]) await article().getByText(service).first().waitFor();
  assert.ok((await article().locator('a[href^="http"]').count()) >= 1);
  await picture(page, "detail-support");
});

test("on its own page a thing says who and where it is, to people and to machines", async () => {
  await page.goto(`${url}/${parameter(page, "item")}`);
  const title = await page.getByRole("heading", { level: 1 }).textContent();
  assert.ok((await page.title()).startsWith(title));
  const data = JSON.parse(await page.locator('script[type="application/ld+json"]').textContent());
  assert.match(data["@context"], /schema\.org/);
  assert.ok(JSON.stringify(data).includes(title));
  assert.equal(await page.locator('meta[property="og:title"]').getAttribute("content"), title);
  const languages = await page.locator("link[rel=alternate]").evaluateAll((links) => links.map((link) => link.hreflang));
  assert.deepEqual(languages.sort(), ["en", "pl", "x-default"]);
  await page.getByRole("navigation", { name: "Jesteś tutaj" }).waitFor();
  await page.locator(".minimap[data-idle] canvas").waitFor();
  clean(page);
});
