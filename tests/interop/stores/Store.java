// SHA-256 of the public half of the key in a PKCS#12 store, with Java's KeyStore.
//
//   STORE_PASSPHRASE=... java Store.java napi.p12

import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.HexFormat;

final class Store {
    public static void main(String[] arguments) throws Exception {
        char[] passphrase = System.getenv("STORE_PASSPHRASE").toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream file = new FileInputStream(arguments[0])) {
            store.load(file, passphrase);
        }
        String alias = store.aliases().nextElement();
        PrivateKey key = (PrivateKey) store.getKey(alias, passphrase);
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key);
        signature.update(new byte[] {1, 2, 3});
        byte[] signed = signature.sign();
        signature.initVerify(store.getCertificate(alias));
        signature.update(new byte[] {1, 2, 3});
        if (!signature.verify(signed)) {
            throw new IllegalStateException("the certificate is not that of the key");
        }
        byte[] publicKey = store.getCertificate(alias).getPublicKey().getEncoded();
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(publicKey);
        System.out.println(alias + " " + HexFormat.of().formatHex(digest));
    }
}
