// The reference client in JavaScript: cometd.mjs <url> <websocket|long-polling> <plain|ack>
import { CometD } from "cometd";
import { AckExtension } from "cometd/AckExtension.js";
import { adapt } from "cometd-nodejs-client";
import { CHANNEL, scenario, verdict } from "./scenario.mjs";

const [url, transport, mode] = process.argv.slice(2);

// Both connections have the cookies of one browser, as pages that are loaded again do.
adapt();

function connect() {
  const client = new CometD();
  if (mode === "ack") client.registerExtension("ack", new AckExtension());
  client.websocketEnabled = transport === "websocket";
  if (transport === "websocket") client.unregisterTransport("long-polling");
  client.unregisterTransport("callback-polling");
  client.configure({ url, logLevel: "warn" });
  const listeners = [];
  client.addListener(CHANNEL, (message) => {
    if (message.data) listeners.forEach((listener) => listener(message.data));
  });
  return new Promise((resolve, reject) => {
    client.handshake((reply) => {
      if (!reply.successful) return reject(new Error(JSON.stringify(reply)));
      if (client.getTransport().type !== transport) return reject(new Error(client.getTransport().type));
      if (Boolean(reply.ext?.ack) !== (mode === "ack")) return reject(new Error("acknowledgements"));
      resolve({
        keepsOrder: true,
        onEvent: (listener) => listeners.push(listener),
        publish: (data) =>
          new Promise((done, failed) =>
            client.publish(CHANNEL, data, (ack) => (ack.successful ? done() : failed(new Error(JSON.stringify(ack))))),
          ),
        close: () => new Promise((done) => client.disconnect(() => done())),
      });
    });
  });
}

await verdict(() => scenario(connect));
