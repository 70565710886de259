// Search, from the first letters to a thing's detail, deeper into it, and all the way back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clean, eventually, launch, litAs, look, open, openMap, parameter, picture, untilStatus } from "./browser.mjs";

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await open(browser);
  await openMap(page);
});
after(() => browser.close());

const input = () => page.getByRole("combobox", { name: "Szukaj na mapie" });
const options = () => page.locator("#search-suggestions").getByRole("option");
const heading = () => page.locator("#panel-body article.detail").getByRole("heading", { level: 2 });
const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());

async function suggestions(words) {
  await input().fill("");
  await input().pressSequentially(words);
  await options().first().waitFor();
  return options().allTextContents();
}

test("names are found without Polish letters, with typing errors, and by their parts", async () => {
  const name = "Spółdzielnia Inwalidów „Sprężyna”";
  for (const words of ["sprezyna", "Sprężyna", "sprezina", "inwalidow sprez"]) {
    const found = await eventually((texts) => texts.some((text) => text.includes(name)), () => suggestions(words));
    assert.ok(found.length <= 8, words);
  }
});

test("streets, districts and offers are among the suggestions", async () => {
  const kinds = page.locator("#search-suggestions .suggestion-kind, #search-suggestions [role=group]");
  for (const [words, kind, text] of [
    ["rubinkowo", "Osiedla", "Rubinkowo"],
    ["zeglarska", "Ulice", "Żeglarska"],
    ["konfekcjonowanie", "Oferty", "Konfekcjonowanie zestawów"],
  ]) {
    await suggestions(words);
    const group = page.locator("#search-suggestions").getByRole("group", { name: kind });
    await group.getByRole("option").filter({ hasText: text }).first().waitFor();
  }
  assert.ok((await kinds.count()) > 0);
});

test("nothing found is said, and Escape puts the suggestions away", async () => {
  await suggestions("qwxzqwxz");
  await page.locator("#search-suggestions").getByText("Brak podpowiedzi").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#search-suggestions").waitFor({ state: "hidden" });
  assert.equal(await input().getAttribute("aria-expanded"), "false");
});

test("a suggestion picked with the keyboard opens in the panel and is lit on the map", async () => {
  // From a view of the far end of the town.
  await look(page, 15, 18.7, 53.04);
  await eventually((at) => at !== null, () => parameter(page, "at"));
  await eventually((texts) => texts.some((text) => text.includes("Sprężyna")), () => suggestions("sprezina"));
  await picture(page, "suggestions");
  await page.keyboard.press("ArrowDown");
  const active = await input().getAttribute("aria-activedescendant");
  assert.match(await page.locator(`#${active}`).textContent(), /Sprężyna/);
  assert.equal(await page.locator(`#${active}`).getAttribute("aria-selected"), "true");
  await page.keyboard.press("Enter");
  await heading().filter({ hasText: "Sprężyna" }).waitFor();
  assert.equal(parameter(page, "item"), "organizacje/spoldzielnia-inwalidow-sprezyna");
  assert.match(await focused(), /Sprężyna/, "the heading has the focus");
  await eventually(["organisations"], () => litAs(page, "selected"));
  await picture(page, "detail-organisation");
});

test("from an organisation to its offer, and back by the button", async () => {
  const offer = page.locator('#panel-body article a[data-item^="oferty/"]').first();
  const name = await offer.locator(".result-title").textContent();
  await offer.click();
  await heading().filter({ hasText: name }).waitFor();
  assert.match(parameter(page, "item"), /^oferty\//);
  assert.equal(await focused(), name);
  await page.locator("#panel-body [data-back]:visible").click();
  await heading().filter({ hasText: "Sprężyna" }).waitFor();
  assert.match(parameter(page, "item"), /^organizacje\//);
});

test("the browser's back and forward walk the same way", async () => {
  const offer = page.locator('#panel-body article a[data-item^="oferty/"]').first();
  const name = await offer.locator(".result-title").textContent();
  await offer.click();
  await heading().filter({ hasText: name }).waitFor();
  await page.goBack();
  await heading().filter({ hasText: "Sprężyna" }).waitFor();
  await page.goForward();
  await heading().filter({ hasText: name }).waitFor();
  await page.goBack();
  await heading().filter({ hasText: "Sprężyna" }).waitFor();
  await page.locator("#panel-body [data-back]:visible").click();
  await page.locator("#panel-body article.detail").waitFor({ state: "detached" });
  assert.equal(parameter(page, "item"), null);
  await eventually([], () => litAs(page, "selected"));
});

test("an address with an open thing opens it again, in the other language too", async () => {
  await openMap(page, "/?item=wsparcie/urzad-miasta-torunia&lang=en");
  await heading().filter({ hasText: "Urząd Miasta Torunia" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await eventually(["support"], () => litAs(page, "selected"));
  await page.goto(new URL("/?lang=pl", page.url()).href);
});

test("Enter without a pick searches: the list and the map keep only what fits", async () => {
  const before = await untilStatus(page, (counts) => counts.length === 3);
  await input().fill("ogród");
  await page.keyboard.press("Enter");
  const after = await untilStatus(page, (counts) => counts.length > 0 && counts[0] < before[0]);
  assert.ok(after[0] > 0);
  assert.equal(parameter(page, "q"), "ogród");
  await page.locator(".chips a", { hasText: "ogród" }).click();
  await untilStatus(page, before);
  assert.equal(parameter(page, "q"), null);
  clean(page);
});
