package baywheels.kestra.host.api;

import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.repositories.ExecutionRepositoryInterface;
import io.kestra.core.services.ExecutionStreamingService;
import io.micronaut.http.sse.Event;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.UUID;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;

/** Changes of an execution as they happen, from Kestra's own queue. */
@Singleton
class ExecutionFollow {
    private final ExecutionStreamingService streaming;
    private final ExecutionRepositoryInterface executions;

    ExecutionFollow(ExecutionStreamingService streaming, ExecutionRepositoryInterface executions) {
        this.streaming = streaming;
        this.executions = executions;
    }

    /** Events {@code start}, {@code progress} for each change, and {@code end}, which ends the stream. */
    Flux<Event<Execution>> events(Flow flow, Execution execution) {
        String subscriber = UUID.randomUUID().toString();
        return Flux.<Event<Execution>>create(sink -> {
            sink.next(Event.of(Execution.builder().id(execution.getId()).build()).id("start"));
            // The look at the store comes second, so that no end falls between the two.
            streaming.registerSubscriber(execution.getId(), subscriber, sink, flow);
            sendStored(flow, execution, sink);
        }, FluxSink.OverflowStrategy.BUFFER).doFinally(ended -> streaming.unregisterSubscriber(execution.getId(), subscriber));
    }

    /** The execution when it has ended. */
    Mono<Execution> untilEnd(Flow flow, Execution execution) {
        return events(flow, execution).last().map(Event::getData);
    }

    private void sendStored(Flow flow, Execution execution, FluxSink<Event<Execution>> sink) {
        Optional<Execution> stored = executions.findById(execution.getTenantId(), execution.getId());
        if (stored.isEmpty()) return;
        boolean ended = streaming.isStopFollow(flow, stored.get());
        sink.next(Event.of(stored.get()).id(ended ? "end" : "progress"));
        if (ended) sink.complete();
    }
}
