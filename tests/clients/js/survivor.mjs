// A customer who talks while nodes die and are drained, until his standard input ends:
//   survivor.mjs <name> <url> <websocket|long-polling> <plain|ack|faye>
// He goes on as pages do: shakes hands again when he is told to, asks from the last number that he has,
// sends again under the same name what he has not seen. At the end each of his messages is there once.
// After each of them he says so.
import assert from "node:assert/strict";
import faye from "faye";
import { CometD } from "cometd";
import { AckExtension } from "cometd/AckExtension.js";
import { adapt } from "cometd-nodejs-client";
import { CHANNEL, verdict } from "./scenario.mjs";

const [name, url, transport, mode] = process.argv.slice(2);
const PATIENCE = 90_000;
const PAUSE = 220; // Slower than [limits] send-rate.

const seen = new Map();
let keys, whole, failure, asked;
let isOver = false;
let nBreaks = 0;
process.stdin.resume().on("end", () => (isOver = true));

function take(event) {
  if (event.statusCode !== 0) return;
  if (!keys && event.messages.length > 0) keys = { secureKey: event.secureKey };
  const isFromTheFirst = seen.size > 0 && event.messages[0]?.index === Math.min(...seen.keys());
  if (isFromTheFirst) whole = event.messages;
  for (const message of event.messages) {
    if (seen.has(message.index)) {
      assert(isFromTheFirst || asked <= message.index, `${message.index} comes twice, and nobody asked for it`);
      continue;
    }
    assert(message.index > Math.max(0, ...seen.keys()), `${message.index} comes too late`);
    seen.set(message.index, message);
  }
}

const texts = (messages) => [...messages].filter((one) => one.type === "Message").map((one) => one.text);
const indexes = (messages) => [...messages].map((one) => one.index);

function goOn() {
  if (!keys) return;
  asked = Math.max(0, ...seen.keys()) + 1;
  publish({ operation: "requestNotifications", transcriptPosition: asked, ...keys });
}

function hear(data) {
  try {
    if (data) take(data);
  } catch (error) {
    failure = error;
  }
}

// Both say `goOn` when they are connected anew, and count how often they had to be.
function withCometd() {
  adapt();
  const client = new CometD();
  if (mode === "ack") client.registerExtension("ack", new AckExtension());
  client.websocketEnabled = transport === "websocket";
  if (transport === "websocket") client.unregisterTransport("long-polling");
  client.unregisterTransport("callback-polling");
  client.configure({ url, logLevel: "error", backoffIncrement: 100, maxBackoff: 1000 });
  let isLost = false;
  client.addListener(CHANNEL, (message) => hear(message.data));
  client.addListener("/meta/handshake", (reply) => reply.successful && goOn());
  client.addListener("/meta/connect", (reply) => {
    if (isLost && reply.successful) goOn();
    if (!isLost && !reply.successful) nBreaks += 1;
    isLost = !reply.successful;
  });
  client.handshake();
  return (data) => client.publish(CHANNEL, data);
}

function withFaye() {
  const client = new faye.Client(url, { timeout: 40, retry: 1 });
  if (transport !== "websocket") client.disable("websocket");
  client.disable("eventsource");
  client.addExtension({
    incoming(message, pass) {
      if (message.channel === "/meta/handshake" && message.successful) goOn();
      if (message.channel === "/meta/connect" && !message.successful) nBreaks += 1;
      pass(message);
    },
  });
  client.on("transport:down", () => (nBreaks += 1));
  client.on("transport:up", goOn);
  client.subscribe(CHANNEL, hear);
  // What is refused is said again, as what is lost.
  return (data) => client.publish(CHANNEL, data).then(undefined, () => {});
}

const publish = mode === "faye" ? withFaye() : withCometd();

async function eventually(what, is, again) {
  const deadline = Date.now() + PATIENCE;
  for (let n = 0; !is(); n++) {
    if (failure) throw failure;
    if (deadline < Date.now()) throw new Error(`in vain: ${what}`);
    // What is not there after a while is asked for again.
    if (n % 100 === 0) again();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

await verdict(async () => {
  const start = { operation: "requestChat", nickname: "Ann", messageId: crypto.randomUUID() };
  await eventually("the chat begins", () => keys, () => publish(start));
  const said = [];
  while (!isOver) {
    const message = `message ${said.length}`;
    said.push(message);
    const data = { operation: "sendMessage", message, messageId: `${start.messageId}-${said.length}`, ...keys };
    const isThere = () => texts(seen.values()).at(-1) === message;
    await eventually(`${message} comes back`, isThere, () => publish(data));
    console.log(`${name} has said ${said.length}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  whole = undefined;
  const refresh = { operation: "refresh", transcriptPosition: 1, ...keys };
  await eventually("the whole transcript", () => whole, () => publish(refresh));
  assert.deepEqual(texts(seen.values()), said, "heard each once, in order");
  assert.deepEqual(texts(whole), said, "stored each once, in order");
  assert.deepEqual(indexes(seen.values()), indexes(whole), "heard all that there is");
  console.log(`${name} found everything, after ${nBreaks} breaks`);
});
