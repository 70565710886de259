import { launch, open, phone, url } from "./browser.mjs";
import { createHash, randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
const sql=(t)=>execFileSync("psql",["-XqAt","-h",process.env.PESTOR_DATA_DIR+"/run","-p","5432","-U","pestor","-d","pestor","-c",t],{encoding:"utf8"}).trim();
const token = randomBytes(32).toString("base64url");
const hash = createHash("sha256").update(token).digest("hex");
const id=sql(`insert into account (email,name,role) values ('${token.slice(0,8).toLowerCase()}@x.test','Jan','resident') returning id`);
sql(`insert into session (account_id, token_hash, second_factor, idle_until, absolute_until) values (${id}, '\\x${hash}', true, now() + interval '1 hour', now() + interval '1 hour')`);
const b=await launch(); const page=await open(b,{viewport:phone});
await page.context().addCookies([{name:"session",value:token,url}]);
for (const w of [390,320]) for (const p of ["/oferty","/wiadomosci"]) {
  await page.setViewportSize({width:w,height:844});
  await page.goto(url+p);
  console.log(w,p,await page.evaluate(()=>[document.documentElement.scrollWidth, innerWidth, ...[...document.querySelectorAll("body *")].filter(e=>e.getBoundingClientRect().right>innerWidth+0.5).map(e=>e.tagName+"."+e.className+" "+e.getBoundingClientRect().right).slice(0,8)]));
}
await b.close();
