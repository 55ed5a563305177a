package baywheels.kestra.host.http;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Error;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers every failure in Kestra's form, and logs the server's own. */
@Controller
final class ErrorController {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorController.class);

    @Error(global = true)
    HttpResponse<ErrorBody> failed(HttpRequest<?> request, Throwable thrown) {
        Failure failure = Failure.of(thrown);
        if (failure.status() == HttpStatus.INTERNAL_SERVER_ERROR) LOG.error("{} {}", request.getMethod(), request.getPath(), thrown);
        return answer(request, failure);
    }

    @Error(global = true, status = HttpStatus.NOT_FOUND)
    HttpResponse<ErrorBody> notFound(HttpRequest<?> request) {
        return answer(request, new Failure(HttpStatus.NOT_FOUND, "Not Found", List.of()));
    }

    private static HttpResponse<ErrorBody> answer(HttpRequest<?> request, Failure failure) {
        return HttpResponse.<ErrorBody>status(failure.status()).body(ErrorBody.of(failure, request.getUri().toString()));
    }
}
