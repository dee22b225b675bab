// What every client is taken through: a chat from its start to its end, over two connections.
// A client is an object with `publish(data)`, which ends when the server has taken the message,
// `onEvent(listener)` and `close()`; one that keeps the order of what it sends `keepsOrder`.
import assert from "node:assert/strict";

export const CHANNEL = "/service/chatV2/customer-support";
const PATIENCE = 20_000;
const MESSAGES = Array.from({ length: 10 }, (_, n) => `message ${n}`);

export async function scenario(connect) {
  const first = listening(await connect());

  await first.client.publish({ operation: "requestChat", nickname: "Ann", subject: "S", chatId: "" });
  const created = await first.until((event) => event.messages.length > 0, "the chat begins");
  assert.equal(created.statusCode, 0);
  assert.equal(created.chatEnded, false);
  for (const name of ["chatId", "userId", "alias", "secureKey"]) assert.equal(typeof created[name], "string", name);
  const { chatId, userId, alias, secureKey } = created;
  const keys = { chatId, userId, alias, secureKey };

  const say = (message) => first.client.publish({ operation: "sendMessage", message, ...keys });
  if (first.client.keepsOrder) await Promise.all(MESSAGES.map(say));
  else for (const message of MESSAGES) await say(message);
  await first.until(() => first.texts().length >= MESSAGES.length, "all messages come back");
  assert.deepEqual(first.texts(), MESSAGES, "each once, in order");
  assert.deepEqual(first.heard(), [...new Set(first.heard())].sort((a, b) => a - b), "numbers rise, each once");

  await first.client.publish({ operation: "startTyping", message: "I ty", transcriptPosition: 1, ...keys });
  await first.client.publish({ operation: "stopTyping", message: "", ...keys });
  await first.client.publish({ operation: "updateData", userData: { colour: "blue" }, ...keys });
  await first.client.publish({ operation: "updateNickname", nickname: "Anna", ...keys });
  await first.client.publish({ operation: "pushUrl", pushUrl: "https://example.org/", ...keys });
  const eventAttributes = { purpose: "cancel-idle-timer" };
  await first.client.publish({ operation: "customNotice", message: "note", eventAttributes, ...keys });
  await first.until(() => first.types().includes("CustomNotice"), "the notices come back");
  assert.deepEqual(first.types().slice(-3), ["NicknameUpdated", "PushUrl", "CustomNotice"]);

  const before = first.events.length;
  await first.client.publish({ operation: "refresh", transcriptPosition: -1, secureKey });
  const last = await first.until((event) => first.events.indexOf(event) >= before, "the last event");
  assert.equal(last.messages.length, 1);
  assert.equal(last.messages[0].type, "CustomNotice");
  await first.client.publish({ operation: "sendMessage", message: "x", ...keys, secureKey: "1f".repeat(40) });
  const refused = await first.until((event) => event.statusCode === 2, "a forged key is refused");
  assert.equal(refused.errors[0].code, 8210);

  const second = listening(await connect());
  const position = created.messages[0].index + 1;
  await second.client.publish({ operation: "requestNotifications", transcriptPosition: position, secureKey });
  await second.until(() => second.types().includes("CustomNotice"), "what was missed comes");
  const missed = first.indexes().filter((index) => index >= position);
  assert.deepEqual(second.heard(), missed, "exactly what was missed");
  await first.until((event) => event.errors?.[0].code === 409, "the older client hears that another took its place");
  await first.client.close();

  await second.client.publish({ operation: "sendMessage", message: "still here", ...keys });
  await second.until(() => second.texts().includes("still here"), "the newer one is told");
  await second.client.publish({ operation: "disconnect", secureKey });
  const ended = await second.until((event) => event.chatEnded, "the chat ends");
  assert.equal(ended.messages.at(-1).type, "ParticipantLeft");
  await second.client.close();
}

function listening(client) {
  const events = [];
  let wake = () => {};
  client.onEvent((event) => {
    events.push(event);
    wake();
  });
  const messages = () => events.filter((event) => event.statusCode === 0).flatMap((event) => event.messages);
  // A refresh tells again what was told.
  const live = () => messages().filter((message, at, all) => all.findIndex((one) => one.index === message.index) === at);
  return {
    client,
    events,
    heard: () => messages().map((message) => message.index),
    texts: () => live().filter((message) => message.type === "Message").map((message) => message.text),
    types: () => live().map((message) => message.type),
    indexes: () => live().map((message) => message.index),
    async until(is, what) {
      const deadline = Date.now() + PATIENCE;
      for (;;) {
        const found = events.find(is);
        if (found) return found;
        const left = deadline - Date.now();
        if (left <= 0) throw new Error(`in vain: ${what}; heard ${JSON.stringify(events)}`);
        await new Promise((resolve) => {
          const timer = setTimeout(resolve, left);
          wake = () => (clearTimeout(timer), resolve());
        });
      }
    },
  };
}

// To be awaited: otherwise Node ends well when nothing is left to wait for, whatever was not done.
export async function verdict(run) {
  try {
    await run();
    process.exit(0);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
