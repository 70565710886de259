// The mails that the site sent, as a mail server took them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import PostalMime from "postal-mime";
import { eventually } from "./browser.mjs";

const folder = join(process.env.PESTOR_DATA_DIR ?? ".pestor", "received");

/** All mails to somebody, the oldest first. */
export async function mailsTo(address) {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".eml")) : [];
  const mails = await Promise.all(files.sort().map((name) => PostalMime.parse(readFileSync(join(folder, name)))));
  return mails.filter((mail) => mail.to.some((to) => to.address === address));
}

/** The newest mail to somebody, once there are so many. */
export async function mailTo(address, count = 1) {
  let mails = [];
  await eventually(
    (found) => found.length >= count,
    async () => (mails = await mailsTo(address)),
  );
  return mails.at(-1);
}

/** The first link of a mail whose path begins so. */
export function link(mail, begins) {
  const links = [...mail.html.matchAll(/href="([^"]+)"/g)].map(([, link]) => link.replaceAll("&amp;", "&"));
  const found = links.find((link) => new URL(link).pathname.startsWith(begins));
  if (!found) throw new Error(`no link to ${begins} in ${links.join(", ")}`);
  return found;
}
