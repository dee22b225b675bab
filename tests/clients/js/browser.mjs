// Two pages of one browser, with its one store of cookies: only one of them holds a connect, and the
// other one hears why and is told of its chat all the same. browser.mjs <url>
import assert from "node:assert/strict";
import { CometD } from "cometd";
import { adapt } from "cometd-nodejs-client";
import { CHANNEL, verdict } from "./scenario.mjs";

const [url] = process.argv.slice(2);

async function page() {
  const client = new CometD();
  client.websocketEnabled = false;
  client.configure({ url, logLevel: "warn" });
  const heard = { events: [], advice: [] };
  client.addListener(CHANNEL, (message) => message.data && heard.events.push(message.data));
  client.addListener("/meta/connect", (message) => message.advice && heard.advice.push(message.advice));
  await new Promise((resolve) => client.handshake(resolve));
  return { client, heard };
}

async function until(is, what) {
  for (const deadline = Date.now() + 20_000; !is(); ) {
    assert(Date.now() < deadline, `in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

await verdict(async () => {
  adapt();
  const first = await page();
  first.client.publish(CHANNEL, { operation: "requestChat", nickname: "Ann" });
  await until(() => first.heard.events.length > 0, "the first page chats");
  const second = await page();
  second.client.publish(CHANNEL, { operation: "requestChat", nickname: "Ben" });
  await until(() => second.heard.events.length > 0, "the second page chats");
  await until(() => second.heard.advice.some((advice) => advice["multiple-clients"]), "it hears why it is slow");

  await new Promise((resolve) => first.client.disconnect(resolve));
  const later = second.heard.advice.length;
  const isUsual = (advice) => !advice["multiple-clients"] && advice.interval === 0;
  await until(() => second.heard.advice.slice(later - 1).some(isUsual), "it is alone, and as quick as any");
});
