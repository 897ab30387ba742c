import com.android.apksig.ApkSigner;
import com.android.apksig.ApkVerifier;
import java.io.File;
import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** Signs an APK and verifies the result. Usage: java -cp apksig.jar Sign.java KEYSTORE PASSWORD ALIAS IN OUT MIN_SDK */
class Sign {
    public static void main(String[] arguments) throws Exception {
        String store = arguments[0], alias = arguments[2];
        char[] password = arguments[1].toCharArray();
        File in = new File(arguments[3]), out = new File(arguments[4]);
        int minimum = Integer.parseInt(arguments[5]);

        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (FileInputStream stream = new FileInputStream(store)) {
            keys.load(stream, password);
        }
        var signer = new ApkSigner.SignerConfig.Builder(
            alias, (PrivateKey) keys.getKey(alias, password), List.of((X509Certificate) keys.getCertificate(alias))).build();
        new ApkSigner.Builder(List.of(signer)).setInputApk(in).setOutputApk(out).setMinSdkVersion(minimum)
            .setAlignmentPreserved(true).setV1SigningEnabled(false).setV2SigningEnabled(true).setV3SigningEnabled(true)
            .build().sign();

        var result = new ApkVerifier.Builder(out).setMinCheckedPlatformVersion(minimum).build().verify();
        System.out.println("verified " + result.isVerified() + ", v2 " + result.isVerifiedUsingV2Scheme()
            + ", v3 " + result.isVerifiedUsingV3Scheme());
        if (!result.isVerified()) {
            System.err.println(result.getErrors());
            System.exit(1);
        }
    }
}
