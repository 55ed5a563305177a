package io.kestra.plugin.dbt.cli;

import io.kestra.core.exceptions.IllegalVariableEvaluationException;
import io.kestra.core.runners.RunContext;
import io.kestra.core.serializers.JacksonMapper;
import io.kestra.core.storages.kv.KVStore;
import io.kestra.core.storages.kv.KVValueAndMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A dbt manifest in the KV store, kept as JSON. */
record ManifestEntry(KVStore store, String key) {

    /** The entry that a property names; {@code null} without the property. */
    static ManifestEntry of(RunContext runContext, DbtCLI.KvStoreManifest property) throws IllegalVariableEvaluationException {
        if (property == null) {
            return null;
        }
        String namespace = runContext.render(property.getNamespace()).as(String.class).orElseThrow();
        String key = runContext.render(property.getKey()).as(String.class).orElseThrow();
        return new ManifestEntry(runContext.namespaceKv(namespace), key);
    }

    void storeFrom(Path manifest) throws IOException {
        store.put(key, new KVValueAndMetadata(null, JacksonMapper.toObject(Files.readString(manifest))));
    }
}
