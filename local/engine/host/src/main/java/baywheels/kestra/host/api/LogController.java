package baywheels.kestra.host.api;

import io.kestra.core.models.executions.LogEntry;
import io.kestra.core.services.ExecutionLogService;
import io.kestra.core.tenant.TenantService;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.List;
import org.slf4j.event.Level;

/** Logs of executions. */
@Controller("/api/v1/main/logs")
@ExecuteOn(TaskExecutors.IO)
class LogController {
    private final ExecutionLogService service;

    LogController(ExecutionLogService service) {
        this.service = service;
    }

    @Get("/{executionId}")
    List<LogEntry> list(String executionId, @Nullable @QueryValue Level minLevel) {
        return service.getExecutionLogs(TenantService.MAIN_TENANT, executionId, minLevel, null, null, null, true);
    }
}
