package org.example.notes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** Notes in memory: GET and POST on /, and /health. */
final class NotesHandler implements HttpHandler {
    private static final int MAX_BYTES = 10_000;

    private final List<String> notes = new CopyOnWriteArrayList<>();

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/health")) {
            answer(exchange, 200, "{\"status\":\"ok\"}");
        } else if (!path.equals("/")) {
            answer(exchange, 404, "{\"error\":\"not found\"}");
        } else if (exchange.getRequestMethod().equals("POST")) {
            notes.add(new String(exchange.getRequestBody().readNBytes(MAX_BYTES), StandardCharsets.UTF_8));
            answer(exchange, 201, list());
        } else {
            answer(exchange, 200, list());
        }
    }

    private String list() {
        return notes.stream().map(NotesHandler::quote).collect(Collectors.joining(",", "{\"notes\":[", "]}"));
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char each : text.toCharArray()) {
            if (each == '"' || each == '\\' || each < ' ') {
                quoted.append(String.format("\\u%04x", (int) each));
            } else {
                quoted.append(each);
            }
        }
        return quoted.append('"').toString();
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }
}
