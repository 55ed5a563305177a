package io.kestra.plugin.gcp.bigquery;

import io.kestra.core.runners.RunContext;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Labels that say whose a BigQuery job is: the same keys as plugin-gcp v2.11.0, {@code bigquery/BigQueryService.java}.
 */
final class JobLabels {
    private static final int LONGEST = 63;
    private static final Map<String, String[]> KEYS = Map.of(
        "kestra_namespace", new String[] { "flow", "namespace" },
        "kestra_flow_id", new String[] { "flow", "id" },
        "kestra_execution_id", new String[] { "execution", "id" },
        "kestra_task_id", new String[] { "task", "id" },
        "kestra_trigger_id", new String[] { "trigger", "id" }
    );

    private JobLabels() {
    }

    static Map<String, String> of(RunContext runContext) {
        Map<String, String> labels = new HashMap<>();
        KEYS.forEach((label, path) -> {
            if (runContext.getVariables().get(path[0]) instanceof Map<?, ?> holder && holder.get(path[1]) != null) {
                labels.put(label, allowed(holder.get(path[1]).toString()));
            }
        });
        return labels;
    }

    // BigQuery takes lower-case letters, digits, dashes and underscores, 63 at most
    private static String allowed(String value) {
        String text = value.replace('.', '_').toLowerCase(Locale.ROOT);
        return text.length() > LONGEST ? text.substring(0, LONGEST) : text;
    }
}
