// A customer who talks while his node dies and comes back: survivor.mjs <url> <websocket|long-polling> <messages>
// He goes on as pages do: shakes hands again when he is told to, asks from the last number that he has,
// sends again under the same name what he has not seen. At the end each of his messages is there once.
// After each third of them he says so.
import assert from "node:assert/strict";
import { CometD } from "cometd";
import { adapt } from "cometd-nodejs-client";
import { CHANNEL, verdict } from "./scenario.mjs";

const [url, transport, nMessages] = process.argv.slice(2);
const deadline = Date.now() + 120_000;

adapt();
const client = new CometD();
client.websocketEnabled = transport === "websocket";
if (transport === "websocket") client.unregisterTransport("long-polling");
client.unregisterTransport("callback-polling");
client.configure({ url, logLevel: "error", backoffIncrement: 100, maxBackoff: 1000 });

const seen = new Map();
let keys, whole;
let isLost = false;
let nBreaks = 0;

function take(event) {
  if (event.statusCode !== 0) return;
  if (!keys && event.messages.length > 0) keys = { secureKey: event.secureKey };
  const indexes = event.messages.map((message) => message.index);
  if (seen.size > 0 && indexes[0] === Math.min(...seen.keys())) whole = event.messages;
  for (const message of event.messages) {
    if (seen.has(message.index)) continue;
    assert(message.index > Math.max(0, ...seen.keys()), `${message.index} comes too late`);
    seen.set(message.index, message);
  }
}

const position = () => Math.max(0, ...seen.keys()) + 1;
const texts = (messages) => [...messages].filter((one) => one.type === "Message").map((one) => one.text);
const goOn = () => keys && client.publish(CHANNEL, { operation: "requestNotifications", transcriptPosition: position(), ...keys });

let failure;
client.addListener(CHANNEL, (message) => {
  try {
    if (message.data) take(message.data);
  } catch (error) {
    failure = error;
  }
});
client.addListener("/meta/handshake", (reply) => reply.successful && goOn());
client.addListener("/meta/connect", (reply) => {
  if (isLost && reply.successful) goOn();
  if (!isLost && !reply.successful) nBreaks += 1;
  isLost = !reply.successful;
});

async function eventually(what, is, again = () => {}) {
  for (let n = 0; !is(); n++) {
    if (failure) throw failure;
    if (deadline < Date.now()) throw new Error(`in vain: ${what}`);
    // What is not there after a while is asked for again.
    if (n % 100 === 0) again();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

verdict(async () => {
  client.handshake();
  const start = { operation: "requestChat", nickname: "Ann", messageId: crypto.randomUUID() };
  await eventually("the chat begins", () => keys, () => client.publish(CHANNEL, start));
  const said = [];
  while (said.length < nMessages) {
    const message = `message ${said.length}`;
    said.push(message);
    const data = { operation: "sendMessage", message, messageId: `${start.messageId}-${said.length}`, ...keys };
    const isThere = () => texts(seen.values()).at(-1) === message;
    await eventually(`${message} comes back`, isThere, () => client.publish(CHANNEL, data));
    if (said.length % (nMessages / 3) === 0) console.log(`${said.length} messages so far`);
    // Slower than [limits] send-rate.
    await new Promise((resolve) => setTimeout(resolve, 220));
  }
  const refresh = { operation: "refresh", transcriptPosition: 1, ...keys };
  await eventually("the whole transcript", () => whole, () => client.publish(CHANNEL, refresh));
  assert.deepEqual(texts(seen.values()), said, "heard each once, in order");
  assert.deepEqual(texts(whole), said, "stored each once, in order");
  console.log(`${said.length} messages, ${nBreaks} breaks`);
});
