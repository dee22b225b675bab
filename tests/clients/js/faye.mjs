// Another client than the reference: faye.mjs <url> <websocket|long-polling>
import faye from "faye";
import { CHANNEL, scenario, verdict } from "./scenario.mjs";

const [url, transport] = process.argv.slice(2);

async function connect() {
  const client = new faye.Client(url, { timeout: 40, retry: 1 });
  if (transport !== "websocket") client.disable("websocket");
  client.disable("eventsource");
  const listeners = [];
  await client.subscribe(CHANNEL, (data) => listeners.forEach((listener) => listener(data)));
  return {
    onEvent: (listener) => listeners.push(listener),
    publish: async (data) => {
      await client.publish(CHANNEL, data);
    },
    close: async () => {
      // It goes on over another one without a word if the one that is tried does not work.
      const { connectionType } = client._dispatcher;
      if (connectionType !== transport) throw new Error(connectionType);
      await client.disconnect();
    },
  };
}

await verdict(() => scenario(connect));
