package io.kestra.plugin.gcp.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryError;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobException;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;

/** One BigQuery job from its insertion to its end, with the plugin's retries; another thread may cancel it. */
final class RunningJob {
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private volatile Runnable cancellation = () -> { };

    /**
     * Inserts the job and waits for its end. The job has no id of its own: an insertion whose answer is lost runs the
     * statement twice.
     *
     * @throws dev.failsafe.FailsafeException around a {@link BigQueryException}, if the job can't be inserted or ends
     * with an error
     */
    Job runToEnd(BigQuery client, JobInfo info, Logger logger) {
        JobId[] last = new JobId[1];
        return Retries.run(logger, "", () -> {
            Job[] current = new Job[1];
            try {
                Job earlier = last[0] == null ? null : client.getJob(last[0]);
                if (earlier != null && succeeded(earlier)) {
                    logger.warn("Job '{}' already completed successfully despite a transient error, skipping duplicate retry", last[0]);
                    return earlier;
                }
                current[0] = client.create(info);
                last[0] = current[0].getJobId();
                track(client, last[0], logger);
                requireNoError(current[0], logger);
                logger.debug("Starting job '{}'", last[0]);
                current[0] = current[0].waitFor();
                requireNoError(current[0], logger);
                return current[0];
            } catch (com.google.cloud.bigquery.BigQueryException e) {
                throw failed(current[0], e.getErrors(), logger);
            } catch (JobException e) {
                throw failed(current[0], e.getErrors(), logger);
            }
        });
    }

    /** Asks BigQuery to cancel the job, if one was inserted; once. */
    void cancel() {
        if (cancelled.compareAndSet(false, true)) {
            cancellation.run();
        }
    }

    private void track(BigQuery client, JobId id, Logger logger) {
        cancellation = () -> {
            try {
                client.cancel(id);
            } catch (RuntimeException e) {
                logger.warn("Failed to cancel BigQuery job '{}'", id, e);
            }
        };
    }

    private static boolean succeeded(Job job) throws InterruptedException {
        return (job.isDone() ? job : job.waitFor()).getStatus().getError() == null;
    }

    private static void requireNoError(Job job, Logger logger) throws BigQueryException {
        if (job == null) {
            throw new IllegalArgumentException("Job no longer exists");
        }
        JobStatus status = job.getStatus();
        if (status.getError() == null) {
            return;
        }
        // the job's error is among its execution errors, too: it stands twice
        List<BigQueryError> errors = new ArrayList<>(List.of(status.getError()));
        if (status.getExecutionErrors() != null) {
            errors.addAll(status.getExecutionErrors());
        }
        throw failed(job, errors, logger);
    }

    private static BigQueryException failed(Job job, List<BigQueryError> errors, Logger logger) {
        String which = job == null ? "create job" : "job '" + job.getJobId().getJob() + "'";
        logger.warn("Error query on {} with errors:\n[\n - {}\n]", which, BigQueryException.joined(errors));
        return new BigQueryException(errors);
    }
}
