// Every kind of page: nothing goes wrong, nothing leaves for other hosts, nothing is untranslated, and axe finds no fault
// in it, light and dark, on a desk and on a phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clean, eventually, idle, launch, open, phone, picture, url } from "./browser.mjs";
import { accessible, untranslated } from "./checks.mjs";
import { kinds } from "./pages.mjs";

let browser;
let polish;
let english;
before(async () => {
  browser = await launch();
  polish = await open(browser);
  english = await open(browser);
});
after(() => browser.close());

/** Opens a page and waits until it has everything it shows. */
async function visit(page, { path, status }, language) {
  page.faults.length = 0;
  const address = language ? `${path}${path.includes("?") ? "&" : "?"}lang=${language}` : path;
  const response = await page.goto(url + address);
  assert.equal(response.status(), status);
  if (status >= 400) {
    // The browser itself reports the answer that was asked for.
    await eventually((faults) => faults.length > 0, () => page.faults);
    const own = page.faults.findIndex((fault) => fault.includes(`responded with a status of ${status}`));
    if (own >= 0) page.faults.splice(own, 1);
  }
  if (await page.locator("#map").count()) {
    await idle(page);
    const content = page.url().includes("item=") ? "article.detail" : ".results";
    await page.locator(`#panel-body ${content}`).waitFor({ state: "attached" });
  }
  if (!language && (await page.locator(".minimap").count()))
    await page.locator(".minimap[data-idle]").waitFor({ state: "attached" });
}

for (const kind of await kinds()) {
  test(kind.name, async () => {
    await visit(polish, kind);
    assert.equal(await polish.locator("html").getAttribute("lang"), "pl");
    assert.equal(await polish.locator("h1").count(), 1);
    assert.deepEqual(await untranslated(polish), []);
    await picture(polish, `page-${kind.name.replaceAll(" ", "-")}`);
    await accessible(polish);
    clean(polish);
    await visit(english, kind, "en");
    assert.equal(await english.locator("html").getAttribute("lang"), "en");
    assert.deepEqual(await untranslated(english), []);
    clean(english);
  });
}

test("filters open", async () => {
  await visit(polish, { path: "/?status=free", status: 200 });
  await polish.locator("#panel-controls details").evaluateAll((folds) => {
    for (const fold of folds) fold.open = true;
  });
  await accessible(polish);
});

test("suggestions open", async () => {
  const input = polish.getByRole("combobox", { name: "Szukaj na mapie" });
  await input.fill("rubinkowo");
  await polish.getByRole("option").first().waitFor();
  await polish.keyboard.press("ArrowDown");
  await accessible(polish);
  await polish.keyboard.press("Escape");
});

test("the question about somebody else's map", async () => {
  await polish.locator("#legend summary", { hasText: "Podkład mapy" }).click();
  await polish.locator("#legend input[name=basemap]").nth(1).check();
  await polish.getByRole("button", { name: "Pokaż ten podkład" }).waitFor();
  await accessible(polish);
  clean(polish);
});

test("the dark map", async () => {
  await polish.emulateMedia({ colorScheme: "dark" });
  await visit(polish, { path: "/", status: 200 });
  await picture(polish, "map-dark");
  await polish.setViewportSize(phone);
  await idle(polish);
  await picture(polish, "phone-map-dark");
  clean(polish);
});
