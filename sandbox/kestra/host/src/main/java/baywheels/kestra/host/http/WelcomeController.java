package baywheels.kestra.host.http;

import io.micronaut.context.annotation.Value;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The page for somebody who opens the server in a browser. */
@Controller
final class WelcomeController {
    private final String page;

    WelcomeController(@Value("${micronaut.server.host}") String host, @Value("${micronaut.server.port}") int port) throws IOException {
        try (InputStream template = WelcomeController.class.getResourceAsStream("/welcome.html")) {
            page = new String(template.readAllBytes(), StandardCharsets.UTF_8).replace("{{url}}", "http://" + host + ":" + port);
        }
    }

    @Get
    @Produces(MediaType.TEXT_HTML)
    String welcome() {
        return page;
    }
}
