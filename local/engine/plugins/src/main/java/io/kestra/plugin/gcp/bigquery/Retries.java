package io.kestra.plugin.gcp.bigquery;

import com.google.cloud.bigquery.BigQueryError;
import dev.failsafe.Failsafe;
import dev.failsafe.RetryPolicy;
import dev.failsafe.function.CheckedSupplier;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.slf4j.Logger;

/**
 * The plugin's own retries: errors that BigQuery calls transient, after 5, 10, 20, … seconds, ten attempts and 15
 * minutes at most. What fails in the end arrives wrapped in Failsafe's exception.
 */
final class Retries {
    private static final Set<String> REASONS = Set.of("rateLimitExceeded", "jobBackendError", "backendError", "internalError", "jobInternalError");
    private static final List<String> MESSAGES = List.of(
        "due to concurrent update", "retrying the job may solve the problem", "retrying may solve the problem"
    );

    private Retries() {
    }

    /**
     * @param activity what the log calls it, after a blank; empty for the job itself
     * @param attempt one attempt
     */
    static <T> T run(Logger logger, String activity, CheckedSupplier<T> attempt) {
        RetryPolicy<T> policy = RetryPolicy.<T>builder()
            .withBackoff(Duration.ofSeconds(5), Duration.ofMinutes(60))
            .withMaxDuration(Duration.ofMinutes(15))
            .withMaxAttempts(10)
            .handleIf(failure -> isTransient(failure, logger))
            .onRetry(event -> logger.warn(
                "Retrying{}, attempts {} elapsed {} seconds", activity, event.getAttemptCount(), event.getElapsedTime().getSeconds()
            ))
            .onFailure(event -> logger.error(
                "Stop retry{}, attempts {} elapsed {} seconds",
                activity, event.getAttemptCount(), event.getElapsedTime().getSeconds(), event.getException()
            ))
            .build();
        return Failsafe.with(policy).get(attempt);
    }

    private static boolean isTransient(Throwable failure, Logger logger) {
        if (!(failure instanceof BigQueryException refused)) {
            logger.warn("Cancelled retrying, unknown exception type {}", failure.getClass(), failure);
            return false;
        }
        return refused.errors().stream().anyMatch(Retries::isTransient);
    }

    private static boolean isTransient(BigQueryError error) {
        return REASONS.contains(error.getReason()) || MESSAGES.stream().anyMatch(error.getMessage().toLowerCase(Locale.ROOT)::contains);
    }
}
