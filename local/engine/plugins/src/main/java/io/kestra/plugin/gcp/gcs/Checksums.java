package io.kestra.plugin.gcp.gcs;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;

/** MD5 and CRC32C of a stream while it is read, written as Cloud Storage writes them. */
final class Checksums {
    private final MessageDigest digest;
    private final CRC32C crc = new CRC32C();
    private String md5;

    Checksums() throws NoSuchAlgorithmException {
        digest = MessageDigest.getInstance("MD5");
    }

    InputStream watch(InputStream data) {
        return new CheckedInputStream(new DigestInputStream(data, digest), crc);
    }

    /** MD5 of what was read, base64; to be asked for after the last read. */
    String md5() {
        if (md5 == null) {
            md5 = Base64.getEncoder().encodeToString(digest.digest());
        }
        return md5;
    }

    /** CRC32C of what was read, four bytes big-endian, base64. */
    String crc32c() {
        return Base64.getEncoder().encodeToString(ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array());
    }
}
