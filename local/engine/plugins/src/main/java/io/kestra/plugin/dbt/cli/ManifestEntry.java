package io.kestra.plugin.dbt.cli;

import io.kestra.core.exceptions.IllegalVariableEvaluationException;
import io.kestra.core.exceptions.ResourceExpiredException;
import io.kestra.core.runners.RunContext;
import io.kestra.core.serializers.JacksonMapper;
import io.kestra.core.storages.kv.KVStore;
import io.kestra.core.storages.kv.KVValue;
import io.kestra.core.storages.kv.KVValueAndMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;

/** A dbt manifest in the KV store, kept as JSON. */
record ManifestEntry(KVStore store, String key, Logger logger) {

    /** The entry that a property names; {@code null} without the property. */
    static ManifestEntry of(RunContext runContext, DbtCLI.KvStoreManifest property) throws IllegalVariableEvaluationException {
        if (property == null) {
            return null;
        }
        String namespace = runContext.render(property.getNamespace()).as(String.class).orElseThrow();
        String key = runContext.render(property.getKey()).as(String.class).orElseThrow();
        return new ManifestEntry(runContext.namespaceKv(namespace), key, runContext.logger());
    }

    void storeFrom(Path manifest) throws IOException {
        store.put(key, new KVValueAndMetadata(null, JacksonMapper.toObject(Files.readString(manifest))));
    }

    /** Writes the entry's value to manifest.json in the folder; warns if there is no such entry. */
    void loadTo(Path target) throws IOException, ResourceExpiredException {
        Object value = store.getValue(key).map(KVValue::value).orElse(null);
        if (value == null || value.toString().isBlank()) {
            logger.warn("Property `loadManifest` has been used but no manifest has been found in the KV Store.");
            return;
        }
        Files.createDirectories(target);
        Files.writeString(target.resolve("manifest.json"), value instanceof String text ? text : JacksonMapper.ofJson().writeValueAsString(value));
    }
}
