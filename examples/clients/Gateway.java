// Hello and a verification by way of `napi-mtls gateway`, with Java's HttpClient: no key, no certificate, no TLS.
//
//   NAPI_GATEWAY=http://127.0.0.1:8080 NAPI_USER=... NAPI_PASSWORD=... java Gateway.java request.json
//
// JSON is read by regular expressions here, so that the page needs no library; take yours.

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public final class Gateway {
    private final HttpClient client;
    private final String gateway = System.getenv().getOrDefault("NAPI_GATEWAY", "http://127.0.0.1:8080");

    private Gateway() {
        // With this property the client repeats a POST whose connection broke: each verification that arrives is billed.
        if (System.getProperty("jdk.httpclient.enableAllMethodRetry") != null) {
            throw new IllegalStateException("unset jdk.httpclient.enableAllMethodRetry");
        }
        client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    }

    public static void main(String[] arguments) throws InterruptedException {
        try {
            Gateway napi = new Gateway();
            String hello = napi.call("GET", "/connection/v1/testauthentication", HttpRequest.BodyPublishers.noBody());
            System.out.println(hello.replaceAll("^\"|\"$", ""));
            HttpRequest.BodyPublisher request = HttpRequest.BodyPublishers.ofFile(Path.of(arguments[0]));
            String result = napi.call("POST", "/verifications/v1/verify", request);
            // Without a record id there is no result, whatever RecordStatus says.
            String record = member(result, "TransactionRecordID");
            if (record == null) {
                throw new IOException("no result; transaction " + member(result, "TransactionID"));
            }
            System.out.println(member(result, "RecordStatus") + " " + record);
        } catch (IOException error) {
            System.err.println(error);
            System.exit(1);
        }
    }

    private String call(String method, String path, HttpRequest.BodyPublisher body)
            throws IOException, InterruptedException {
        String user = System.getenv("NAPI_USER") + ":" + System.getenv("NAPI_PASSWORD");
        byte[] credentials = user.getBytes(StandardCharsets.UTF_8);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(gateway + path))
                .method(method, body)
                .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials))
                .header("Accept", "application/json")
                .timeout(Duration.ofSeconds(160)); // the gateway gives up after 150 s, and says so
        if (body.contentLength() != 0) {
            request.header("Content-Type", "application/json");
        }
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        // What the gateway answers itself is application/problem+json: type, detail, side, remedy.
        if (response.statusCode() != 200) {
            throw new IOException("HTTP " + response.statusCode() + ": " + response.body());
        }
        return response.body();
    }

    /** The first member of this name that is a string, wherever it stands. */
    private static String member(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"\\\\]*)\"").matcher(json);
        return found.find() ? found.group(1) : null;
    }
}
