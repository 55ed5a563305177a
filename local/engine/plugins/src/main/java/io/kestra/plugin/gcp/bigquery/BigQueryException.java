package io.kestra.plugin.gcp.bigquery;

import com.google.cloud.bigquery.BigQueryError;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What BigQuery said of a failed request or job. The text is the plugin's, several lines; a refusal that reaches
 * Google's client without a list of errors, such as that of a revoked key, leaves nothing between the brackets.
 */
final class BigQueryException extends Exception {
    private final transient List<BigQueryError> errors;

    BigQueryException(List<BigQueryError> errors) {
        super("Bigquery Errors\n[ - " + joined(errors) + "\n]");
        this.errors = errors == null ? List.of() : errors;
    }

    List<BigQueryError> errors() {
        return errors;
    }

    /** The errors one below the other, as they stand in messages; empty without a list. */
    static String joined(List<BigQueryError> errors) {
        return errors == null ? "" : errors.stream().map(BigQueryError::toString).collect(Collectors.joining("\n - "));
    }
}
