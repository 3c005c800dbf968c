// Two servers over the TLS of the JDK that require client certificates: its HttpsServer, and one over its sockets.
// Started from its source. Arguments: the folder of the certificates, and four ports: for TLS 1.2 and 1.3 of either.

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.logging.ConsoleHandler;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public class Server {
    private static final char[] NO_PASSWORD = new char[0];
    /** Where HttpsServer tells of handshakes that fail. */
    private static final Logger LOG = Logger.getLogger("com.sun.net.httpserver");
    private static Path folder;

    public static void main(String[] arguments) throws Exception {
        ConsoleHandler console = new ConsoleHandler();
        console.setLevel(Level.ALL);
        LOG.addHandler(console);
        LOG.setUseParentHandlers(false);
        LOG.setLevel(Level.ALL);
        folder = Path.of(arguments[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(key().getKeyManagers(), trust().getTrustManagers(), null);
        serveHttps(context, "TLSv1.2", Integer.parseInt(arguments[1]));
        serveHttps(context, "TLSv1.3", Integer.parseInt(arguments[2]));
        serveSockets(context, "TLSv1.2", Integer.parseInt(arguments[3]));
        serveSockets(context, "TLSv1.3", Integer.parseInt(arguments[4]));
    }

    private static void serveHttps(SSLContext context, String version, int port) throws Exception {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(loopback(), port), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters settings = context.getDefaultSSLParameters();
                settings.setProtocols(new String[] {version});
                settings.setNeedClientAuth(true);
                parameters.setSSLParameters(settings);
            }
        });
        server.createContext("/", exchange -> {
            byte[] seen = seen(((HttpsExchange) exchange).getSSLSession());
            exchange.sendResponseHeaders(200, seen.length);
            exchange.getResponseBody().write(seen);
            exchange.close();
        });
        server.start();
    }

    private static void serveSockets(SSLContext context, String version, int port) throws Exception {
        var factory = context.getServerSocketFactory();
        var listener = (SSLServerSocket) factory.createServerSocket(port, 50, loopback());
        listener.setEnabledProtocols(new String[] {version});
        listener.setNeedClientAuth(true);
        Thread thread = new Thread(() -> {
            while (true) {
                try (SSLSocket socket = (SSLSocket) listener.accept()) {
                    answer(socket);
                } catch (IOException error) {
                    error.printStackTrace();
                }
            }
        });
        thread.start();
    }

    /** One request without a body, and one answer. */
    private static void answer(SSLSocket socket) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        String line = lines.readLine();
        while (line != null && !line.isEmpty()) {
            line = lines.readLine();
        }
        byte[] seen = seen(socket.getSession());
        String head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + seen.length + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(seen);
    }

    private static byte[] seen(SSLSession session) throws SSLPeerUnverifiedException {
        X509Certificate certificate = (X509Certificate) session.getPeerCertificates()[0];
        String serial = certificate.getSerialNumber().toString(16);
        System.out.println("answered 200 to serial=" + serial);
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            String sha256 = HexFormat.of().formatHex(digest);
            String seen = "serial=" + serial + " sha256=" + sha256 + " tls=" + session.getProtocol();
            return seen.getBytes(StandardCharsets.US_ASCII);
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    private static InetAddress loopback() throws IOException {
        return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    }

    private static KeyManagerFactory key() throws Exception {
        String pem = Files.readString(folder.resolve("server.key"));
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        var key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        store.setKeyEntry("server", key, NO_PASSWORD, new X509Certificate[] {certificate("server.pem")});
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, NO_PASSWORD);
        return factory;
    }

    /** The CA, and its revocation list as the only source of revocation. */
    private static TrustManagerFactory trust() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        store.setCertificateEntry("ca", certificate("ca.pem"));
        var parameters = new PKIXBuilderParameters(store, new X509CertSelector());
        var crl = CertificateFactory.getInstance("X.509").generateCRL(bytes("crl.pem"));
        var lists = new CollectionCertStoreParameters(List.of(crl));
        parameters.addCertStore(CertStore.getInstance("Collection", lists));
        parameters.setRevocationEnabled(true);
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(new CertPathTrustManagerParameters(parameters));
        return factory;
    }

    private static X509Certificate certificate(String name) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(bytes(name));
    }

    private static ByteArrayInputStream bytes(String name) throws Exception {
        return new ByteArrayInputStream(Files.readAllBytes(folder.resolve(name)));
    }
}
