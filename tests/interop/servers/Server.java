// The HTTPS server of the JDK, which requires client certificates; one port for each version of TLS.
// Started from its source. Arguments: the folder of the certificates, and the two ports.

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;

public class Server {
    private static final char[] NO_PASSWORD = new char[0];
    private static Path folder;

    public static void main(String[] arguments) throws Exception {
        folder = Path.of(arguments[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(key().getKeyManagers(), trust().getTrustManagers(), null);
        listen(context, "TLSv1.2", Integer.parseInt(arguments[1]));
        listen(context, "TLSv1.3", Integer.parseInt(arguments[2]));
    }

    private static void listen(SSLContext context, String version, int port) throws Exception {
        InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        HttpsServer server = HttpsServer.create(new InetSocketAddress(loopback, port), 0);
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
            byte[] seen = seen((HttpsExchange) exchange).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, seen.length);
            exchange.getResponseBody().write(seen);
            exchange.close();
        });
        server.start();
    }

    private static String seen(HttpsExchange exchange) throws SSLPeerUnverifiedException {
        var session = exchange.getSSLSession();
        X509Certificate certificate = (X509Certificate) session.getPeerCertificates()[0];
        String serial = certificate.getSerialNumber().toString(16);
        System.out.println("answered 200 to serial=" + serial);
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            String sha256 = HexFormat.of().formatHex(digest);
            return "serial=" + serial + " sha256=" + sha256 + " tls=" + session.getProtocol();
        } catch (java.security.GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
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

    /** The authority, and its revocation list as the only word on revocation. */
    private static TrustManagerFactory trust() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        store.setCertificateEntry("authority", certificate("authority.pem"));
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
