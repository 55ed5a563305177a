package baywheels.kestra.host.http;

import io.micronaut.context.annotation.Value;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;

/** HTTP Basic authentication of all that the API's port serves, but for the page at {@code /}. */
@ServerFilter("/**")
final class BasicAuthFilter implements Ordered {
    private final Credentials credentials;
    private final int managementPort;

    BasicAuthFilter(Credentials credentials, @Value("${endpoints.all.port}") int managementPort) {
        this.credentials = credentials;
        this.managementPort = managementPort;
    }

    @Override
    public int getOrder() {
        return ServerFilterPhase.SECURITY.order();
    }

    /** Answers 401 as plain text, as Kestra does, or lets the request pass. */
    @RequestFilter
    @Nullable
    HttpResponse<?> authenticate(HttpRequest<?> request) {
        boolean isWelcome = request.getMethod() == HttpMethod.GET && request.getPath().equals("/");
        boolean isManagement = request.getServerAddress().getPort() == managementPort;
        if (isWelcome || isManagement || credentials.accepts(request.getHeaders().get(HttpHeaders.AUTHORIZATION))) return null;
        return HttpResponse.unauthorized()
            .header(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"Kestra\"")
            .contentType(MediaType.TEXT_PLAIN_TYPE)
            .body("Unauthorized");
    }
}
