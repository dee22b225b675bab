// A customer who talks while nodes die and are drained, until his standard input ends:
//   Survivor <name> <url> <websocket|long-polling> <plain|ack>
// The same as js/survivor.mjs.
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.cometd.bayeux.Channel;
import org.cometd.bayeux.client.ClientSessionChannel.MessageListener;
import org.cometd.client.BayeuxClient;
import org.cometd.client.ext.AckExtension;

public class Survivor {
    static final long PATIENCE = 90_000;
    /** Slower than [limits] send-rate. */
    static final long PAUSE = 220;

    final BayeuxClient client;
    final TreeMap<Long, Map<String, Object>> seen = new TreeMap<>();
    final List<Object> said = new ArrayList<>();
    Map<String, Object> keys;
    List<Map<String, Object>> whole;
    volatile Throwable failure;
    long asked = Long.MAX_VALUE;
    boolean isLost;
    int nBreaks;
    volatile boolean isOver;

    Survivor(String url, String transport, boolean acknowledges) throws Exception {
        client = new BayeuxClient(url, Reference.transport(transport));
        if (acknowledges) client.addExtension(new AckExtension());
        listen(Reference.CHANNEL, message -> hear(message.getDataAsMap()));
        listen(Channel.META_HANDSHAKE, message -> {
            if (message.isSuccessful()) goOn();
        });
        listen(Channel.META_CONNECT, message -> {
            if (isLost && message.isSuccessful()) goOn();
            if (!isLost && !message.isSuccessful()) nBreaks++;
            isLost = !message.isSuccessful();
        });
        client.handshake();
    }

    void listen(String channel, java.util.function.Consumer<org.cometd.bayeux.Message> listener) {
        client.getChannel(channel).addListener((MessageListener) (from, message) -> {
            synchronized (this) {
                listener.accept(message);
            }
        });
    }

    void hear(Map<String, Object> event) {
        try {
            if (event != null) take(event);
        } catch (Throwable error) {
            failure = error;
        }
    }

    void take(Map<String, Object> event) {
        if (((Number) event.get("statusCode")).intValue() != 0) return;
        List<Map<String, Object>> messages = Reference.list(event.get("messages")).stream().map(Reference::map).toList();
        if (keys == null && !messages.isEmpty()) keys = Map.of("secureKey", event.get("secureKey"));
        boolean isFromTheFirst = !seen.isEmpty() && !messages.isEmpty() && index(messages.get(0)) == seen.firstKey();
        if (isFromTheFirst) whole = messages;
        for (Map<String, Object> message : messages) {
            long index = index(message);
            if (seen.containsKey(index)) {
                Reference.check(isFromTheFirst || asked <= index, index + " comes twice, and nobody asked for it");
                continue;
            }
            Reference.check(seen.isEmpty() || seen.lastKey() < index, index + " comes too late");
            seen.put(index, message);
        }
    }

    void goOn() {
        if (keys == null) return;
        asked = seen.lastKey() + 1;
        publish(Reference.data("requestNotifications", keys, "transcriptPosition", asked));
    }

    void publish(Map<String, Object> data) {
        client.getChannel(Reference.CHANNEL).publish(data);
    }

    void eventually(String what, BooleanSupplier is, Runnable again) throws Exception {
        long deadline = System.currentTimeMillis() + PATIENCE;
        for (int n = 0; ; n++) {
            synchronized (this) {
                if (failure != null) throw new AssertionError(failure);
                if (is.getAsBoolean()) return;
            }
            Reference.check(System.currentTimeMillis() < deadline, "in vain: " + what);
            // What is not there after a while is asked for again.
            if (n % 100 == 0) again.run();
            Thread.sleep(20);
        }
    }

    static List<Object> texts(Iterable<Map<String, Object>> messages) {
        List<Object> texts = new ArrayList<>();
        for (Map<String, Object> one : messages) if (one.get("type").equals("Message")) texts.add(one.get("text"));
        return texts;
    }

    static long index(Map<String, Object> message) {
        return ((Number) message.get("index")).longValue();
    }

    int run(String name) throws Exception {
        String id = UUID.randomUUID().toString();
        Map<String, Object> start = Reference.data("requestChat", Map.of(), "nickname", "Ann", "messageId", id);
        eventually("the chat begins", () -> keys != null, () -> publish(start));
        while (!isOver) {
            String text = "message " + said.size();
            said.add(text);
            Map<String, Object> data =
                Reference.data("sendMessage", keys, "message", text, "messageId", id + "-" + said.size());
            eventually(text + " comes back", () -> {
                List<Object> texts = texts(seen.values());
                return !texts.isEmpty() && texts.get(texts.size() - 1).equals(text);
            }, () -> publish(data));
            System.out.println(name + " has said " + said.size());
            Thread.sleep(PAUSE);
        }
        synchronized (this) {
            whole = null;
        }
        Map<String, Object> refresh = Reference.data("refresh", keys, "transcriptPosition", 1);
        eventually("the whole transcript", () -> whole != null, () -> publish(refresh));
        synchronized (this) {
            Reference.check(texts(seen.values()).equals(said), "heard each once, in order: " + texts(seen.values()));
            Reference.check(texts(whole).equals(said), "stored each once, in order: " + texts(whole));
            List<Long> stored = whole.stream().map(Survivor::index).toList();
            Reference.check(new ArrayList<>(seen.keySet()).equals(stored), "heard all that there is: " + seen.keySet());
            return nBreaks;
        }
    }

    public static void main(String[] args) {
        try {
            Survivor survivor = new Survivor(args[1], args[2], args[3].equals("ack"));
            Thread ending = new Thread(() -> {
                try {
                    while (System.in.read() >= 0);
                } catch (java.io.IOException error) {
                    survivor.failure = error;
                }
                survivor.isOver = true;
            });
            ending.setDaemon(true);
            ending.start();
            int nBreaks = survivor.run(args[0]);
            System.out.println(args[0] + " found everything, after " + nBreaks + " breaks");
            System.exit(0);
        } catch (Throwable error) {
            error.printStackTrace();
            System.exit(1);
        }
    }
}
