package baywheels.kestra.host.http;

import io.micronaut.context.annotation.Value;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** The paths outside the API: a page in place of the web interface, which isn't published as a library. */
@Controller
final class WelcomeController {
    private final String page;

    WelcomeController(@Value("${micronaut.server.host}") String host, @Value("${micronaut.server.port}") int port) throws IOException {
        try (InputStream template = WelcomeController.class.getResourceAsStream("/welcome.html")) {
            page = new String(template.readAllBytes(), StandardCharsets.UTF_8).replace("{{url}}", "http://" + host + ":" + port);
        }
    }

    @Get
    HttpResponse<?> root() {
        return HttpResponse.temporaryRedirect(URI.create("/ui/"));
    }

    @Get("/ui{/path:.*}")
    @Produces(MediaType.TEXT_HTML)
    String welcome(@Nullable String path) {
        return page;
    }

    @Get("/ping")
    String ping() {
        return "pong";
    }
}
