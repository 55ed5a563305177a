package baywheels.kestra.host.http;

import io.micronaut.context.annotation.Value;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The one user of the server. */
@Singleton
final class Credentials {
    private final byte[] expected;

    Credentials(
        @Value("${kestra.server.basic-auth.username}") String username,
        @Value("${kestra.server.basic-auth.password}") String password) {
        expected = digest((username + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** Whether a base64 text encodes user and password, in constant time. */
    boolean accept(String token) {
        if (token == null) return false;
        try {
            return MessageDigest.isEqual(digest(Base64.getDecoder().decode(token)), expected);
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    /** Digests have one length, so that a comparison doesn't reveal the password's length. */
    private static byte[] digest(byte[] text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
