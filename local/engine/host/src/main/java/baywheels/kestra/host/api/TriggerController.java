package baywheels.kestra.host.api;

import baywheels.kestra.host.http.Filters;
import baywheels.kestra.host.http.PagedResults;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.models.triggers.AbstractTrigger;
import io.kestra.core.models.triggers.Trigger;
import io.kestra.core.repositories.ArrayListTotal;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.repositories.TriggerRepositoryInterface;
import io.kestra.core.tenant.TenantService;
import io.kestra.core.utils.ListUtils;
import io.micronaut.core.annotation.Introspected;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.List;
import java.util.function.UnaryOperator;

/** Triggers: when they fire next, whether they are on. */
@Controller("/api/v1/main/triggers")
@ExecuteOn(TaskExecutors.IO)
class TriggerController {
    private final TriggerRepositoryInterface triggers;
    private final FlowRepositoryInterface flows;
    private final TriggerStates states;

    TriggerController(TriggerRepositoryInterface triggers, FlowRepositoryInterface flows, TriggerStates states) {
        this.triggers = triggers;
        this.flows = flows;
        this.states = states;
    }

    /**
     * A trigger in a search.
     *
     * @param abstractTrigger as its flow declares it
     * @param triggerContext its state
     */
    @Introspected
    record Found(AbstractTrigger abstractTrigger, Trigger triggerContext) {
    }

    @Get("/{namespace}/{flowId}")
    PagedResults<Trigger> list(
        String namespace,
        String flowId,
        @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size,
        @Nullable @QueryValue List<String> sort,
        @Nullable @QueryValue("q") String query) {
        UnaryOperator<String> column = triggers.sortMapping()::apply;
        var pageable = PagedResults.page(page, size, sort, column);
        return PagedResults.of(triggers.find(pageable, query, TenantService.MAIN_TENANT, namespace, flowId, null));
    }

    @Get("/search")
    PagedResults<Found> search(
        HttpRequest<?> request,
        @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size,
        @Nullable @QueryValue List<String> sort) {
        UnaryOperator<String> column = triggers.sortMapping()::apply;
        var pageable = PagedResults.page(page, size, sort, column);
        ArrayListTotal<Trigger> found = triggers.find(pageable, TenantService.MAIN_TENANT, Filters.of(request.getParameters()));
        return new PagedResults<>(found.stream().map(this::withDeclaration).toList(), found.getTotal());
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

    private Found withDeclaration(Trigger state) {
        AbstractTrigger declared = flows.findById(state.getTenantId(), state.getNamespace(), state.getFlowId())
            .map(Flow::getTriggers)
            .flatMap(all -> ListUtils.emptyOnNull(all).stream().filter(trigger -> trigger.getId().equals(state.getTriggerId())).findFirst())
            .orElse(null);
        return new Found(declared, state);
    }
}
