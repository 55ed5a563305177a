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
    private static final String SCHEME = "Basic ";

    private final byte[] expected;

    Credentials(
        @Value("${kestra.server.basic-auth.username}") String username,
        @Value("${kestra.server.basic-auth.password}") String password) {
        expected = digest((username + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** Whether an {@code Authorization} header names the user and the password; takes equally long for every answer. */
    boolean accepts(String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) return false;
        try {
            byte[] given = Base64.getDecoder().decode(authorization.substring(SCHEME.length()).strip());
            return MessageDigest.isEqual(digest(given), expected);
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    /** Digests are of one length, so that a comparison does not tell the length of the password. */
    private static byte[] digest(byte[] text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
