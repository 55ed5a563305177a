package io.kestra.plugin.gcp.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryError;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.DataFormatOptions;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableResult;
import io.kestra.core.exceptions.IllegalVariableEvaluationException;
import io.kestra.core.models.annotations.Plugin;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.RunnableTask;
import io.kestra.core.models.tasks.common.FetchType;
import io.kestra.core.runners.RunContext;
import io.kestra.core.serializers.FileSerde;
import io.kestra.plugin.gcp.GoogleTask;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
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
 * Runs one GoogleSQL statement or script as a BigQuery job, waits for its end, and hands on its rows if they are asked for.
 *
 * <p>Checked against plugin-gcp v2.11.0, {@code bigquery/Query.java}, {@code AbstractJob.java}, {@code AbstractBigquery.java} and
 * {@code BigQueryService.java}. Here are only the properties that this project's flows may need, and no metrics. Retries, errors and log lines
 * are the plugin's.
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

    /** What becomes of the rows: NONE, FETCH, FETCH_ONE or STORE; by default NONE. */
    @Builder.Default
    private Property<FetchType> fetchType = Property.ofValue(FetchType.NONE);

    /** Labels of the job, beside those that name namespace, flow, execution and task. */
    private Property<Map<String, String>> labels;

    @ToString.Exclude
    @EqualsAndHashCode.Exclude
    @Getter(AccessLevel.NONE)
    @Builder.Default
    private final RunningJob running = new RunningJob();

    @Override
    public Output run(RunContext runContext) throws Exception {
        Logger logger = runContext.logger();
        FetchType fetch = runContext.render(fetchType).as(FetchType.class).orElse(FetchType.NONE);
        String place = runContext.render(location).as(String.class).orElse(null);
        // times as whole microseconds: exact, and the only form that the emulator knows
        DataFormatOptions format = DataFormatOptions.newBuilder().useInt64Timestamp(true).build();
        BigQueryOptions.Builder options = BigQueryOptions.newBuilder().setLocation(place).setDataFormatOptions(format);
        BigQuery bigquery = connect(runContext, options, EMULATOR).build().getService();
        QueryJobConfiguration configuration = configuration(runContext);
        logger.debug("Starting query: {}", configuration.getQuery());

        JobId id = JobId.newBuilder().setProject(project(runContext)).setLocation(place).build();
        Job done = running.runToEnd(bigquery, JobInfo.newBuilder(configuration).setJobId(id).build(), logger);
        var output = Output.builder().jobId(done.getJobId().getJob());
        if (fetch != FetchType.NONE) {
            hand(runContext, output, Retries.run(logger, " fetching query results", () -> results(done)), fetch);
        }
        TableId table = ((QueryJobConfiguration) done.getConfiguration()).getDestinationTable();
        if (table != null) {
            output.destinationTable(new DestinationTable(table.getProject(), table.getDataset(), table.getTable()));
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
        Map<String, String> all = new HashMap<>(JobLabels.of(runContext));
        all.putAll(runContext.render(labels).asMap(String.class, String.class));
        String statement = runContext.render(sql).as(String.class).orElse(null);
        return QueryJobConfiguration.newBuilder(statement).setUseLegacySql(false).setLabels(all).build();
    }

    private static void hand(RunContext runContext, Output.OutputBuilder output, TableResult result, FetchType fetch) throws Exception {
        if (fetch == FetchType.STORE) {
            Path file = runContext.workingDir().createTempFile(".ion");
            try (OutputStream stream = new BufferedOutputStream(Files.newOutputStream(file), FileSerde.BUFFER_SIZE)) {
                long rows = 0;
                for (Map<String, Object> row : Rows.of(result)) {
                    FileSerde.write(stream, row);
                    rows++;
                }
                output.size(rows);
            }
            output.uri(runContext.storage().putFile(file.toFile()));
            return;
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        Rows.of(result).forEach(rows::add);
        output.size((long) rows.size());
        if (fetch == FetchType.FETCH) {
            output.rows(rows);
        } else {
            output.row(rows.isEmpty() ? Map.of() : rows.getFirst());
        }
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

    /** What the task hands on. */
    @Builder
    @Getter
    public static class Output implements io.kestra.core.models.tasks.Output {
        /** Id of the BigQuery job. */
        private final String jobId;
        /** All rows; with FETCH. */
        private final List<Map<String, Object>> rows;
        /** The first row, empty if there is none; with FETCH_ONE. */
        private final Map<String, Object> row;
        /** Number of fetched rows; not with NONE. */
        private final Long size;
        /** Address in Kestra's storage of the rows as Ion; with STORE. */
        private final URI uri;
        /** The table that BigQuery wrote the result to, if it names one. */
        private final DestinationTable destinationTable;
    }

    /** A table of BigQuery by its three names. */
    public record DestinationTable(String project, String dataset, String table) {
    }
}
