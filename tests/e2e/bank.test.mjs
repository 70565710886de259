// A thing of the town hall goes to an organisation and comes back, and a question about it is asked and answered: both sides in
// their own browsers, every screen without a fault, on a desk and on a phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clean, launch, open, phone, picture, url } from "./browser.mjs";
import { accessible, fits, untranslated } from "./checks.mjs";

let browser;
let official;
let borrower;
before(async () => {
  browser = await launch();
  official = await open(browser);
  borrower = await open(browser, { viewport: phone });
});
after(() => browser.close());

async function signIn(page, email) {
  await page.goto(`${url}/logowanie`);
  await page.fill("#f-email", email);
  await page.fill("#f-password", "demo demo demo");
  await page.click("main button[type=submit]");
  await page.waitForURL(`${url}/panel`);
}

async function flawless(page, name) {
  assert.deepEqual(await untranslated(page), []);
  await picture(page, `bank-${name}`);
  await accessible(page);
  await fits(page);
  clean(page);
}

const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const press = (page, label) => page.locator("main").getByRole("button", { name: label }).first().click();
let thing;

test("an official posts a thing", async () => {
  await signIn(official, "urzednik@demo.test");
  await official.goto(`${url}/sprzet/nowy`);
  await official.fill("#f-name", "Nagłośnienie plenerowe");
  await official.locator("#f-category").selectOption({ index: 1 });
  await official.fill("#f-quantity", "2");
  await official.fill("#f-description", "Dwie kolumny 500 W ze statywami i mikser.");
  await press(official, "Opublikuj");
  await official.waitForURL(/\/sprzet\/naglosnienie-plenerowe/);
  thing = new URL(official.url()).pathname;
  await flawless(official, "own-thing");
});

test("a representative asks for it and asks about it", async () => {
  await signIn(borrower, "pes@demo.test");
  await borrower.goto(url + thing);
  const form = borrower.locator("#prosba form");
  await form.locator("[name=from]").fill(day(2));
  await form.locator("[name=to]").fill(day(1));
  await press(borrower, "Poproś o wypożyczenie");
  await borrower.locator(".form-errors").waitFor();
  borrower.faults.length = 0; // The 422 of the wrong days.
  await flawless(borrower, "wrong-days");
  await form.locator("[name=to]").fill(day(4));
  await press(borrower, "Poproś o wypożyczenie");
  await borrower.locator("#prosby .loan").waitFor();
  await borrower.locator("#pytania [name=text]").fill("Czy w komplecie są kable?");
  await press(borrower, "Zadaj pytanie");
  await borrower.locator(".question", { hasText: "Czy w komplecie są kable?" }).waitFor();
  await flawless(borrower, "asked");
});

test("the official accepts and answers, and the calendar says so to everybody", async () => {
  await official.goto(`${url}/panel/wypozyczenia`);
  await flawless(official, "loans");
  await official.locator(".loan-title a", { hasText: "Nagłośnienie" }).first().click();
  await official.fill("#f-answer", "Odbiór w ratuszu od ósmej.");
  await flawless(official, "loan");
  await press(official, "Zgódź się");
  await official.locator(".badge", { hasText: "obiecane" }).waitFor();
  await official.goto(url + thing);
  await official.locator(".question summary", { hasText: "Odpowiedz" }).click();
  await official.locator(".question textarea").first().fill("Tak, dwa po 20 metrów.");
  await press(official, "Opublikuj odpowiedź");
  await official.locator(".question-answer", { hasText: "20 metrów" }).waitFor();
  await flawless(official, "answered");
  const anyone = await open(browser, { viewport: phone, colorScheme: "dark" });
  await anyone.goto(url + thing);
  assert.equal(await anyone.locator(".day-some").count(), 3);
  assert.match(await anyone.locator(".day-some").first().innerText(), /1 z 2/);
  assert.equal(await anyone.locator("#prosby").count(), 0);
  await flawless(anyone, "everybody");
  await borrower.goto(`${url}/panel/wypozyczenia`);
  await flawless(borrower, "borrowed");
});

test("with the keyboard alone one comes through the form", async () => {
  await borrower.goto(url + thing);
  await borrower.locator("#prosba [name=from]").focus();
  const names = [];
  for (let i = 0; i < 40 && names.at(-1) !== "button"; i++) {
    names.push(await borrower.evaluate(() => document.activeElement.getAttribute("name") ?? document.activeElement.tagName.toLowerCase()));
    await borrower.keyboard.press("Tab");
  }
  for (const name of ["from", "to", "pieces", "note", "button"]) assert.ok(names.includes(name), `${name} in ${names}`);
});
