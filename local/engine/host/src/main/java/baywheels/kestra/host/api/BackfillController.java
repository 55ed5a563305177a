package baywheels.kestra.host.api;

import io.kestra.core.models.triggers.Trigger;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

/** Controls running backfills, which {@code PUT /triggers} starts. The bodies name a trigger and its tenant. */
@Controller("/api/v1/main/triggers/backfill")
@ExecuteOn(TaskExecutors.IO)
class BackfillController {
    private final TriggerStates states;

    BackfillController(TriggerStates states) {
        this.states = states;
    }

    @Put("/pause")
    @Nullable
    Trigger pause(@Body Trigger trigger) {
        return states.pauseBackfill(trigger, true).orElse(null);
    }

    @Put("/unpause")
    @Nullable
    Trigger unpause(@Body Trigger trigger) {
        return states.pauseBackfill(trigger, false).orElse(null);
    }

    @Post("/delete")
    @Nullable
    Trigger delete(@Body Trigger trigger) {
        return states.deleteBackfill(trigger).orElse(null);
    }
}
