package baywheels.kestra.host.api;

import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import java.util.List;

/** What is wrong with the configured user; the host doesn't start with a wrong one. */
@Controller("/api/v1/basicAuthValidationErrors")
class SetUpController {
    @Get
    List<String> get() {
        return List.of();
    }
}
