package baywheels.kestra.host.api;

import io.kestra.core.models.conditions.ConditionContext;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.models.triggers.AbstractTrigger;
import io.kestra.core.models.triggers.Backfill;
import io.kestra.core.models.triggers.PollingTriggerInterface;
import io.kestra.core.models.triggers.RealtimeTriggerInterface;
import io.kestra.core.models.triggers.Trigger;
import io.kestra.core.queues.QueueException;
import io.kestra.core.queues.QueueFactoryInterface;
import io.kestra.core.queues.QueueInterface;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.repositories.TriggerRepositoryInterface;
import io.kestra.core.runners.RunContextFactory;
import io.kestra.core.services.ConditionService;
import io.kestra.core.tenant.TenantService;
import io.kestra.core.utils.ListUtils;
import io.kestra.core.utils.Rethrow;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.exceptions.HttpStatusException;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.time.ZonedDateTime;
import java.util.Optional;

/**
 * Changes the state of triggers, which are named with their tenant. Each change is made under the store's lock, so that
 * the scheduler can't interfere.
 */
@Singleton
class TriggerStates {
    private final TriggerRepositoryInterface triggers;
    private final FlowRepositoryInterface flows;
    private final RunContextFactory runContexts;
    private final ConditionService conditions;
    private final QueueInterface<Trigger> queue;

    TriggerStates(
        TriggerRepositoryInterface triggers,
        FlowRepositoryInterface flows,
        RunContextFactory runContexts,
        ConditionService conditions,
        @Named(QueueFactoryInterface.TRIGGER_NAMED) QueueInterface<Trigger> queue) {
        this.triggers = triggers;
        this.flows = flows;
        this.runContexts = runContexts;
        this.conditions = conditions;
        this.queue = queue;
    }

    /** A trigger as its flow declares it. */
    record Declared(Flow flow, AbstractTrigger trigger) {
    }

    /** @throws HttpStatusException 404 when there is no such flow, or no such trigger in it */
    Declared declared(Trigger wanted) {
        Flow flow = flows.findById(TenantService.MAIN_TENANT, wanted.getNamespace(), wanted.getFlowId())
            .orElseThrow(() -> missing("Flow of trigger " + wanted.getTriggerId() + " not found"));
        return ListUtils.emptyOnNull(flow.getTriggers()).stream()
            .filter(trigger -> trigger.getId().equals(wanted.getTriggerId()))
            .findFirst()
            .map(trigger -> new Declared(flow, trigger))
            .orElseThrow(() -> missing("Flow " + wanted.getFlowId() + " has no trigger " + wanted.getTriggerId()));
    }

    /** Empty when the scheduler doesn't know the trigger. */
    Optional<Trigger> setDisabled(Trigger wanted, boolean disabled) {
        requireControllable(declared(wanted).trigger());
        return change(wanted, current -> {
            if (Boolean.valueOf(disabled).equals(current.getDisabled())) return current;
            Trigger.TriggerBuilder<?, ?> changed = current.toBuilder().disabled(disabled);
            return emitted(disabled ? changed.nextExecutionDate(null).build() : changed.build());
        });
    }

    /**
     * Makes the trigger run for past dates, both ends included, before it continues. Empty when the scheduler doesn't
     * know the trigger.
     */
    Optional<Trigger> startBackfill(Trigger wanted, Backfill backfill) {
        Declared declared = declared(wanted);
        requireControllable(declared.trigger());
        return change(wanted, current -> {
            Trigger changed = current.withBackfill(backfill);
            return emitted(changed.toBuilder().nextExecutionDate(firstDate(declared, changed)).build());
        });
    }

    private Optional<Trigger> change(Trigger wanted, Rethrow.FunctionChecked<Trigger, Trigger, QueueException> change) {
        return Optional.ofNullable(triggers.lock(wanted.uid(), current -> {
            try {
                return change.apply(current);
            } catch (QueueException failed) {
                throw new IllegalStateException(failed);
            }
        }));
    }

    private Trigger emitted(Trigger changed) throws QueueException {
        queue.emit(changed);
        return changed;
    }

    private ZonedDateTime firstDate(Declared declared, Trigger changed) {
        if (!(declared.trigger() instanceof PollingTriggerInterface polling)) return null;
        ConditionContext context = conditions.conditionContext(runContexts.of(declared.flow(), declared.trigger()), declared.flow(), null);
        try {
            return polling.nextEvaluationDate(context, Optional.of(changed));
        } catch (Exception impossible) {
            throw new HttpStatusException(HttpStatus.BAD_REQUEST, impossible.getMessage());
        }
    }

    private static void requireControllable(AbstractTrigger trigger) {
        if (!(trigger instanceof RealtimeTriggerInterface)) return;
        throw new IllegalArgumentException("Realtime triggers can not be updated through the API, please edit the trigger from the flow.");
    }

    private static HttpStatusException missing(String message) {
        return new HttpStatusException(HttpStatus.NOT_FOUND, message);
    }
}
