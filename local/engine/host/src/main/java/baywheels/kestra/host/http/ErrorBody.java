package baywheels.kestra.host.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.micronaut.core.annotation.Introspected;
import java.util.List;
import java.util.Map;

/**
 * The body of a failure, in Kestra's form (HAL).
 *
 * @param message what is wrong, in one text
 * @param links {@code self}: the path that was asked
 * @param embedded {@code errors}: each thing that is wrong, and where
 */
@Introspected
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record ErrorBody(
    String message,
    @JsonProperty("_links") Map<String, Link> links,
    @JsonProperty("_embedded") Map<String, List<Failure.Detail>> embedded) {

    @Introspected
    record Link(String href, boolean templated) {
    }

    static ErrorBody of(Failure failure, String path) {
        var errors = failure.details().isEmpty() ? Map.<String, List<Failure.Detail>>of() : Map.of("errors", failure.details());
        return new ErrorBody(failure.message(), Map.of("self", new Link(path, false)), errors);
    }
}
