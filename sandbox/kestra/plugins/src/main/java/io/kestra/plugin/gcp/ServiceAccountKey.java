package io.kestra.plugin.gcp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.auth.oauth2.ServiceAccountCredentials;
import io.kestra.core.serializers.JacksonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Reads a service-account key; says what is wrong with it without quoting any of it. */
final class ServiceAccountKey {
    private static final String REMEDY = "Put the whole text of a service-account key file there, or take the property out to use application default credentials";
    private static final List<String> FIELDS = List.of("client_email", "client_id", "private_key", "private_key_id");

    private ServiceAccountKey() {
    }

    /**
     * @param text JSON text of the key file
     * @throws IllegalArgumentException with one line that holds nothing of the key
     */
    static ServiceAccountCredentials parse(String text) {
        if (text.isBlank()) {
            throw broken("is empty");
        }
        JsonNode key;
        try {
            key = JacksonMapper.ofJson().readTree(text);
        } catch (JsonProcessingException e) {
            throw broken("is not JSON");
        }
        if (!key.path("type").asText().equals("service_account")) {
            throw broken("is not the key of a service account: its field type is not service_account");
        }
        for (String field : FIELDS) {
            if (key.path(field).asText().isBlank()) {
                throw broken("lacks the field " + field);
            }
        }
        try {
            return ServiceAccountCredentials.fromStream(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException | RuntimeException e) {
            // no cause: its message may quote the key
            throw broken("holds a private_key that is not PKCS #8, or a wrong token_uri");
        }
    }

    private static IllegalArgumentException broken(String what) {
        return new IllegalArgumentException("Property serviceAccount " + what + ". " + REMEDY);
    }
}
