package baywheels.kestra2;

import io.grpc.ServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.kestra.controller.DefaultController;
import io.kestra.controller.config.ControllerConfiguration;
import io.kestra.controller.config.GrpcConfiguration;
import io.kestra.controller.grpc.InternalCallServerInterceptor;
import io.kestra.controller.grpc.WorkerControllerService;
import io.kestra.core.metrics.MetricRegistry;
import io.kestra.core.server.ServiceStateChangeEvent;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** Kestra's own controller, which would listen on all addresses of the machine, on this machine only. */
@Singleton
@Replaces(DefaultController.class)
final class LoopbackController extends DefaultController {
    private final List<WorkerControllerService> services;

    LoopbackController(
        List<WorkerControllerService> services,
        GrpcConfiguration grpc,
        ControllerConfiguration configuration,
        MetricRegistry metrics,
        ApplicationEventPublisher<ServiceStateChangeEvent> events) {
        super(services, grpc, configuration, metrics, events);
        this.services = services;
    }

    @Override
    protected ServerBuilder<?> buildServer(int port) {
        NettyServerBuilder server = NettyServerBuilder
            .forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), createServerCredentials())
            .intercept(new InternalCallServerInterceptor())
            .addService(healthStatusManager.getHealthService())
            .maxInboundMessageSize(grpcConfiguration.maxInboundMessageSize());
        services.forEach(server::addService);
        return server;
    }
}
