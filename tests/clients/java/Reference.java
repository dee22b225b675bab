// The reference client in Java: Reference <url> <websocket|long-polling> <plain|ack>
import jakarta.websocket.ContainerProvider;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.cometd.bayeux.Message;
import org.cometd.client.BayeuxClient;
import org.cometd.client.ext.AckExtension;
import org.cometd.client.http.jetty.JettyHttpClientTransport;
import org.cometd.client.transport.ClientTransport;
import org.cometd.client.websocket.jakarta.WebSocketTransport;
import org.eclipse.jetty.client.HttpClient;

public class Reference {
    static final String CHANNEL = "/service/chatV2/customer-support";
    static final long PATIENCE = 20_000;

    /** One connection and all that it heard. */
    static class Heard {
        final BayeuxClient client;
        final List<Map<String, Object>> events = new ArrayList<>();

        Heard(String url, String transport, boolean acknowledges) throws Exception {
            client = new BayeuxClient(url, transport(transport));
            if (acknowledges) client.addExtension(new AckExtension());
            client.getChannel(CHANNEL).addListener((org.cometd.bayeux.client.ClientSessionChannel.MessageListener)
                (channel, message) -> {
                    if (message.getDataAsMap() == null) return;
                    synchronized (events) {
                        events.add(message.getDataAsMap());
                        events.notifyAll();
                    }
                });
            CompletableFuture<Message> shaken = new CompletableFuture<>();
            client.handshake(shaken::complete);
            Message reply = shaken.get(PATIENCE, TimeUnit.MILLISECONDS);
            check(reply.isSuccessful(), "the handshake: " + reply);
            boolean hasAck = reply.getExt() != null && reply.getExt().get("ack") != null;
            check(hasAck == acknowledges, "acknowledgements: " + reply);
        }

        void publish(Map<String, Object> data) throws Exception {
            CompletableFuture<Message> taken = new CompletableFuture<>();
            client.getChannel(CHANNEL).publish(data, taken::complete);
            Message reply = taken.get(PATIENCE, TimeUnit.MILLISECONDS);
            check(reply.isSuccessful(), "a publish: " + reply);
        }

        Map<String, Object> until(String what, Predicate<Map<String, Object>> is) throws Exception {
            long deadline = System.currentTimeMillis() + PATIENCE;
            synchronized (events) {
                while (true) {
                    for (Map<String, Object> event : events) if (is.test(event)) return event;
                    long left = deadline - System.currentTimeMillis();
                    check(left > 0, "in vain: " + what + "; heard " + events);
                    events.wait(left);
                }
            }
        }

        List<Map<String, Object>> messages() {
            List<Map<String, Object>> all = new ArrayList<>();
            synchronized (events) {
                for (Map<String, Object> event : events) {
                    for (Object message : list(event.get("messages"))) all.add(map(message));
                }
            }
            return all;
        }

        List<Object> texts() {
            return messages().stream().filter(one -> one.get("type").equals("Message")).map(one -> one.get("text")).toList();
        }

        List<Long> indexes() {
            return messages().stream().map(one -> ((Number) one.get("index")).longValue()).toList();
        }
    }

    public static void main(String[] args) throws Exception {
        try {
            run(args[0], args[1], args[2].equals("ack"));
        } catch (Throwable error) {
            error.printStackTrace();
            System.exit(1);
        }
        System.exit(0);
    }

    static void run(String url, String transport, boolean acknowledges) throws Exception {
        Heard first = new Heard(url, transport, acknowledges);
        first.publish(data("requestChat", Map.of(), "nickname", "Ann"));
        Map<String, Object> created = first.until("the chat begins", event -> !list(event.get("messages")).isEmpty());
        check(created.get("chatEnded").equals(false), "it has not ended");
        Map<String, Object> keys = new HashMap<>();
        for (String name : List.of("chatId", "userId", "alias", "secureKey")) keys.put(name, created.get(name));
        List<String> texts = IntStream.range(0, 10).mapToObj(n -> "message " + n).toList();
        for (String text : texts) first.publish(data("sendMessage", keys, "message", text));
        first.until("all messages come back", event -> first.texts().size() >= texts.size());
        check(first.texts().equals(texts), "each once, in order: " + first.texts());
        check(first.indexes().stream().sorted().distinct().toList().equals(first.indexes()), "numbers rise");

        Heard second = new Heard(url, transport, acknowledges);
        long position = first.indexes().get(0) + 1;
        Map<String, Object> alone = Map.of("secureKey", keys.get("secureKey"));
        second.publish(data("requestNotifications", alone, "transcriptPosition", position));
        second.until("what was missed comes", event -> second.texts().size() >= texts.size());
        check(second.indexes().equals(first.indexes().subList(1, first.indexes().size())), "exactly what was missed");
        first.until("the older client hears that another took its place", event -> event.containsKey("errors"));
        check(first.client.disconnect(PATIENCE), "the first good bye");

        second.publish(data("sendMessage", keys, "message", "still here"));
        second.until("the newer one is told", event -> second.texts().contains("still here"));
        second.publish(data("disconnect", alone));
        second.until("the chat ends", event -> event.get("chatEnded").equals(true));
        check(second.client.disconnect(PATIENCE), "the second good bye");
    }

    static ClientTransport transport(String name) throws Exception {
        if (name.equals("websocket")) return new WebSocketTransport(null, null, ContainerProvider.getWebSocketContainer());
        HttpClient http = new HttpClient();
        http.start();
        return new JettyHttpClientTransport(null, http);
    }

    static Map<String, Object> data(String operation, Map<String, Object> keys, Object... more) {
        Map<String, Object> data = new HashMap<>(keys);
        data.put("operation", operation);
        for (int at = 0; at < more.length; at += 2) data.put((String) more[at], more[at + 1]);
        return data;
    }

    static List<Object> list(Object value) {
        if (value instanceof Object[] array) return List.of(array);
        return value == null ? List.of() : new ArrayList<>((List<?>) value);
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> map(Object value) {
        return (Map<String, Object>) value;
    }

    static void check(boolean is, String what) {
        if (!is) throw new AssertionError(what);
    }
}
