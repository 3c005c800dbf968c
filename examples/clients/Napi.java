// NAPI over mutual TLS, with Java's HttpClient: hello, a verification, and one whose result comes later by a callback.
//
//   NAPI_URL=https://... NAPI_USER=... NAPI_PASSWORD=... \
//   NAPI_CERTIFICATE=napi.pem NAPI_KEY=napi.key NAPI_KEY_PASSPHRASE=... \
//   java Napi.java hello | java Napi.java verify request.json | java Napi.java callback request.json
//
// For a callback CALLBACK_URL is the public address of what forwards to CALLBACK_PORT of this machine. Without it this
// machine calls itself, for which the service has to be a local one. JSON is read by regular expressions here, so that
// the page needs no library; take yours.

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public final class Napi {
    private static final Set<String> FINAL =
            Set.of("completed", "complete", "failed", "canceled", "timeoutcanceled");

    private final HttpClient client;

    private Napi() throws IOException, GeneralSecurityException {
        // With this property the client repeats a POST whose connection broke: each verification that arrives is billed.
        if (System.getProperty("jdk.httpclient.enableAllMethodRetry") != null) {
            throw new IllegalStateException("unset jdk.httpclient.enableAllMethodRetry");
        }
        client = HttpClient.newBuilder().sslContext(context()).connectTimeout(Duration.ofSeconds(10)).build();
    }

    public static void main(String[] arguments) throws InterruptedException {
        try {
            Napi napi = new Napi();
            switch (arguments[0]) {
                case "hello" -> System.out.println(
                        text(napi.call("GET", "/connection/v1/testauthentication", null)));
                case "verify" -> napi.verify(arguments[1]);
                case "callback" -> napi.verifyLater(arguments[1]);
                default -> throw new IOException("hello, verify or callback?");
            }
            System.exit(0); // the receiver has threads of its own
        } catch (IOException | GeneralSecurityException error) {
            System.err.println(error);
            System.exit(1);
        }
    }

    private static SSLContext context() throws IOException, GeneralSecurityException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        if (System.getenv("NAPI_CERTIFICATE") != null) {
            Certificate[] chain = certificates(System.getenv("NAPI_CERTIFICATE"));
            own.setKeyEntry("napi", key(System.getenv("NAPI_KEY")), new char[0], chain);
        }
        keys.init(own, new char[0]);
        TrustManagerFactory trust = null;
        if (System.getenv("NAPI_CA_FILE") != null) { // only for a local server
            KeyStore anchors = KeyStore.getInstance("PKCS12");
            anchors.load(null, null);
            anchors.setCertificateEntry("local", certificates(System.getenv("NAPI_CA_FILE"))[0]);
            trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(anchors);
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust == null ? null : trust.getTrustManagers(), null);
        return context;
    }

    private static Certificate[] certificates(String file) throws IOException, GeneralSecurityException {
        try (var stream = Files.newInputStream(Path.of(file))) {
            return CertificateFactory.getInstance("X.509").generateCertificates(stream).toArray(new Certificate[0]);
        }
    }

    /**
     * A key of PKCS#8 with or without a passphrase, as "napi-mtls request" writes it. Java opens what is encrypted with AES;
     * "openssl req" takes triple DES: "napi-mtls convert" writes such a key anew.
     */
    private static PrivateKey key(String file) throws IOException, GeneralSecurityException {
        String pem = Files.readString(Path.of(file));
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        PKCS8EncodedKeySpec key = new PKCS8EncodedKeySpec(der);
        if (pem.contains("ENCRYPTED")) {
            EncryptedPrivateKeyInfo encrypted = new EncryptedPrivateKeyInfo(der);
            String passphrase = System.getenv().getOrDefault("NAPI_KEY_PASSPHRASE", "");
            // The parameters know the algorithm, of which the name is only that of the scheme.
            String algorithm = encrypted.getAlgParameters().toString();
            Cipher cipher = Cipher.getInstance(algorithm);
            PBEKeySpec spec = new PBEKeySpec(passphrase.toCharArray());
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    SecretKeyFactory.getInstance(algorithm).generateSecret(spec),
                    encrypted.getAlgParameters());
            key = encrypted.getKeySpec(cipher);
        }
        return KeyFactory.getInstance("RSA").generatePrivate(key);
    }

    private String call(String method, String path, String json) throws IOException, InterruptedException {
        String user = System.getenv("NAPI_USER") + ":" + System.getenv("NAPI_PASSWORD");
        String basic = Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("NAPI_URL") + path))
                .timeout(Duration.ofSeconds(130)) // a verification may take the service 120 s
                .header("Accept", "application/json")
                .header("Content-Type", "application/json")
                .header("Authorization", "Basic " + basic)
                .method(method, json == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(json))
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        // An error has a text or JSON of another form: look at the status first.
        if (response.statusCode() != 200) {
            throw new IOException("HTTP " + response.statusCode() + ": " + response.body());
        }
        return response.body();
    }

    private void verify(String file) throws IOException, InterruptedException {
        // Not sent again if it fails: there is no idempotency key, and each one that arrives is billed.
        String result = call("POST", "/verifications/v1/verify", Files.readString(Path.of(file)));
        show(result);
    }

    private static void show(String result) throws IOException {
        // Without a record id there is no result, whatever RecordStatus says.
        String record = member(result, "TransactionRecordID");
        if (record == null) {
            throw new IOException("no result; transaction " + member(result, "TransactionID") + ": " + result);
        }
        System.out.println(member(result, "RecordStatus") + " " + record);
    }

    private void verifyLater(String file) throws IOException, InterruptedException {
        BlockingQueue<String> hints = new ArrayBlockingQueue<>(1000);
        int port = Integer.parseInt(System.getenv().getOrDefault("CALLBACK_PORT", "0"));
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        // Callbacks are not signed, come before the end and more than once: each is a hint to ask, and nothing else.
        receiver.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readNBytes(65_536), StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
            String id = member(body, "TransactionId");
            if (id != null) {
                hints.offer(id);
            }
        });
        receiver.setExecutor(Executors.newFixedThreadPool(4));
        receiver.start();
        String url = System.getenv().getOrDefault(
                "CALLBACK_URL", "http://127.0.0.1:" + receiver.getAddress().getPort() + "/napi");
        String request = Files.readString(Path.of(file)).strip().replaceFirst(
                "\\{", "{\"CallBackUrl\":\"" + url + "\",");
        String id = member(call("POST", "/verifications/v1/verify", request), "TransactionID");
        String status;
        do {
            String hint;
            do {
                hint = hints.poll(130, TimeUnit.SECONDS);
                if (hint == null) {
                    throw new IOException("no callback within 130 s; transaction " + id);
                }
            } while (!hint.equals(id));
            status = call("GET", "/verifications/v1/transaction/" + segment(id) + "/status", null);
        } while (!FINAL.contains(member(status, "Status").toLowerCase()));
        String record = member(status, "TransactionRecordId");
        if (record == null) {
            throw new IOException(member(status, "Status") + ", without a record; transaction " + id);
        }
        show(call("GET", "/verifications/v1/transactionrecord/" + segment(record), null));
    }

    private static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The first member of this name that is a string, wherever it stands. */
    private static String member(String json, String name) {
        var found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"\\\\]*)\"").matcher(json);
        return found.find() ? found.group(1) : null;
    }

    private static String text(String json) {
        return json.strip().replaceAll("^\"|\"$", "");
    }
}
