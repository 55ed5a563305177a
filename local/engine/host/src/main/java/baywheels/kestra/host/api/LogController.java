package baywheels.kestra.host.api;

import baywheels.kestra.host.http.Filters;
import baywheels.kestra.host.http.PagedResults;
import io.kestra.core.models.executions.LogEntry;
import io.kestra.core.repositories.LogRepositoryInterface;
import io.kestra.core.services.ExecutionLogService;
import io.kestra.core.services.LogStreamingService;
import io.kestra.core.tenant.TenantService;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.server.types.files.StreamedFile;
import io.micronaut.http.sse.Event;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.slf4j.event.Level;
import reactor.core.publisher.Flux;

/** Logs of executions. */
@Controller("/api/v1/main/logs")
@ExecuteOn(TaskExecutors.IO)
class LogController {
    private final ExecutionLogService service;
    private final LogRepositoryInterface logs;
    private final LogStreamingService streaming;

    LogController(ExecutionLogService service, LogRepositoryInterface logs, LogStreamingService streaming) {
        this.service = service;
        this.logs = logs;
        this.streaming = streaming;
    }

    @Get("/{executionId}")
    List<LogEntry> list(
        String executionId,
        @Nullable @QueryValue Level minLevel,
        @Nullable @QueryValue String taskRunId,
        @Nullable @QueryValue String taskId,
        @Nullable @QueryValue Integer attempt) {
        return service.getExecutionLogs(TenantService.MAIN_TENANT, executionId, minLevel, taskRunId, one(taskId), attempt, true);
    }

    @Get(uri = "/{executionId}/download", produces = MediaType.TEXT_PLAIN)
    StreamedFile download(
        String executionId,
        @Nullable @QueryValue Level minLevel,
        @Nullable @QueryValue String taskRunId,
        @Nullable @QueryValue String taskId,
        @Nullable @QueryValue Integer attempt) {
        var text = service.getExecutionLogsAsStream(TenantService.MAIN_TENANT, executionId, minLevel, taskRunId, one(taskId), attempt, true);
        return new StreamedFile(text, MediaType.TEXT_PLAIN_TYPE).attach(executionId + ".log");
    }

    /** The log so far, and what comes, until the client goes. */
    @Get(uri = "/{executionId}/follow", produces = MediaType.TEXT_EVENT_STREAM)
    Flux<Event<LogEntry>> follow(String executionId, @Nullable @QueryValue Level minLevel) {
        String subscriber = UUID.randomUUID().toString();
        List<String> levels = LogEntry.findLevelsByMin(minLevel).stream().map(Enum::name).toList();
        return Flux.<Event<LogEntry>>create(sink -> {
            sink.next(Event.of(LogEntry.builder().build()).id("start"));
            service.getExecutionLogs(TenantService.MAIN_TENANT, executionId, minLevel, null, null, null, true)
                .forEach(entry -> sink.next(Event.of(entry).id("progress")));
            streaming.registerSubscriber(executionId, subscriber, sink, levels);
        }).doFinally(ended -> streaming.unregisterSubscriber(executionId, subscriber));
    }

    @Get("/search")
    PagedResults<LogEntry> search(
        HttpRequest<?> request,
        @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size,
        @Nullable @QueryValue List<String> sort) {
        var pageable = PagedResults.page(page, size, sort, UnaryOperator.identity());
        return PagedResults.of(logs.find(pageable, TenantService.MAIN_TENANT, Filters.of(request.getParameters())));
    }

    @Delete("/{executionId}")
    void delete(
        String executionId,
        @Nullable @QueryValue Level minLevel,
        @Nullable @QueryValue String taskRunId,
        @Nullable @QueryValue String taskId,
        @Nullable @QueryValue Integer attempt) {
        logs.deleteByQuery(TenantService.MAIN_TENANT, executionId, taskId, taskRunId, minLevel, attempt);
    }

    private static List<String> one(String taskId) {
        return taskId == null ? null : List.of(taskId);
    }
}
