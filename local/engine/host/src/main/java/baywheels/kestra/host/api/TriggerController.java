package baywheels.kestra.host.api;

import baywheels.kestra.host.http.PagedResults;
import io.kestra.core.models.triggers.Trigger;
import io.kestra.core.repositories.TriggerRepositoryInterface;
import io.kestra.core.tenant.TenantService;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.function.UnaryOperator;

/** Triggers: when they fire next, whether they are on. */
@Controller("/api/v1/main/triggers")
@ExecuteOn(TaskExecutors.IO)
class TriggerController {
    private final TriggerRepositoryInterface triggers;
    private final TriggerStates states;

    TriggerController(TriggerRepositoryInterface triggers, TriggerStates states) {
        this.triggers = triggers;
        this.states = states;
    }

    @Get("/{namespace}/{flowId}")
    PagedResults<Trigger> list(
        String namespace,
        String flowId,
        @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size) {
        var pageable = PagedResults.page(page, size, null, UnaryOperator.identity());
        return PagedResults.of(triggers.find(pageable, null, TenantService.MAIN_TENANT, namespace, flowId, null));
    }

    /** Starts a backfill when the body has one; else turns the trigger on or off. */
    @Put
    @Nullable
    Trigger update(@Body Trigger wanted) {
        wanted.setTenantId(TenantService.MAIN_TENANT);
        var changed = wanted.getBackfill() == null
            ? states.setDisabled(wanted, Boolean.TRUE.equals(wanted.getDisabled()))
            : states.startBackfill(wanted, wanted.getBackfill());
        return changed.orElse(null);
    }
}
