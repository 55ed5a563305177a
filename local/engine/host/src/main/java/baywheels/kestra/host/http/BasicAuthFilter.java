package baywheels.kestra.host.http;

import io.micronaut.context.annotation.Value;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;
import java.util.regex.Pattern;

/** HTTP Basic authentication of the API and the pages, except for the open paths. */
@ServerFilter({"/api/v1/**", "/ui/**"})
final class BasicAuthFilter implements Ordered {
    private static final String SCHEME = "Basic ";
    private static final Pattern OPEN = Pattern.compile("/ui/?|/ui/main/.*|/api/.*/configs|/api/v1(?:/main)?/executions/webhook/.*");

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

    /** Answers 401 without a body, as Kestra does, or lets the request pass. A browser needs a realm, a person a text. */
    @RequestFilter
    @Nullable
    HttpResponse<?> authenticate(HttpRequest<?> request) {
        boolean isManagement = request.getServerAddress().getPort() == managementPort;
        if (isManagement || OPEN.matcher(request.getPath()).matches() || credentials.accept(token(request))) return null;
        if (!request.getPath().startsWith("/ui/")) return HttpResponse.unauthorized().header(HttpHeaders.WWW_AUTHENTICATE, "Basic");
        return HttpResponse.unauthorized()
            .header(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"Kestra\"")
            .contentType(MediaType.TEXT_PLAIN_TYPE)
            .body("Sign in with the user and password of stack local. The command ./bay password prints the password.\n");
    }

    @Nullable
    private static String token(HttpRequest<?> request) {
        String header = request.getHeaders().get(HttpHeaders.AUTHORIZATION);
        return header != null && header.regionMatches(true, 0, SCHEME, 0, SCHEME.length()) ? header.substring(SCHEME.length()).strip() : null;
    }
}
