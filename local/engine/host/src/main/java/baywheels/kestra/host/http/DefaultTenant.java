package baywheels.kestra.host.http;

import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import io.micronaut.http.netty.channel.ChannelPipelineCustomizer;
import io.micronaut.http.server.netty.NettyServerCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import jakarta.inject.Singleton;
import java.util.regex.Pattern;

/** Reads an API path without a tenant as a path of the tenant {@code main}, the only one here. */
@Singleton
final class DefaultTenant implements BeanCreatedEventListener<NettyServerCustomizer.Registry> {
    private static final Pattern WITHOUT = Pattern.compile("^/api/v1/(?=(?:flows|namespaces|kv|executions|logs|triggers)(?:[/?]|$))");

    @Override
    public NettyServerCustomizer.Registry onCreated(BeanCreatedEvent<NettyServerCustomizer.Registry> event) {
        event.getBean().register(new Connections(null));
        return event.getBean();
    }

    /** Asked for the listening channel first, then for each connection's. */
    private record Connections(Channel channel) implements NettyServerCustomizer {
        @Override
        public NettyServerCustomizer specializeForChannel(Channel specific, ChannelRole role) {
            return new Connections(specific);
        }

        @Override
        public void onStreamPipelineBuilt() {
            channel.pipeline().addAfter(ChannelPipelineCustomizer.HANDLER_HTTP_SERVER_CODEC, "default-tenant", new Addresses());
        }
    }

    private static final class Addresses extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof HttpRequest request) {
                request.setUri(WITHOUT.matcher(request.uri()).replaceFirst("/api/v1/main/"));
            }
            context.fireChannelRead(message);
        }
    }
}
