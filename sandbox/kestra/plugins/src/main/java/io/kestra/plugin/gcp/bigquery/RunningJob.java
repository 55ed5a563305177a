package io.kestra.plugin.gcp.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryError;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobInfo;
import com.google.cloud.bigquery.JobStatus;

/** One BigQuery job from its insertion to its end; another thread may cancel it. */
final class RunningJob {
    private static final long FIRST_PAUSE_MS = 20;
    private static final long LONGEST_PAUSE_MS = 1_000;

    private volatile BigQuery bigquery;
    private volatile JobId id;

    /**
     * Inserts the job and asks for it until it is done. The client's own waiting asks for query results instead, which an emulator answers
     * differently for a failed statement.
     *
     * @throws BigQueryException if the job can't be inserted or ends with an error
     */
    Job runToEnd(BigQuery client, JobInfo info) throws InterruptedException {
        Job job = client.create(info);
        bigquery = client;
        id = job.getJobId();
        try {
            long pause = FIRST_PAUSE_MS;
            while (job.getStatus() == null || job.getStatus().getState() != JobStatus.State.DONE) {
                Thread.sleep(pause);
                pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
                job = client.getJob(id);
                if (job == null) {
                    throw new BigQueryException(404, "Job " + id.getJob() + " no longer exists");
                }
            }
        } catch (InterruptedException e) {
            cancel();
            throw e;
        }
        BigQueryError error = job.getStatus().getError();
        if (error != null) {
            throw new BigQueryException(400, error.getMessage(), error);
        }
        return job;
    }

    /** Asks BigQuery to cancel the job, if one was inserted. */
    void cancel() {
        if (id != null) {
            bigquery.cancel(id);
        }
    }
}
