package io.kestra.plugin.dbt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.kestra.core.serializers.JacksonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * As much of dbt's manifest.json as plugin-dbt v1.7.3, {@code models/Manifest.java}, maps. A manifest of another shape
 * fails the task, as there.
 */
record Manifest(Map<String, Object> metadata, Map<String, Node> nodes, @JsonProperty("parent_map") Map<String, List<String>> parentMap) {

    /** A node's names and parents. */
    record Node(String database, String schema, String name, String alias, @JsonProperty("depends_on") Map<String, List<String>> dependsOn) {
    }

    /** @throws IOException if the file isn't a manifest of this shape */
    static Manifest read(Path file) throws IOException {
        return JacksonMapper.ofJson(false).readValue(file.toFile(), Manifest.class);
    }
}
