package io.kestra.plugin.gcp.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryError;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.DataFormatOptions;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.TableResult;
import io.kestra.core.exceptions.IllegalVariableEvaluationException;
import io.kestra.core.models.annotations.Plugin;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.RunnableTask;
import io.kestra.core.models.tasks.common.FetchType;
import io.kestra.core.runners.RunContext;
import io.kestra.plugin.gcp.GoogleTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lombok.AccessLevel;
import lombok.Builder;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.ToString;
import lombok.experimental.SuperBuilder;
import org.slf4j.Logger;

/**
 * Runs one GoogleSQL statement or script as a BigQuery job, waits for its end, and returns its first row on request.
 *
 * <p>Checked against plugin-gcp v2.11.0, {@code bigquery/Query.java}, {@code AbstractJob.java},
 * {@code AbstractBigquery.java} and {@code BigQueryService.java}. It has only the properties that this project's flows
 * use, and no metrics; Kestra's validation refuses the others. Retries, errors and log lines are the plugin's.
 */
@SuperBuilder
@ToString
@EqualsAndHashCode(callSuper = true)
@Getter
@NoArgsConstructor
@Plugin
public class Query extends GoogleTask implements RunnableTask<Query.Output> {
    private static final String EMULATOR = "BIGQUERY_EMULATOR_HOST";

    /** Statement or script. */
    private Property<String> sql;

    /** Where the job runs: the location of its datasets. */
    private Property<String> location;

    /** BigQuery refuses the job if it would bill more bytes. */
    private Property<Long> maximumBytesBilled;

    /** NONE, the default, or FETCH_ONE; the plugin's FETCH and STORE don't work here. */
    @Builder.Default
    private Property<FetchType> fetchType = Property.ofValue(FetchType.NONE);

    @ToString.Exclude
    @EqualsAndHashCode.Exclude
    @Getter(AccessLevel.NONE)
    @Builder.Default
    private final RunningJob running = new RunningJob();

    @Override
    public Output run(RunContext runContext) throws Exception {
        Logger logger = runContext.logger();
        FetchType fetch = runContext.render(fetchType).as(FetchType.class).orElse(FetchType.NONE);
        if (fetch != FetchType.NONE && fetch != FetchType.FETCH_ONE) {
            throw new IllegalArgumentException(
                "Property fetchType: " + fetch + " doesn't work on this local Kestra. Use FETCH_ONE or NONE");
        }
        String region = runContext.render(location).as(String.class).orElse(null);
        // times as whole microseconds: exact, and the only form that the emulator knows
        DataFormatOptions format = DataFormatOptions.newBuilder().useInt64Timestamp(true).build();
        BigQueryOptions.Builder options = BigQueryOptions.newBuilder().setLocation(region).setDataFormatOptions(format);
        BigQuery bigquery = connect(runContext, options, EMULATOR).build().getService();
        QueryJobConfiguration configuration = configuration(runContext);
        logger.debug("Starting query: {}", configuration.getQuery());

        JobId id = JobId.newBuilder().setProject(project(runContext)).setLocation(region).build();
        Job done = running.runToEnd(bigquery, JobInfo.newBuilder(configuration).setJobId(id).build(), logger);
        var output = Output.builder().jobId(done.getJobId().getJob());
        if (fetch == FetchType.FETCH_ONE) {
            TableResult result = Retries.run(logger, " fetching query results", () -> results(done));
            List<Map<String, Object>> rows = new ArrayList<>();
            Rows.of(result).forEach(rows::add);
            output.size((long) rows.size()).row(rows.isEmpty() ? Map.of() : rows.getFirst());
        }
        return output.build();
    }

    @Override
    public void kill() {
        running.cancel();
    }

    @Override
    public void stop() {
        running.cancel();
    }

    private QueryJobConfiguration configuration(RunContext runContext) throws IllegalVariableEvaluationException {
        String statement = runContext.render(sql).as(String.class).orElse(null);
        return QueryJobConfiguration.newBuilder(statement).setUseLegacySql(false).setLabels(JobLabels.of(runContext))
            .setMaximumBytesBilled(runContext.render(maximumBytesBilled).as(Long.class).orElse(null)).build();
    }

    private static TableResult results(Job done) throws InterruptedException, BigQueryException {
        try {
            return done.getQueryResults();
        } catch (com.google.cloud.bigquery.BigQueryException e) {
            if (e.getErrors() != null && !e.getErrors().isEmpty()) {
                throw new BigQueryException(e.getErrors());
            }
            String reason = e.getReason() != null ? e.getReason() : switch (e.getCode()) {
                case 429 -> "rateLimitExceeded";
                case 500 -> "internalError";
                case 503 -> "backendError";
                default -> "unknown";
            };
            throw new BigQueryException(List.of(new BigQueryError(reason, e.getLocation(), e.getMessage())));
        }
    }

    /** The task's outputs. */
    @Builder
    @Getter
    public static class Output implements io.kestra.core.models.tasks.Output {
        /** Id of the BigQuery job. */
        private final String jobId;
        /** The first row, empty if there is none; with FETCH_ONE. */
        private final Map<String, Object> row;
        /** Number of rows; with FETCH_ONE. */
        private final Long size;
    }
}
